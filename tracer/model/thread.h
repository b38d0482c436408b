/*
 * thread.h: a traced thread, its tasks, and how much of its sleep the hooks have seen.
 */
#ifndef MODEL_THREAD_H
#define MODEL_THREAD_H

#include "base/map.h"
#include "model/replay.h"
#include "model/serial.h"

#include <greq/trace_format.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct blocking;
struct call;
struct process;
struct site;

/* The descriptors that the next call of a task watches. */
struct watch {
    uint64_t call_begin;
    uint32_t total;
    uint32_t count;
    int32_t descriptors[TRACE_MAX_WATCHED];
};

/* The Python frames of the call whose long_call record comes next. */
struct python_stack {
    uint64_t call_begin;
    char *text;
};

/* A task, or the thread itself (number 0): what makes one call after another. */
struct task {
    uint32_t number;
    struct thread *thread;
    struct call *calls;  /* those not yet added up: mostly one */
    struct watch *watch; /* NULL: none was recorded yet */
    struct python_stack python;
    uint64_t found_data; /* begin of the read that found data */
    uint64_t done;       /* of the replay: its last work, in ns */
    bool over;
    bool told; /* for a listener: it knows of the task, or as the scheduler, of the thread */
};

/*
 * Sleep, seen and unseen. A thread's CPU clock is recorded after each long call: between two such
 * samples it was off the CPU for the time that passed less the CPU it used, and the hooks have seen
 * of that what its calls took, but no more than all of it: calls use CPU time as well.
 */
struct sleep_account {
    uint64_t sampled_at; /* ns */
    uint64_t sampled_cpu;
    uint64_t in_calls; /* since then: ns blocked in calls, or idle because all tasks are parked */
    double off_cpu;    /* ns, up to the last sample */
    double seen;       /* part of it */
};

/* Calls that blocked a thread since its last wait for many: if another such wait comes, they have
 * blocked a loop. */
enum { LOOP_SITES_MAX = 64 };
struct loop {
    uint64_t waits; /* for many, in all */
    struct loop_stall {
        struct site *site;
        uint64_t blocked; /* ns */
    } * pending;
    size_t pending_count;
    size_t pending_capacity;
    uint64_t blocked; /* ns, between waits for many */
};

struct thread {
    struct process *process;
    uint32_t number; /* in its process; 0 is the main thread */
    uint32_t tid;
    char *name; /* NULL: not recorded */
    bool begun; /* its first record has come */
    bool over;  /* it ended itself, and said what CPU time it had used */
    struct sleep_account sleep;
    uint64_t run_queue; /* ns, valid with `run_queue_known` */
    bool run_queue_known;
    struct loop loop;
    struct blocking *blocking; /* what has blocked it; the last one first */
    struct serial_step step;
    struct replay replay;
    struct task scheduler; /* "calls" it while all tasks are parked */
    struct map tasks;
    struct thread *next; /* of the same process */
};

struct thread *thread_create(struct process *process, uint32_t number, uint32_t tid);
void thread_destroy(struct thread *thread);

/* Its life begins with its first record; later ones change nothing. */
void thread_begin(struct thread *thread, uint64_t time);

/* The task of this number; made when it is new. */
struct task *thread_task(struct thread *thread, uint32_t number);

/* Forgets a task that is over and has no calls left. */
void thread_remove_task(struct thread *thread, struct task *task);

/* Takes a sample of the sleep account: the thread has used `cpu` ns at `time`. */
void thread_sample(struct thread *thread, uint64_t time, uint64_t cpu);

/* It waits for many, or a site has blocked it. */
void thread_wait_for_many(struct thread *thread);
void thread_block(struct thread *thread, struct site *site, uint64_t blocked);

/* Whether it repeatedly waits for many. */
static inline bool thread_is_loop(const struct thread *thread)
{
    return thread->loop.waits >= 2;
}

#endif
