/*
 * thread.h: a traced thread and its tasks.
 */
#ifndef MODEL_THREAD_H
#define MODEL_THREAD_H

#include "base/map.h"
#include "model/kept.h"
#include "model/listener.h"
#include "model/mark.h"

#include <greq/trace_format.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct call;
struct process;

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

/* A name that belongs to a call of a task. */
struct call_name {
    uint64_t call_begin;
    char *text; /* NULL: none was recorded yet */
};

/* A task, or the thread itself (number 0): what makes one call after another. */
struct task {
    uint32_t number;
    struct thread *thread;
    struct call *calls;  /* those not yet added up: mostly one */
    struct watch *watch; /* NULL: none was recorded yet */
    struct python_stack python;
    struct call_name lookup; /* that it looks up, until it is known what that found */
    struct call_name name;   /* of the task, as the program calls it, when it made that call */
    uint64_t found_data;     /* begin of the read that found data */
    struct stay stay;        /* of a task of greq's own; else see task_stay */
    bool started;            /* it is one: its start was recorded */
    bool over;
    bool told; /* for a listener: it knows of the task, or as the scheduler, of the thread */
    struct kept kept;
};

struct thread {
    struct process *process;
    uint32_t number; /* in its process; 0 is the main thread */
    uint32_t tid;
    char *name;              /* NULL: not recorded */
    bool begun;              /* its first record has come */
    bool over;               /* it ended itself, and said what CPU time it had used */
    bool counted;            /* its process said at its end what CPU time this thread had used */
    uint64_t cpu;            /* ns, valid with `counted` */
    uint64_t run_queue;      /* ns; or SAMPLE_UNKNOWN */
    uint64_t waits_for_many; /* that have begun */
    uint64_t slow_calls;     /* that are over, but for looks at many that did not wait */
    uint64_t answered;       /* ns: when it last read the first of an answer; 0: it has not */
    uint64_t last;           /* number of the connection that a call was about last; 0: none */
    struct stay stay;        /* of all on it that is no task of greq's own */
    struct kept kept;
    struct task scheduler; /* "calls" it while all tasks are parked */
    struct map tasks;
    struct task *latest; /* of these, the one that was asked for last; or NULL */
    struct thread *next; /* of the same process */
};

struct thread *thread_create(struct process *process, uint32_t number, uint32_t tid,
                             const struct listeners *listeners);
void thread_destroy(struct thread *thread);

/* The task of this number, which is not the latest; made when it is new. */
struct task *thread_find_task(struct thread *thread, uint32_t number);

/* The task of this number; made when it is new. */
static inline struct task *thread_task(struct thread *thread, uint32_t number)
{
    if (!thread->latest || thread->latest->number != number)
        thread->latest = thread_find_task(thread, number);
    return thread->latest;
}

/* The part of the program that a task is in. Of coroutines that are not greq's own it is not known
 * which of them has named it: they share their thread's. */
static inline struct stay *task_stay(struct task *task)
{
    return task->started ? &task->stay : &task->thread->stay;
}

/* Forgets a task that is over and has no calls left. */
void thread_remove_task(struct thread *thread, struct task *task,
                        const struct listeners *listeners);

#endif
