/*
 * kind.h: what a hooked function does to a connection, told by its name. A name that is not known
 * here is an ordinary call that may block; nothing else has to be added for a new hook.
 */
#ifndef MODEL_KIND_H
#define MODEL_KIND_H

#include <stdbool.h>

enum kind {
    KIND_OTHER,
    KIND_CONNECT,
    KIND_HANDSHAKE, /* its writes are no requests */
    KIND_READ,
    KIND_WRITE,
    KIND_WAIT, /* for any of several descriptors */
    KIND_CLOSE,
    KIND_DUPLICATE, /* its result is another descriptor of the same connection */
    KIND_IDLE,      /* no call: the thread sleeps because all of its tasks are parked */
};

struct call_kind {
    enum kind kind;
    bool counts_bytes; /* its positive result is a number of bytes that were moved */
    bool is_tls;       /* its failure is told by SSL_get_error, not by the result and errno */
};

/* What a function does. Twins (`__recv_chk`, `__poll`) do what their plain name says. */
struct call_kind kind_of(const char *name);

#endif
