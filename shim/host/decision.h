/*
 * decision.h: may this call be parked here, and if not, why. All that speaks against it is decided
 * in this module, and the reason (TRACE_REFUSALS) goes into the call's record.
 *
 * What is known beforehand is decided when the call is entered. The rest costs more, and is decided
 * only where the call would really have to wait. What takes the GIL comes last: those rules are in
 * greenlet_py/refuse.py, and the greenlet host hands on what they say.
 *
 * A reason that is found only then comes after the record was written: the record gets it and loses
 * COOPERATIVE, so a report shows that the call held tasks up. A `refuser` record names the module
 * at fault.
 *
 * A wait for a lock is the exception, for a parked task of the thread may have it: mutexes and
 * read-write locks park whatever else is on the stack. threading.Lock, a semaphore of the
 * interpreter's, is a lock and an event in one: where something speaks against parking, it is
 * waited for in the thread for a second first. Conditions and other semaphores are refused, since
 * whoever gives them is no owner. The interpreter's own lock is never waited for cooperatively,
 * since switching greenlets needs it; it is a mutex and a condition called from the interpreter,
 * and so is told from threading.Lock.
 */
#ifndef HOST_DECISION_H
#define HOST_DECISION_H

#include "config/config.h"
#include "host/host.h"
#include "real/calls.h"
#include "task/task.h"

#include <greq/trace_format.h>
#include <stdbool.h>

/* The call that it is about. */
struct decision_subject {
    struct thread *thread;
    enum call_id id;
    int fd;
    const void *caller;
    bool in_handler;     /* of a signal, where no task may be parked */
    bool in_initialiser; /* of something that runs once */
    bool has_exclusive;  /* a lock that takes all of the thread's strands for one owner */
    bool insists; /* it was refused, and has waited for long: a parked task may be in its way */
};

struct decision {
    const struct host *host; /* who parks it; NULL: it is the real call */
    bool had_tasks;          /* somebody else could have run meanwhile */
    enum trace_refusal refusal;
};

/* The same as below where a task of ours makes the call, which is one of its thread's itself. */
static inline bool decision_is_clear_for_task(const struct thread *thread, enum call_id id)
{
    return !thread->exclusive && config.patched[id] && !call_is_logged_only(id);
}

/* Whether the outermost call of a task of ours may be parked as far as is known when it is entered,
 * which most may: then decision_at_entry need not be asked. In no handler and no initialiser. */
static inline bool decision_is_clear(const struct thread *thread, enum call_id id)
{
    return task_thread_has_others(thread) && decision_is_clear_for_task(thread, id);
}

/* For the outermost call, when it is entered. */
struct decision decision_at_entry(const struct decision_subject *subject);

/* For a call inside of another one, whose host is `outer`. */
const struct host *decision_inside(const struct decision_subject *subject,
                                   const struct host *outer);

/*
 * For a call that `host` would park, where it has to wait. Returns NONE, or why it must not be.
 * `refuser` receives the name of the module that speaks against it, valid while that is loaded, or
 * NULL.
 */
enum trace_refusal decision_at_wait(const struct decision_subject *subject, const struct host *host,
                                    const char **refuser);

/*
 * Whether the call waits for what a parked task of its own thread may have: threading.Lock, which
 * is a semaphore of the interpreter's. If it is refused it waits in the thread for a while, and
 * then insists: the owner would never be let run otherwise. Mutexes and read-write locks always do.
 */
bool decision_may_be_owned(const struct decision_subject *subject);

/* Whether a refusal of a wait of this call says that nobody was held up. */
bool decision_is_alone(enum call_id id, enum trace_refusal refusal);

#endif
