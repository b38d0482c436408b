/*
 * slow_resolver.h: a library that takes the place of libc's resolver.
 *
 * Linked to a victim it is found before libc, by the victim and by libgreq.so's search for the real
 * function alike. Every look-up sleeps SLOW_RESOLVER_MS milliseconds. The name "host-N" has the
 * address 127.0.0.N, and that address this name; others do not exist.
 */
#ifndef VICTIMS_SLOW_RESOLVER_H
#define VICTIMS_SLOW_RESOLVER_H

#define SLOW_RESOLVER_VARIABLE "SLOW_RESOLVER_MS"

/* If it is set, one thread at a time looks names up, under a lock that fork knows nothing of. */
#define SLOW_RESOLVER_LOCK "SLOW_RESOLVER_LOCK"

/* How many look-ups the calling thread has made itself. */
int slow_resolver_calls_here(void);

#endif
