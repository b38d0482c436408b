/*
 * made_code.h: the names of the code that a running process has made for itself.
 */
#ifndef LIVE_MADE_CODE_H
#define LIVE_MADE_CODE_H

#include <stdint.h>
#include <sys/types.h>

struct made_code;

/* The names as they are when the first is asked for; most processes need none. Never NULL; released
 * by made_code_close. */
struct made_code *made_code_open(pid_t process);
void made_code_close(struct made_code *made);

/* The name that the code at an address has now, or NULL. It belongs to `made`. */
const char *made_code_find(struct made_code *made, uint64_t address);

#endif
