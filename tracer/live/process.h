/*
 * process.h: a running process that a command wants something of.
 */
#ifndef LIVE_PROCESS_H
#define LIVE_PROCESS_H

#include "base/error.h"

#include <stdbool.h>
#include <sys/types.h>

/* Reads a process number. Returns 0 when the text is none. */
pid_t process_parse(const char *text);

/* The process's number as it knows it itself, in its pid namespace. */
pid_t process_own_number(pid_t pid);

/* Whose it is: its effective user. Returns false where there is no such process. */
bool process_user(pid_t pid, uid_t *user);

/* Returns 0 if there is such a process and it is the caller's own user's; or -1 with `error` set.
 * `or_root`: root may ask for any. */
int process_check(pid_t pid, bool or_root, struct error *error);

/* For error_set, with the process's number: it is there, and its memory may not be read. */
#define PROCESS_REFUSED                                                                          \
    "%d: its stacks may not be read: it must be your own process and allow to be debugged, and " \
    "kernel.yama.ptrace_scope must not forbid it"

/* The path of its program, cut to the size; "" where that is not known. */
void process_program(pid_t pid, char *path, size_t size);

/* The name of its program, cut to the size; the number where that is not known. */
void process_name(pid_t pid, char *name, size_t size);

#endif
