/*
 * own_fd.h: the few descriptors that the shim keeps open in a process that does not expect them.
 *
 * They have high numbers, out of the way of programs that count on the next number being low, and
 * are known by number, so that a program that closes or replaces "all descriptors" does not hit
 * them.
 *
 * They are epoll's, eventfds and GREQ_LOG's; the trace keeps none. Their numbers are below 1024,
 * because select touches as many bits as the kernel's table has. The hooks of close, dup2 and
 * close_range act as if they were not there, and they are opened anew when they turn out to be
 * gone. A scheduler's eventfd stays open when its thread ends, for the next thread: another thread
 * may be about to write to it.
 */
#ifndef SYS_OWN_FD_H
#define SYS_OWN_FD_H

#include <stdbool.h>

/*
 * Takes a descriptor over: moves it to a high number, close-on-exec, and closes the given one.
 * Returns the new number, or the given one where there is no room above, or -1 when `fd` is -1 or
 * there are too many of ours (EMFILE; then `fd` is closed).
 */
int own_fd_adopt(int fd);

/* Closes a descriptor that own_fd_adopt returned. Numbers that are not ours (any more) are ignored.
 */
void own_fd_close(int fd);

/* The number has come to be somebody else's: forgets it without closing. -1 is ignored. */
void own_fd_forget(int fd);

/* Whether the number is one of ours. */
bool own_fd_is(int fd);

/* The lowest of our numbers that is `from` or higher, or -1. */
int own_fd_next(int from);

#endif
