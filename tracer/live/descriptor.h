/*
 * descriptor.h: what a descriptor of a running process is, and who is at the other end.
 */
#ifndef LIVE_DESCRIPTOR_H
#define LIVE_DESCRIPTOR_H

#include <stddef.h>
#include <sys/types.h>

enum { DESCRIPTOR_TEXT_SIZE = 320 };

/* "tcp 127.0.0.1:4321 -> 127.0.0.1:80", "tcp 0.0.0.0:80, listening", "pipe:[4711]", "/var/log/x".
 */
void descriptor_describe(pid_t process, int fd, char *text, size_t size);

#endif
