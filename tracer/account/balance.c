/*
 * balance.c: a thread has a ledger, in which what has come since the last sample is settled when
 * the next one says what the kernel has counted.
 *
 *     since a sample  time in calls and in idle waits, which no more is taken of than passed off
 *                     the CPU
 *     at the begin    what was used before it; of a program that exec made, what exec took
 *     at the end      by the thread, by its process, by who waited for that, or by nobody
 */
#include "account/balance.h"

#include "account/slots.h"
#include "model/call.h"
#include "model/model.h"
#include "model/process.h"
#include "model/sample.h"
#include "model/thread.h"
#include "model/thresholds.h"

/* Of a thread. Times in ns. */
struct ledger {
    struct balance balance;
    bool counted; /* its end was */
    bool born;    /* it was forked, and may have waited for a processor before it could say so */
    uint64_t begun;
    uint64_t sampled_at;  /* the last sample */
    uint64_t sampled_cpu; /* all that it had used then */
    uint64_t queued;      /* in the run queue, when that was last known */
    uint64_t in_calls;    /* since the last sample: in hooked calls */
    uint64_t in_idle;     /* and in waits for many */
    uint64_t left;        /* off the CPU and in no call, since the run queue was last known */
};

static struct ledger *ledger_of(struct thread *thread)
{
    return kept_of(&thread->kept, SLOT_BALANCE);
}

const struct balance *balance_of(struct thread *thread)
{
    return &ledger_of(thread)->balance;
}

