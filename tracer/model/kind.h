/*
 * kind.h: what a hooked function does to a connection, told by the role that the trace says it has
 * (shim/hooks.def). A role that is not known here is an ordinary call that may block.
 */
#ifndef MODEL_KIND_H
#define MODEL_KIND_H

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
    KINDS,
};

enum trait {
    TRAIT_BYTES = 1,        /* its positive result is a number of bytes that were moved */
    TRAIT_TLS = 2,          /* its failure is told by SSL_get_error, not by the result and errno */
    TRAIT_EPOLL = 4,        /* it waits for what an epoll descriptor was told before */
    TRAIT_LOOKUP = 8,       /* it looks up a name: part of the request that needs it */
    TRAIT_ACCEPT = 16,      /* it waits for new work, which is nobody's fault */
    TRAIT_LOCK = 32,        /* it waits for what another thread holds */
    TRAIT_CONDITION = 64,   /* it waits to be woken */
    TRAIT_SEMAPHORE = 128,  /* it waits for either */
    TRAIT_JOIN = 256,       /* it waits for the end of a thread */
    TRAIT_CHILD = 512,      /* it waits for the end of a process */
    TRAIT_FILE_LOCK = 1024, /* it waits for what any process holds */
    TRAIT_SLEEP = 2048,     /* it waits for a time */
    TRAIT_BARRIER = 4096,   /* it waits for the last one to come */
    TRAIT_SIGNAL = 8192,    /* it waits for a signal */
};

struct call_kind {
    enum kind kind;
    unsigned traits; /* enum trait */
};

/* What a function with this role does. */
struct call_kind kind_of(const char *role);

#endif
