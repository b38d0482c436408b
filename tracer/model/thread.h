/*
 * thread.h: a traced thread, its tasks, and how much of its sleep the hooks have seen.
 */
#ifndef MODEL_THREAD_H
#define MODEL_THREAD_H

#include "base/map.h"

#include <greq/trace_format.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct call;
struct process;

/* The descriptors that the next call of a task watches. */
struct watch {
    uint64_t call_begin;
    uint32_t count;
    int32_t descriptors[TRACE_MAX_WATCHED];
};

/* A task, or the thread itself (number 0): what makes one call after another. */
struct task {
    uint32_t number;
    struct thread *thread;
    struct call *calls;  /* those not yet added up: mostly one */
    struct watch *watch; /* NULL: none was recorded yet */
    bool over;
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

struct thread {
    struct process *process;
    uint32_t number; /* in its process; 0 is the main thread */
    bool begun;      /* its first record has come */
    bool over;       /* it ended itself, and said what CPU time it had used */
    struct sleep_account sleep;
    struct task scheduler; /* "calls" it while all tasks are parked */
    struct map tasks;
    struct thread *next; /* of the same process */
};

struct thread *thread_create(struct process *process, uint32_t number);
void thread_destroy(struct thread *thread);

/* Its life begins with its first record; later ones change nothing. */
void thread_begin(struct thread *thread, uint64_t time);

/* The task of this number; made when it is new. */
struct task *thread_task(struct thread *thread, uint32_t number);

/* Forgets a task that is over and has no calls left. */
void thread_remove_task(struct thread *thread, struct task *task);

/* Takes a sample of the sleep account: the thread has used `cpu` ns at `time`. */
void thread_sample(struct thread *thread, uint64_t time, uint64_t cpu);

#endif
