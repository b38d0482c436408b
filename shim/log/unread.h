/*
 * unread.h: what lies unread on the descriptors of a thread, looked at where a trace needs it to
 * tell whom a long call made wait. Nothing is received and no flag is changed.
 *
 * A look costs one or two system calls of some 0.1 to 0.3 us each. So it is taken only where it can
 * tell something: before a read, if the thread was blocked elsewhere since it last used that
 * descriptor; at the other descriptors of the thread, after a call that blocked it for
 * UNREAD_BEHIND_NS, or when it has computed; before a close after that; at the end of the process;
 * after a wait of UNREAD_HELD_BACK_NS for one descriptor; after a request by TLS, for what its peer
 * sends unasked. What a call said to be ready is known without a look.
 *
 * Used by the trace alone, by each thread for itself. Never blocks, never allocates.
 */
#ifndef LOG_UNREAD_H
#define LOG_UNREAD_H

#include "log/log.h"
#include "real/calls.h"
#include "sys/inline.h"

#include <stdbool.h>
#include <stdint.h>

#define UNREAD_BEHIND_NS 10000000

/* What was written less than this after a wait began was not held back: the kernel's clock for it
 * is not more exact, and a delayed acknowledgement takes 40 ms. */
#define UNREAD_HELD_BACK_NS 20000000

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
    int32_t set;         /* of epoll, that it has waited for last, + 1; 0: none */
};

/* ---- inline, since most calls need no more: whether there is something to do, and what always is
 * ---- */

static inline const struct unread_slot *unread_slot(const struct unread *unread, int fd)
{
    return &unread->slots[(unsigned)fd % UNREAD_SLOTS];
}

/* Whether the thread was held up since it last used the descriptor, or has not used it. */
static ALWAYS_INLINE bool unread_may_be(const struct unread *unread, int fd)
{
    const struct unread_slot *slot = unread_slot(unread, fd);
    return fd >= 0 && (slot->number != fd + 1 || slot->long_calls != unread->long_calls);
}

/* Whether unread_before does anything: the descriptor is closed, or the thread was held up. */
static inline bool unread_asks_before(const struct unread *unread, enum call_role role, int fd)
{
    return role == ROLE_CLOSE || (call_role_reads(role) && unread_may_be(unread, fd));
}

/* Whether unread_after may do more than unread_note_use, for a call that took no time. */
static inline bool unread_asks_after(const struct log_call *call)
{
    return call->watched_count || call->events || call_role(call->id) == ROLE_TLS_WRITE;
}

/* The thread is at the descriptor: what it does next there has not been held up by anything. */
static inline void unread_note_moved(struct unread *unread, int fd)
{
    if (fd >= 0)
        unread->slots[(unsigned)fd % UNREAD_SLOTS] =
            (struct unread_slot){fd + 1, unread->long_calls};
}

/* The same, if the call's role is to move bytes, or the descriptor is known to. */
static inline void unread_note_use(struct unread *unread, enum call_role role, int fd)
{
    if (fd >= 0 && role != ROLE_CLOSE &&
        (call_role_moves(role) || unread_slot(unread, fd)->number == fd + 1))
        unread_note_moved(unread, fd);
}

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

/* The process ends, by the calling thread: which of its connections have a peer that may wait. */
void unread_left(const struct unread *unread, struct stream *stream, uint64_t time, uint32_t task);

/* A call has returned `result`; it blocked its thread for `blocked` ns. */
void unread_after(struct unread *unread, struct stream *stream, const struct log_call *call,
                  int64_t result, uint64_t blocked, uint32_t task);

#endif