uint64_t balance_unseen(struct thread *thread)
{
    return ledger_of(thread)->balance.unseen + ledger_of(thread)->left;
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* What `a` has more than `b`. */
static uint64_t beyond(uint64_t a, uint64_t b)
{
    return a > b ? a - b : 0;
}

static void add(struct balance *sum, const struct balance *one)
{
    sum->wall += one->wall;
    sum->cpu += one->cpu;
    sum->calls += one->calls;
    sum->idle += one->idle;
    sum->run_queue += one->run_queue;
    sum->unseen += one->unseen;
    sum->unknown += one->unknown;
}

static void begin(struct listener *listener, struct thread *thread, uint64_t time)
{
    (void)listener;
    struct ledger *ledger = ledger_of(thread);
    ledger->begun = ledger->sampled_at = time;
}

void balance_end_call(const struct call *call)
{
    struct ledger *ledger = ledger_of(call->task->thread);
    *(call->many ? &ledger->in_idle : &ledger->in_calls) += call->blocked;
}

/* T2: calls have seen no more than there was. */
static void add_seen(struct ledger *ledger, uint64_t off_cpu)
{
    uint64_t inside = ledger->in_calls + ledger->in_idle, seen = least(inside, off_cpu);
    uint64_t idle = inside ? (uint64_t)((double)ledger->in_idle / inside * seen) : 0;
    ledger->balance.idle += idle;
    ledger->balance.calls += seen - idle;
    ledger->left += off_cpu - seen;
    ledger->in_calls = ledger->in_idle = 0;
}

/* T4: a thread that waits for a processor is in no call, or it has been woken in one. Returns how
 * much of that has been found a place. */
static uint64_t add_queued(struct ledger *ledger, uint64_t queued)
{
    struct balance *balance = &ledger->balance;
    uint64_t outside = least(queued, ledger->left);
    uint64_t of_calls = least(queued - outside, balance->calls);
    uint64_t of_idle = least(queued - outside - of_calls, balance->idle);
    balance->unseen += ledger->left - outside;
    balance->calls -= of_calls;
    balance->idle -= of_idle;
    balance->run_queue += outside + of_calls + of_idle;
    ledger->left = 0;
    return outside + of_calls + of_idle;
}

/* T1: the kernel was asked a little later than at the sample's time, so what does not fit into the
 * time that passed counts from then on. At the end it must. */
static void settle(struct ledger *ledger, const struct sample *sample)
{
    if (sample->time < ledger->sampled_at)
        return;
    bool is_end = sample->kind == SAMPLE_END;
    uint64_t passed = sample->time - ledger->sampled_at;
    uint64_t used = beyond(sample->cpu, ledger->sampled_cpu);
    uint64_t fitting = is_end ? used : least(used, passed);
    ledger->balance.cpu += fitting;
    add_seen(ledger, beyond(passed, fitting));
    ledger->sampled_at = sample->time;
    ledger->sampled_cpu += fitting;
    if (sample->run_queue == SAMPLE_UNKNOWN)
        return;
    uint64_t queued = beyond(sample->run_queue, ledger->queued),
             placed = add_queued(ledger, queued);
    ledger->queued += placed;
    ledger->balance.run_queue += is_end && !ledger->born ? queued - placed : 0;
}

/* Where the kernel does not tell it, none. */
static uint64_t queued_by(const struct sample *sample)
{
    return sample->run_queue == SAMPLE_UNKNOWN ? 0 : sample->run_queue;
}

/* T7: what was before its first record is none of its time here. */
static void open_ledger(struct ledger *ledger, const struct sample *sample)
{
    ledger->begun = ledger->sampled_at = sample->time;
    ledger->sampled_cpu = sample->cpu;
    ledger->queued = queued_by(sample);
    ledger->born = !sample->cpu && !sample->run_queue;
}

/* Whether only this thread of its process can have used what nobody has counted. */
static bool is_only_uncounted(struct thread *thread)
{
    for (struct thread *each = thread->process->threads; each; each = each->next)
        if (each != thread && !ledger_of(each)->counted)
            return false;
    return true;
}

/* The thread that was this one before exec, if its end was not counted; NULL: there is none, or it
 * may have been another one. */
static struct thread *before_exec(const struct balances *balances, const struct thread *thread)
{
    const struct process *process = thread->process;
    if (process->main != thread)
        return NULL;
    const struct process *before = model_before_exec(balances->model, process);
    bool is_replaced = before && before->fate == FATE_REPLACED && before->over;
    struct thread *main = is_replaced ? before->main : NULL;
    return main && !ledger_of(main)->counted && is_only_uncounted(main) ? main : NULL;
}

/* T10: the kernel's counts go on in the program that exec has put in the place of this one. So what
 * it had used by then is known after all, if it is that thread's. */
static void count_exec(struct balances *balances, struct thread *thread,
                       const struct sample *sample)
{
    struct ledger *ledger = ledger_of(thread);
    struct balance *one = &ledger->balance, *sum = &balances->sum;
    uint64_t on_cpu = least(beyond(sample->cpu, ledger->sampled_cpu), one->unknown);
    uint64_t waiting = least(beyond(queued_by(sample), ledger->queued), one->unknown - on_cpu);
    const struct balance found = {
        .cpu = on_cpu, .run_queue = waiting, .unseen = one->unknown - on_cpu - waiting};
    sum->unknown -= one->unknown;
    one->unknown = 0;
    add(one, &found);
    add(sum, &found);
}

static void begin_to_count(struct balances *balances, struct thread *thread,
                           const struct sample *sample)
{
    struct thread *before = before_exec(balances, thread);
    if (before)
        count_exec(balances, before, sample);
    open_ledger(ledger_of(thread), sample);
}

static void take_sample(struct listener *listener, struct thread *thread,
                        const struct sample *sample)
{
    struct balances *balances = (struct balances *)listener;
    struct ledger *ledger = ledger_of(thread);
    if (sample->kind == SAMPLE_BEGIN)
        begin_to_count(balances, thread, sample);
    else
        settle(ledger, sample);
    ledger->counted |= sample->kind == SAMPLE_END;
    balances->run_queue_known |= sample->run_queue != SAMPLE_UNKNOWN;
}

/* T3: the CPU time that the process has used and no thread has said to be its own, if there is only
 * one thread whose it can be. After a cut nobody knows who used it. */
static uint64_t cpu_left(struct thread *thread)
{
    const struct process *process = thread->process;
    uint64_t said = process->unseen_cpu;
    if (process->cut || !is_only_uncounted(thread))
        return 0;
    for (struct thread *each = process->threads; each; each = each->next)
        said += ledger_of(each)->sampled_cpu;
    return beyond(process->cpu, said);
}

/* T3: without a count of the run queue nobody knows what it did off the CPU in no call. */
static void end_with_cpu(struct ledger *ledger, uint64_t time, uint64_t left)
{
    settle(ledger, &(struct sample){
                       .kind = SAMPLE_END,
                       .time = time,
                       .cpu = ledger->sampled_cpu + least(left, beyond(time, ledger->sampled_at)),
                       .run_queue = SAMPLE_UNKNOWN,
                   });
    ledger->balance.unknown += ledger->left;
    ledger->left = 0;
}

/* T8: of an end that nobody counted only that is known which was in calls. */
static void end_uncounted(struct ledger *ledger, uint64_t time)
{
    uint64_t passed = beyond(time, ledger->sampled_at);
    uint64_t inside = least(ledger->in_calls + ledger->in_idle, passed);
    add_seen(ledger, inside);
    ledger->balance.unknown += passed - inside;
}

static void end(struct listener *listener, struct thread *thread, uint64_t time)
{
    (void)listener;
    struct ledger *ledger = ledger_of(thread);
    uint64_t left = ledger->counted ? 0 : cpu_left(thread);
    if (left)
        end_with_cpu(ledger, time, left);
    else if (!ledger->counted)
        end_uncounted(ledger, time);
    ledger->balance.unseen += ledger->left;
    ledger->left = 0;
    ledger->balance.wall = beyond(time, ledger->begun);
}

static void add_thread(struct listener *listener, struct thread *thread)
{
    struct balances *balances = (struct balances *)listener;
    balances->threads++;
    add(&balances->sum, balance_of(thread));
}

double balance_coverage(const struct balance *balance)
{
    double seen = (double)balance->calls + balance->idle;
    double all = seen + balance->unseen + balance->unknown;
    return all / 1e9 >= OFF_CPU_MIN_S ? seen / all : 1;
}

void balances_begin(struct balances *balances, const struct model *model)
{
    *balances = (struct balances){.model = model,
                                  .listener = {
                                      .keeps = {SLOT_BALANCE, .thread = sizeof(struct ledger)},
                                      .thread_begun = begin,
                                      .sampled = take_sample,
                                      .thread_ended = end,
                                      .thread_done = add_thread,
                                  }};
}
