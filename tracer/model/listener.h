/*
 * listener.h: who is told each thing that happens.
 *
 * The model keeps no history and adds nothing up but the calls of a site: whoever wants to know
 * what it all comes to listens while the model is built. So do the accounts (account/), and the
 * formats that show a history. Things happen in the order of their times, which are ns; what has a
 * duration is told when it is over.
 *
 * What one remembers with a thread, connection, task or call lies with that thing under the
 * listener's number (kept.h). Most calls are quick and most accounts want slow ones: those have
 * functions of their own (`slow_called`).
 */
#ifndef MODEL_LISTENER_H
#define MODEL_LISTENER_H

#include "model/kept.h"
#include "model/kind.h"
#include "model/lifeline.h"

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct call;
struct connection;
struct mark;
struct process;
struct sample;
struct task;
struct thread;
struct trace_http;

/* `second` has come to what `first` waits for. */
struct meeting {
    struct call *first, *second;
    struct connection *connection; /* NULL: it is not known */
    int fd;
    bool reads; /* it has read, and not just come to wait as well */
};

/* The pointers that a listener is given are valid during the call, but those to sites, threads and
 * processes until model_finish. A function may be NULL: not interested. */
struct listener {
    /* The first record of a thread has come. */
    void (*thread_begun)(struct listener *listener, struct thread *thread, uint64_t time);

    /* The kernel has said what it had used. */
    void (*sampled)(struct listener *listener, struct thread *thread, const struct sample *sample);

    /* It has ended, by itself (`over`) or with its process. */
    void (*thread_ended)(struct listener *listener, struct thread *thread, uint64_t time);

    /* All its calls are over, and it ended a while ago: nothing more is told of it. */
    void (*thread_done)(struct listener *listener, struct thread *thread);

    /* All its threads are done and its connections closed. */
    void (*process_over)(struct listener *listener, struct process *process);

    /* A task was started by what runs on the thread; or is forgotten. */
    void (*task_started)(struct listener *listener, struct task *task, uint64_t time);
    void (*task_forgotten)(struct listener *listener, struct task *task);

    /* A thread or task is in a part of the program from now on, which it has `named` itself or was
     * started in; or leaves it, where it was since then. */
    void (*part_begun)(struct listener *listener, const struct mark *mark, bool named,
                       uint64_t time);
    void (*part_left)(struct listener *listener, const struct mark *mark, uint64_t since,
                      uint64_t time);

    /* A call, or a sleep of the scheduler, begins, or ends: its connections do not know of that
     * yet. One that blocks its thread: its connections know that it has begun, but not that it
     * blocks. */
    void (*call_begins)(struct listener *listener, struct call *call, uint64_t time);
    void (*call_blocks)(struct listener *listener, struct call *call, uint64_t time);
    void (*call_ends)(struct listener *listener, struct call *call, uint64_t time);

    /* It is over and its site is known (NULL: it was a sleep of the scheduler). In the order of the
     * ends of a task's calls, but for one that a signal handler made inside of another. */
    void (*called)(struct listener *listener, struct call *call);

    /* The same three of a call that is slow (see model/call.h), just before: most calls are quick,
     * and most listeners want to know nothing of those. */
    void (*slow_call_begins)(struct listener *listener, struct call *call, uint64_t time);
    void (*slow_call_ends)(struct listener *listener, struct call *call, uint64_t time);
    void (*slow_called)(struct listener *listener, struct call *call);

    /* A wait in memory ends, for a lock, a condition or a semaphore, however short it was. The
     * `waker` was the last to let it go; NULL: it is not known. */
    void (*let_in)(struct listener *listener, const struct call *call, struct thread *waker);

    /* Two tasks of a thread have met in a connection. Both calls are in progress. */
    void (*met)(struct listener *listener, const struct meeting *meeting);

    /* A look-up that a task made of the name `task->lookup` found an address, with a port. */
    void (*found_address)(struct listener *listener, struct task *task, const char *address,
                          uint64_t time);

    /* A connection was opened by a task of a thread. Who wants its states (`was`) sets its
     * `is_watched`: most of many are of no interest. */
    void (*opened)(struct listener *listener, struct connection *connection, struct thread *thread,
                   uint32_t task);

    /* What is known of the HTTP on it; about the call that has just ended. */
    void (*spoke)(struct listener *listener, struct connection *connection,
                  const struct trace_http *http);

