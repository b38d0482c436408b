#include "host/decision.h"

#include "config/config.h"
#include "host/refusal.h"
#include "host/stack_check.h"
#include "python/python.h"
#include "sys/check.h"

/* ---- calls that are nobody's to park, and hold nobody up ---- */

static bool is_hosts_wait(const struct decision_subject *subject, const struct host *host)
{
    return host->is_own_wait &&
           host->is_own_wait(subject->thread, subject->id, subject->fd, subject->caller);
}

static bool is_hosts_call(const struct decision_subject *subject, const struct host *host)
{
    return host->is_own_call && host->is_own_call(subject->id, subject->caller);
}

static bool is_for_lock(const struct decision_subject *subject)
{
    return call_infos[subject->id].family == FAMILY_lock;
}

static const struct host *host_of(const struct decision_subject *subject)
{
    const struct host *host = host_current(subject->thread);
    bool is_own = host && (is_hosts_wait(subject, host) || is_hosts_call(subject, host));
    return is_own ? NULL : host;
}

/* ---- reasons ---- */

/* While a strand has a lock that takes all strands of the thread for one owner, or runs what others
 * would wait for in libc, no other may run. But who waits for a lock must let others run: one of
 * them may have it. */
static enum trace_refusal refusal_of_state(const struct decision_subject *subject)
{
    if (is_for_lock(subject))
        return TRACE_REFUSAL_NONE;
    if (subject->in_initialiser)
        return TRACE_REFUSAL_INITIALISER;
    return subject->has_exclusive ? TRACE_REFUSAL_SHARED_LOCK : TRACE_REFUSAL_NONE;
}

static enum trace_refusal refusal_at_entry(const struct decision_subject *subject)
{
    if (call_is_logged_only(subject->id))
        return TRACE_REFUSAL_LOGGED_ONLY;
    if (!config.patched[subject->id])
        return TRACE_REFUSAL_NOT_PATCHED;
    if (subject->in_handler)
        return TRACE_REFUSAL_IN_HANDLER;
    enum trace_refusal refusal = refusal_of_state(subject);
    if (refusal)
        refuse(subject->thread, refusal, NULL);
    return refusal;
}

struct decision decision_at_entry(const struct decision_subject *subject)
{
    const struct host *host = host_of(subject);
    if (!host)
        return (struct decision){NULL, false, TRACE_REFUSAL_NONE};
    enum trace_refusal refusal = refusal_at_entry(subject);
    return (struct decision){refusal ? NULL : host, true, refusal};
}

const struct host *decision_inside(const struct decision_subject *subject, const struct host *outer)
{
    bool refused = subject->in_handler || (outer && is_hosts_call(subject, outer));
    return refused ? NULL : outer;
}

/* ---- where it has to wait ---- */

/* Other code than the interpreter has semaphores to be told something. */
bool decision_may_be_owned(const struct decision_subject *subject)
{
    return call_role(subject->id) == ROLE_SEM && python_is_caller(subject->caller);
}

/* A mutex that another thread has was really waited for already (call/mutex.c). */
static bool insists(const struct decision_subject *subject)
{
    enum call_role role = call_role(subject->id);
    return subject->insists || role == ROLE_MUTEX || role == ROLE_RWLOCK;
}

enum trace_refusal decision_at_wait(const struct decision_subject *subject, const struct host *host,
                                    const char **refuser)
{
    CHECK(!is_hosts_call(subject, host)); /* the interpreter's own lock, of greenlets */
    *refuser = NULL;
    thread_strand(subject->thread)->insists = insists(subject);
    if (insists(subject))
        return TRACE_REFUSAL_NONE;
    enum trace_refusal refusal = host->refusal ? host->refusal(refuser) : TRACE_REFUSAL_NONE;
    if (refusal)
        return refusal;
    uint64_t version = elf_objects_version();
    if (stack_is_in_loader(host, version))
        return TRACE_REFUSAL_INITIALISER;
    return stack_check(host, version, refuser);
}

/* A hub that waits for many has nothing else to do. */
bool decision_is_alone(enum call_id id, enum trace_refusal refusal)
{
    return refusal == TRACE_REFUSAL_NO_INTERPRETER || refusal == TRACE_REFUSAL_NO_HUB ||
           (refusal == TRACE_REFUSAL_IN_HUB && call_infos[id].family == FAMILY_select);
}
