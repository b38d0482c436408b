/*
 * internal.h: what a task and a scheduler are made of; for this folder alone.
 *
 * A task is a stackful coroutine. Its thread's own flow of control is a task too (scheduler->main),
 * so that a blocking call of the main thread lets the others run. Tasks never move between threads.
 *
 * There is no scheduler context: a task that parks looks for the next one itself, on its own stack,
 * and sleeps in the poller when there is none. All functions are for the scheduler's own thread,
 * except those that say otherwise, and none is for signal handlers.
 *
 * Without such a context one of two switches per park is saved, and the poll loop needs no stack of
 * its own. The price: a signal that arrives while all tasks are parked interrupts the thread on the
 * stack of whichever parked last. So handlers are wrapped (call/handler.c), and one that arrives
 * then is run by the main task, on its own stack: a siglongjmp out of it works, and EINTR follows
 * signal(7).
 *
 * No GREQ_* variable limits tasks. Memory does: greq_spawn says ENOMEM, greq_map finishes what it
 * started. greq_map starts `limit` workers that take one item after another, so a task's number in
 * a report may stand for several items.
 */
#ifndef TASK_INTERNAL_H
#define TASK_INTERNAL_H

#include "real/belongings.h"
#include "sys/check.h"
#include "sys/thread.h"
#include "task/fd_wait.h"
#include "task/poller.h"
#include "task/task.h"
#include "task/task_pool.h"
#include "task/timers.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Who waits for the end of a task; see join.h. */
struct joiner {
    struct task *task;    /* the waiting task; NULL: a thread without a scheduler */
    struct task *awaited; /* NULL when it does not wait */
    uint32_t done;        /* atomic; the futex of a thread */
};

/*
 * What may follow what:
 *
 *     FREE ---- made ----> READY <-- woken -- PARKED
 *      ^                   |   ^                ^
 *      |             chosen|   |gives way       |waits
 *    joined                v   |                |
 *      |                  RUNNING --------------+
 *      |                   |
 *      |                   ends
 *      |                   v
 *      +------------- FINISHED <-- dropped -- READY, RUNNING, PARKED
 *
 * A thread's own task begins as RUNNING, and one that ran within greq_spawn as FINISHED. In a
 * forked child it may be put in the run queue again.
 */
enum task_state { TASK_FREE, TASK_READY, TASK_RUNNING, TASK_PARKED, TASK_FINISHED };

/* What only its own thread looks at, while it is not over: at the top of its stack, whose page it
 * needs anyway. Of a thread's own task they are the thread's and the scheduler's. */
struct task_top {
    struct strand strand;         /* what hooks remember about their calls */
    struct belongings belongings; /* while it does not run: per-thread state that is its own */
};

/* The first part is the record's own, and outlives a use of it; see task_pool.h. */
struct task {
    struct scheduler *scheduler;
    struct task *next_remote; /* in the queue of wakes from other threads */
    bool in_remote;           /* atomic; it is in there */
    uint16_t generation;      /* counts the uses of this record; part of the handle */
    uint32_t number;          /* strand->task, for who looks from outside */
    struct joiner joining;    /* its own wait for another */

    struct strand *strand; /* these two: see struct task_top; NULL once it is over */
    struct belongings *belongings;
    void *stack_pointer; /* while it does not run */
    struct task *next;   /* in the run queue, or in the list of free records */
    struct timer timer;
    struct fd_waiter *waiters; /* its descriptors, while it waits for any */
    size_t waiter_count;
    enum wake wake_reason;
    uint8_t state;         /* by task_state and task_set_state: other threads look at it */
    uint8_t interruption;  /* of the wait it is parked in */
    const char *waits_for; /* in words, for a debugger */
    void *tsan_fiber;
    /* what it was made for */
    void *(*function)(void *);
    void *argument;
    void *result;
    struct joiner *joiner; /* atomic; NULL, who waits for its end, or JOIN_FINISHED */
    struct stack *stack;   /* NULL: the thread's own, or none any more */
    const void *stack_bottom;
    size_t stack_size;
    /* list of the scheduler's unfinished tasks */
    struct task *previous_live, *next_live;
};

static inline enum task_state task_state(const struct task *task)
{
    return __atomic_load_n(&task->state, __ATOMIC_RELAXED);
}

static inline bool task_may_become(enum task_state from, enum task_state to)
{
    static const unsigned next[] = {
        [TASK_FREE] = 1u << TASK_READY | 1u << TASK_RUNNING | 1u << TASK_FINISHED,
        [TASK_READY] = 1u << TASK_READY | 1u << TASK_RUNNING | 1u << TASK_FINISHED,
        [TASK_RUNNING] = 1u << TASK_READY | 1u << TASK_PARKED | 1u << TASK_FINISHED,
        [TASK_PARKED] = 1u << TASK_READY | 1u << TASK_FINISHED,
        [TASK_FINISHED] = 1u << TASK_FREE,
    };
    return next[from] >> to & 1;
}

static inline void task_set_state(struct task *task, enum task_state state)
{
    CHECK(task_may_become(task_state(task), state));
    __atomic_store_n(&task->state, (uint8_t)state, __ATOMIC_RELAXED);
}

/* What the end of a task leaves to the next one to clean up: a stack cannot be given back by who
 * stands on it. The task's record may by then have been joined and be in use again. */
struct remains {
    struct stack *stack; /* NULL: none */
    void *tsan_fiber;
    void *stack_pointer; /* written by the last switch, read by nobody */
};

/* A signal whose handler is to run on the main task's stack. */
struct deferred_signal {
    signal_deliver *deliver;
    unsigned entry;
    int number;
    siginfo_t info;
};

#define MAX_DEFERRED_SIGNALS 8

enum scheduler_state { SCHEDULER_DEAD, SCHEDULER_STARTING, SCHEDULER_ALIVE };

struct scheduler {
    struct scheduler *next; /* in the list of all schedulers; never removed */
    int state;              /* atomic; enum scheduler_state */
    struct task_pool pool;
    struct task *remote; /* atomic; tasks woken by other threads, last first */
    struct poller poller;
    struct fd_waits fd_waits;
    struct thread *thread; /* this and what follows is cleared for the next thread */
    struct task main;
    struct belongings main_belongings;
    struct task *current;
    struct task *left; /* who was switched away from last */
    struct task *ready_first, *ready_last;
    struct task *live; /* unfinished tasks, without main */
    unsigned live_count;
    unsigned until_look; /* switches until there is a look around although tasks are ready */
    unsigned found;      /* ready descriptors whose tasks may not have had their turn yet */
    struct remains remains;
    struct timers timers;
    bool sleeping; /* in the poller, or about to be */
    unsigned deferred_count;
    struct deferred_signal deferred[MAX_DEFERRED_SIGNALS];
    struct {
        uint64_t spawned, parks, parked_ns;
        uint32_t parked_now, parked_most;
    } counts;
};

/* The calling thread's scheduler, made when it has none. NULL when memory is short. */
struct scheduler *scheduler_get(struct thread *thread);

/* All schedulers of the process, for iteration; from any thread. */
struct scheduler *scheduler_first(void);

/* Makes a task ready to run function(argument). Returns NULL when memory is short. */
struct task *task_create(struct scheduler *scheduler, void *(*function)(void *), void *argument);

/* A task will not run any more: its stack goes, and whatever lies on it. Who waits to join it is
 * told. */
void task_drop(struct task *task);

/* Lets the other ready tasks run first. */
void task_yield(struct scheduler *scheduler);

#endif
