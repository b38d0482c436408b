/*
 * greenlet.h: the host of Python programs that use gevent or eventlet. A greenlet that would block
 * waits through the hub of its thread instead.
 */
#ifndef HOST_GREENLET_H
#define HOST_GREENLET_H

#include "host/host.h"

#include <stdbool.h>

extern const struct host host_greenlet;

/* The calling thread has made an epoll descriptor, for the code at `caller`. Where greenlets are
 * loaded it is a hub's, or that of one to come; a thread that never made any has none. */
void greenlet_note_loop(struct thread *thread, const void *caller);

/* A call that watches `epoll` begins: whether it is the hub's own wait. */
bool greenlet_is_hub_epoll(const struct thread *thread, int epoll);

/* The program is about to close descriptors, from `first` to `last`: wakes who waits for them. */
void greenlet_closing(unsigned first, unsigned last);

/* Waits that left the thread to others, in all. */
uint64_t greenlet_wait_count(void);

#endif
