/*
 * listener.h: who wants to know each thing that happens, and not only what it all adds up to.
 *
 * The model keeps no history; a report that shows one listens while the model is built. What is
 * told is over: its times are known. Things are told in the order of their ends, so what belongs to
 * one connection or one task comes in order, but for a call that a signal handler made inside of
 * another one, which ends first. Times are ns.
 */
#ifndef MODEL_LISTENER_H
#define MODEL_LISTENER_H

#include "base/error.h"
#include "model/timeline.h"

#include <stddef.h>
#include <stdint.h>

struct call;
struct connection;
struct site;
struct thread;

/* The pointers that a listener is given are valid during the call, but those to sites and threads
 * until model_finish. A function may be NULL: not interested. */
struct listener {
    /* A connection was opened by a task of a thread. */
    void (*opened)(struct listener *listener, const struct connection *connection,
                   const struct thread *thread, uint32_t task);

    /* A connection was in a state. */
    void (*was)(struct listener *listener, const struct connection *connection,
                enum lane_state state, uint64_t begin, uint64_t end);

    /* A connection had waited for `waited` ns behind calls of a site on a thread, the last of
     * which began then. Is told before the state in which it waited. */
    void (*held_up)(struct listener *listener, const struct connection *connection,
                    const struct thread *thread, const struct site *site, uint64_t begin,
                    uint64_t waited);

    /* A connection was closed, or its process is over: all is known of its life. */
    void (*closed)(struct listener *listener, const struct connection *connection);

    /* A call had waited for `waited` ns for a lock whose holder, or who was to wake it, was in
     * calls of a site, the last of which began then. Is told before the call itself. */
    void (*locked_out)(struct listener *listener, const struct call *call,
                       const struct thread *holder, const struct site *site, uint64_t begin,
                       uint64_t waited);

    /* A call is over, with its site, or a sleep of the scheduler, without one. */
    void (*called)(struct listener *listener, struct call *call, const struct site *site);

    /* All has been told. Returns 0; or -1 with `error` set: it could not be kept. */
    int (*finish)(struct listener *listener, struct error *error);

    /* Releases the listener. */
    void (*destroy)(struct listener *listener);
};

/* The listener may be NULL. */

static inline void listener_opened(struct listener *listener, const struct connection *connection,
                                   const struct thread *thread, uint32_t task)
{
    if (listener && listener->opened)
        listener->opened(listener, connection, thread, task);
}

static inline void listener_was(struct listener *listener, const struct connection *connection,
                                enum lane_state state, uint64_t begin, uint64_t end)
{
    if (listener && listener->was && begin < end)
        listener->was(listener, connection, state, begin, end);
}

static inline void listener_held_up(struct listener *listener, const struct connection *connection,
                                    const struct thread *thread, const struct site *site,
                                    uint64_t begin, uint64_t waited)
{
    if (listener && listener->held_up && waited)
        listener->held_up(listener, connection, thread, site, begin, waited);
}

static inline void listener_closed(struct listener *listener, const struct connection *connection)
{
    if (listener && listener->closed)
        listener->closed(listener, connection);
}

static inline void listener_locked_out(struct listener *listener, const struct call *call,
                                       const struct thread *holder, const struct site *site,
                                       uint64_t begin, uint64_t waited)
{
    if (listener && listener->locked_out)
        listener->locked_out(listener, call, holder, site, begin, waited);
}

static inline void listener_called(struct listener *listener, struct call *call,
                                   const struct site *site)
{
    if (listener && listener->called)
        listener->called(listener, call, site);
}

static inline int listener_finish(struct listener *listener, struct error *error)
{
    return listener && listener->finish ? listener->finish(listener, error) : 0;
}

static inline void listener_destroy(struct listener *listener)
{
    if (listener)
        listener->destroy(listener);
}

#endif