    /* It has become ready, and no call of its own says so. */
    void (*found_ready)(struct listener *listener, struct connection *connection, uint64_t time);

    /* A thread has written a request that is the first since the last answer. */
    void (*requested)(struct listener *listener, struct connection *connection,
                      struct thread *thread, uint64_t time);

    /* What was last `requested` was no request: it wants no answer. What the connection's changes
     * of flight have told of it since then holds no more, and the next one, if it is told of yet,
     * is its end. */
    void (*withdrawn)(struct listener *listener, struct connection *connection,
                      struct thread *thread);

    /* A thread reads the first of its answer, which came at `time`. Its phase is still the one
     * before. */
    void (*answered)(struct listener *listener, struct connection *connection,
                     struct thread *thread, uint64_t time);

    /* One request more (`change` is 1) or less (-1) is in flight since then. Is told late where
     * only the read tells when the answer came. */
    void (*flight_changed)(struct listener *listener, struct connection *connection, int change,
                           uint64_t time);

    /* It had something for the program to do, and the thread comes to it only now. Is told before
     * the state in which it waited. */
    void (*waited)(struct listener *listener, struct connection *connection, struct thread *thread,
                   enum wait_reason reason, uint64_t since, uint64_t until);

    /* The kernel has held back what was written to it, at least from then until then. The calls
     * about it are over by now. */
    void (*held_back)(struct listener *listener, struct connection *connection, uint64_t since,
                      uint64_t until);

    /* What was written for a thread that waits for many, or a timer of its own, was there to be
     * read since then, and it comes to that only now. */
    void (*woken)(struct listener *listener, struct thread *thread, uint64_t since, uint64_t until);

    /* It has read from a pipe, a socketpair or an eventfd, where `writer`, another thread, has
     * written last. */
    void (*told)(struct listener *listener, struct thread *thread, struct thread *writer);

    /* It was in a state, if it is watched; something happened to it. */
    void (*was)(struct listener *listener, struct connection *connection, enum lane_state state,
                uint64_t begin, uint64_t end);
    void (*marked)(struct listener *listener, struct connection *connection, enum lane_mark mark,
                   uint64_t time);

    /* It was closed, or its process is over: all is known of its life. Then the last call that is
     * about it is over as well: it is forgotten. */
    void (*closed)(struct listener *listener, struct connection *connection);
    void (*forgotten)(struct listener *listener, struct connection *connection);

    /* What it keeps with each thread and each connection, zeros at first: so many bytes, under its
     * number. */
    struct {
        unsigned number;
        size_t thread, connection;
    } keeps;
};

enum {
    LISTENERS_MAX = 32,
    LISTENER_FUNCTIONS = offsetof(struct listener, keeps) / sizeof(void (*)(void)),
};

/* Those that have a function, in the order in which they are told; behind them are zeros. */
struct told {
    struct listener *listener;
    void (*function)(void); /* that one */
};

/* By the function's place in struct listener: most are interested in little. */
struct listeners {
    struct told functions[LISTENER_FUNCTIONS][LISTENERS_MAX + 1];
    struct kept_sizes with_threads, with_connections;
};

#define LISTENER_FUNCTION(name) (offsetof(struct listener, name) / sizeof(void (*)(void)))

static inline void told_add(struct told *told, struct listener *listener, void (*function)(void))
{
    size_t count = 0;
    while (told[count].function)
        count++;
    assert(count < LISTENERS_MAX);
    if (function)
        told[count] = (struct told){listener, function};
}

static inline void listeners_add(struct listeners *listeners, struct listener *listener)
{
    void (*functions[LISTENER_FUNCTIONS])(void);
    memcpy(functions, listener, sizeof functions);
    for (size_t i = 0; i < LISTENER_FUNCTIONS; i++)
        told_add(listeners->functions[i], listener, functions[i]);
    if (listener->keeps.thread)
        listeners->with_threads.items[listener->keeps.number] = listener->keeps.thread;
    if (listener->keeps.connection)
        listeners->with_connections.items[listener->keeps.number] = listener->keeps.connection;
}

/* Calls a function of all listeners that have it. */
#define TELL(listeners, name, ...)                                                       \
    do {                                                                                 \
        const struct told *told_ = (listeners)->functions[LISTENER_FUNCTION(name)];      \
        for (; told_->function; told_++)                                                 \
            ((__typeof__(((struct listener *)0)->name))told_->function)(told_->listener, \
                                                                        __VA_ARGS__);    \
    } while (0)

#endif
