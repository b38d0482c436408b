/*
 * call.h: a call from its begin until it has been added up, which for a long one is when its stack
 * has come: that record follows the call's end.
 */
#ifndef MODEL_CALL_H
#define MODEL_CALL_H

#include "model/kind.h"
#include "model/thread.h"
#include "trace/record.h"

#include <greq/trace_format.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct connection;
struct locked_file;
struct mark;
struct model;
struct process;
struct site;

/* The lock that a call waited for. */
struct call_lock {
    uint64_t address; /* of a file its inode; 0: it did not wait for one */
    struct thread *holder;
    struct thread *waker;
    uint64_t mutex;                 /* of a condition; 0: it is none, or that is not known */
    bool limited;                   /* the wait for that has a time limit */
    const struct locked_file *file; /* NULL: it is in memory; the rest is of a file's */
    uint32_t holder_pid;            /* who had it when it could not be had; 0: not known */
    const struct process *process;  /* that one, or NULL: it has no trace */
};

struct call {
    struct trace_call record; /* a copy; of KIND_IDLE only its time and duration are set */
    unsigned function;        /* in trace.functions */
    struct call_kind kind;
    struct task *task;
    struct connection *subject; /* the one that it is about, if that is one; else NULL */
    const struct mark *mark;    /* the part of the program that it was made in, or NULL */
    uint64_t end;               /* ns, or TRACE_IN_PROGRESS */
    uint64_t blocked;           /* ns that its thread was in it, and not left to others */
    bool returned;              /* and it waits for its stack */
    bool blocks;                /* it blocks its thread for TRACE_LONG_CALL_NS or more */
    bool parks;                 /* its task was parked, and its thread left to others */
    bool many;                  /* it waits for many: nobody is held up by that */
    bool found_data;            /* it reads, and need not have waited */
    bool in_flight;             /* when it began: what it is about was, if that is one connection */
    struct call_lock lock;
    struct thread *awaited;    /* whose end it has waited for; NULL: none, or it is not known */
    char *refuser;             /* the module that it was refused for, or NULL */
    struct site *site;         /* NULL until it is known */
    uint64_t cpu;              /* what the thread had used at its end, valid with `site` */
    uint64_t queued;           /* ns of it in the run queue; 0 also until `site` is known */
    struct connection **about; /* those it reads, writes or waits for; it holds each */
    size_t about_count;
    size_t about_capacity;
    struct kept *kept; /* NULL: nothing */
    struct call *next; /* of the same task, or unused */
};

/* The connection that a call is about, if that is one. */
static inline struct connection *call_subject(const struct call *call)
{
    return call->subject;
}

/* Whether it blocks its thread, parks its task, waits for many, or was for a lock: of others there
 * is little to tell. */
static inline bool call_is_slow(const struct call *call)
{
    return call->blocks || call->parks || call->many || call->lock.address;
}

/* Whether its thread could do nothing but wait for it, and did for TRACE_LONG_CALL_NS. These three
 * know when its site is known: a call that stood in the run queue for most of its time has not. */
bool call_has_blocked(const struct call *call);

/* The same, or it waits for many. */
bool call_has_kept_thread(const struct call *call);

/* Whether it kept its thread from other tasks that it had, for TRACE_LONG_CALL_NS or more. */
bool call_holds_tasks(const struct call *call);

/* Whether a record with its stack is to come, behind the end of a call that was long or shared. */
bool call_expects_stack(const struct call *call);

/* The call in progress that began then, or NULL. */
static inline struct call *call_find(struct thread *thread, uint32_t task, uint64_t begin)
{
    struct call *call = thread_task(thread, task)->calls;
    while (call && call->record.head.time != begin)
        call = call->next;
    return call;
}

/* Whether all that it does is to open connections. */
bool call_opens(const struct call *call);

/* All of these move the model at its time `now`. */

/* A call, or a sleep of the scheduler, begins. `number` is the trace's, until it returns; 0: when
 * it does is not known. */
void call_begin(struct model *model, struct thread *thread, const struct trace_call *record,
                uint32_t number);
void call_begin_idle(struct model *model, struct thread *thread, const struct trace_idle *record,
                     uint32_t number);

/* The end of a call has come. */
void call_end(struct model *model, struct call *call);

/* The stack of a call has come, in a record of its thread. */
void call_add_stack(struct model *model, struct thread *thread,
                    const struct trace_long_call *record);

/* The name of the task that made a call, as the program calls it; NULL: it is not known, or not
 * yet. */
const char *call_task_name(const struct call *call);

/* What a thread has used up to now: since its last sample, or before its first record. */
void call_add_sample(struct model *model, struct thread *thread, const struct trace_sample *record);

/* Whatever calls a task was in have ended by now: it makes another one, or is over. */
void call_abandon_all(struct model *model, struct task *task);

#endif
