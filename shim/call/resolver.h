/*
 * resolver.h: which look-ups of names a helper thread can make in the caller's place.
 *
 * Not those that ask nobody: they do not wait, so that nobody else is to run meanwhile. And not
 * those of a thread that has told libc's resolver something of its own (`_res` in <resolv.h>),
 * which another thread's resolver does not know.
 *
 * A service's name is looked up in a file. "localhost" is not among those that ask nobody: what a
 * configuration makes of it is not known.
 */
#ifndef CALL_RESOLVER_H
#define CALL_RESOLVER_H

#include <netdb.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

/* Whether the look-up of a host is none. A service may have to be looked up in a file even then. */
bool resolver_asks_nobody(const char *node, const struct addrinfo *hints);
bool resolver_host_asks_nobody(const char *name);
bool resolver_address_asks_nobody(const struct sockaddr *address, const char *host, socklen_t size,
                                  int flags);

/* What the program may have set of a thread's resolver. */
struct resolver_state {
    bool is_set; /* else the thread has none yet */
    int retransmit, retry;
    unsigned long options;
    unsigned dots, server_count;
    struct sockaddr_in servers[3];
};

/* The calling thread's. */
struct resolver_state resolver_state_take(void);

/* Whether the calling thread, which has told its resolver nothing, would ask as the other one. */
bool resolver_state_is_usual(const struct resolver_state *state);

#endif
