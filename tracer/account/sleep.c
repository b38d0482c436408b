#include "account/sleep.h"

#include "account/slots.h"
#include "model/call.h"
#include "model/process.h"
#include "model/thread.h"

/* Of a thread. */
struct asleep {
    uint64_t sampled_at; /* ns */
    uint64_t sampled_cpu;
    uint64_t in_calls; /* since then: ns blocked in calls, or idle because all tasks are parked */
    double off_cpu;    /* ns, up to the last sample */
    double seen;       /* part of it */
};

static struct asleep *asleep_of(struct thread *thread)
{
    return kept_get(&thread->kept, SLOT_SLEEP, sizeof(struct asleep));
}

static void begin(struct listener *listener, struct thread *thread, uint64_t time)
{
    (void)listener;
    asleep_of(thread)->sampled_at = time;
}

static void add_call(struct listener *listener, struct call *call, uint64_t time)
{
    (void)listener, (void)time;
    asleep_of(call->task->thread)->in_calls += call_blocked(call);
}

static void sample(struct listener *listener, struct thread *thread, uint64_t time, uint64_t cpu)
{
    (void)listener;
    struct asleep *asleep = asleep_of(thread);
    if (time < asleep->sampled_at)
        return;
    uint64_t passed = time - asleep->sampled_at;
    uint64_t used = cpu > asleep->sampled_cpu ? cpu - asleep->sampled_cpu : 0;
    uint64_t off_cpu = passed > used ? passed - used : 0;
    asleep->off_cpu += off_cpu;
    asleep->seen += asleep->in_calls < off_cpu ? asleep->in_calls : off_cpu;
    asleep->sampled_at = time;
    asleep->sampled_cpu = cpu > asleep->sampled_cpu ? cpu : asleep->sampled_cpu;
    asleep->in_calls = 0;
}

/* The CPU time of a thread that did not say it at its own end. The main thread has what its process
 * used and no other thread has said; else the last sample must do. After a cut nobody knows who
 * used it, so the whole time counts as sleep that was not seen. */
static uint64_t final_cpu(struct thread *thread)
{
    uint64_t said = 0;
    for (struct thread *each = thread->process->threads; each; each = each->next)
        said += asleep_of(each)->sampled_cpu;
    bool rest_is_its = thread->number == 0 && !thread->process->cut && thread->process->cpu > said;
    return asleep_of(thread)->sampled_cpu + (rest_is_its ? thread->process->cpu - said : 0);
}

static void end(struct listener *listener, struct thread *thread, uint64_t time)
{
    if (!thread->over)
        sample(listener, thread, time, final_cpu(thread));
}

static void add_thread(struct listener *listener, struct thread *thread)
{
    struct sleep *sleep = (struct sleep *)listener;
    const struct asleep *asleep = asleep_of(thread);
    sleep->off_cpu += asleep->off_cpu;
    sleep->seen += asleep->seen;
    sleep->run_queue += thread->run_queue;
    sleep->run_queue_known |= thread->run_queue_known;
}

void sleep_begin(struct sleep *sleep)
{
    *sleep = (struct sleep){.listener = {
                                .thread_begun = begin,
                                .sampled = sample,
                                .thread_ended = end,
                                .thread_done = add_thread,
                                .call_ends = add_call,
                            }};
}
