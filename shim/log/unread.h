/*
 * unread.h: what lies unread on the descriptors of a thread, looked at where a trace needs it to
 * tell whom a long call made wait. Nothing is received and no flag is changed.
 *
 * A look costs one or two system calls of some 0.1 to 0.3 us each. So it is taken only where it can
 * tell something: before a read, if the thread was blocked elsewhere since it last used that
 * descriptor; at the other descriptors of the thread, after a call that blocked it for
 * UNREAD_BEHIND_NS, or when it has computed; after a request by TLS, for what its peer sends
 * unasked. What a call said to be ready is known without a look.
 *
 * Used by the trace alone, by each thread for itself. Never blocks, never allocates.
 */
#ifndef LOG_UNREAD_H
#define LOG_UNREAD_H

#include <stdbool.h>
#include <stdint.h>

#define UNREAD_BEHIND_NS 10000000

struct log_call;
struct stream;

/* A descriptor that the thread uses as a connection. */
struct unread_slot {
    int32_t number;      /* the descriptor + 1; 0: none */
    uint32_t long_calls; /* of the thread, when it last used the descriptor */
};

/* The last connections that a thread used: each has its place by its number, so that finding one
 * costs nothing, and of two with the same place the older is forgotten. All zeros: none. */
enum { UNREAD_SLOTS = 64 };
struct unread {
    struct unread_slot slots[UNREAD_SLOTS];
    uint32_t long_calls; /* that blocked the thread, so far */
};

/* The thread opened a connection, or accepted it: then data may have been there before. */
void unread_add(struct unread *unread, int fd, bool accepted);

/* A connection was accepted: records how long it was in the backlog, where the kernel tells. */
void unread_backlog(struct stream *stream, int fd, uint32_t task);

/* A call begins, and has not been recorded yet. */
void unread_before(struct unread *unread, struct stream *stream, const struct log_call *call,
                   uint32_t task);

/* The thread has computed for a while, up to the call that begins now. */
void unread_computed(struct unread *unread, struct stream *stream, const struct log_call *call,
                     uint32_t task);

/* A call has returned `result`; it blocked its thread for `blocked` ns. */
void unread_after(struct unread *unread, struct stream *stream, const struct log_call *call,
                  int64_t result, uint64_t blocked, uint32_t task);

#endif
