#include "account/pace.h"

#include "account/own_wait.h"
#include "account/slots.h"
#include "model/call.h"
#include "model/channel.h"
#include "model/process.h"
#include "model/thread.h"

/* What was slept for was to be sent no sooner. */
static void note(struct pace *pace)
{
    pace->is_slept_for |= !pace->is_sent;
}

/* Of a task that sleeps parked: until when it has, in ns. */
static uint64_t *task_slept_until(struct task *task)
{
    return kept_get(&task->kept, SLOT_SERIAL, sizeof(uint64_t));
}

/* Who tries another address when the first has not answered in time has not slept (RFC 8305). */
static void connect(struct pace *pace)
{
    if (pace->timed_out && !pace->connects)
        note(pace);
    pace->timed_out = false;
    pace->connects = true;
}

/* Whether the last wait was for what is read. Of epoll that is not known. */
static bool was_waited_for(const struct pace *pace, const struct call *read)
{
    const struct watch *watch = read->task->watch;
    if (!watch || watch->call_begin != pace->woken)
        return false;
    for (uint32_t i = 0; i < watch->count; i++)
        if (watch->descriptors[i] == read->record.fd)
            return true;
    return false;
}

/* What another process has written ends a wait, however short that was: what follows comes of it,
 * and of no timer before. Its own threads may write for the timer's sake, as who looks up a name
 * for its request does. */
static void read_others(struct pace *pace, const struct call *read)
{
    if (read->record.result > 0 && !read->about_count && was_waited_for(pace, read) &&
        !channel_is_own(read->task->thread->process, read->record.fd))
        pace->timed_out = false;
}

void pace_begin_call(struct pace *pace, const struct call *call)
{
    if (call->kind.kind == KIND_WAIT)
        pace->woken = call->record.head.time;
    if (call->kind.kind == KIND_READ)
        read_others(pace, call);
    const uint64_t *slept_until = kept_of(&call->task->kept, SLOT_SERIAL);
    pace->by_sleeper = slept_until && *slept_until > pace->since;
    if (call->kind.kind == KIND_CONNECT)
        connect(pace);
}

void pace_end_call(struct pace *pace, const struct call *call, uint64_t time)
{
    if (!(call->kind.traits & TRAIT_SLEEP))
        return;
    if (call->parks) {
        *task_slept_until(call->task) = time;
        return;
    }
    note(pace);
    pace->slept_until = time;
}

/* Whether a wait for work was ended by a thread that had slept meanwhile. */
static bool was_slept_for(const struct call *call, const struct pace *wakers)
{
    return wakers && own_wait_is_to_be_given(call) && wakers->slept_until > call->record.head.time;
}

/* A loop's timer, or a poll for the sake of its time-out. What is ready at once then, as a
 * connection to write to, has ended no wait. Who waits for a connection may look at it, and no
 * more. */
static void note_time_out(struct pace *pace, const struct call *call)
{
    if (call->kind.kind == KIND_WAIT && call_has_kept_thread(call))
        pace->timed_out = call->record.result == 0 && !call->about_count;
}

void pace_add_call(struct pace *pace, const struct call *call, const struct pace *wakers)
{
    note_time_out(pace, call);
    if (was_slept_for(call, wakers))
        note(pace);
}

/* Others of the thread go on while a task sleeps, and when a timer of the loop is due it is that
 * what the thread does next. */
void pace_send(struct pace *pace)
{
    if (pace->by_sleeper || pace->timed_out)
        note(pace);
    pace->is_sent = true;
}

void pace_withdraw(struct pace *pace)
{
    pace->is_sent = false;
}

void pace_next(struct pace *pace, uint64_t time)
{
    *pace = (struct pace){.since = time, .slept_until = pace->slept_until};
}
