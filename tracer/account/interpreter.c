/*
 * interpreter.c: waits for CPython's lock, and what other threads of the process did meanwhile.
 *
 *     which waits     by who makes them
 *     pairs           a wait and a run of another thread; looked at when both are known
 *     runs            of a thread between two samples
 *
 * Where a thread lets the lock go its lines are not to be had: what it did is booked where it is
 * seen next.
 */
#include "account/interpreter.h"

#include "account/books.h"
#include "account/slots.h"
#include "account/stretch.h"
#include "base/memory.h"
#include "model/call.h"
#include "model/process.h"
#include "model/site.h"
#include "model/thresholds.h"

#include <stdlib.h>
#include <string.h>

/* Times in ns. */
struct lock_wait {
    const struct thread *thread;
    uint64_t begin;
    uint64_t end;
    uint64_t left; /* of it, what nobody is charged with yet */
};

/* It ended in a call of the site; NULL: as the lock was passed on, where its line is not known. */
struct run {
    struct thread *thread;
    struct site *site;
    uint64_t begin;
    uint64_t end;
};

/* Of a process: the last ones, number n at n % INTERPRETER_KEPT. */
struct lock_of_interpreter {
    uint64_t caller; /* looked at last */
    bool is_it;
    struct lock_wait waits[INTERPRETER_KEPT];
    struct run runs[INTERPRETER_KEPT];
    uint64_t wait_count;
    uint64_t run_count;
};

/* What a thread is charged with, for a site that is not known yet. */
struct charge {
    uint64_t since;
    uint64_t until;
    uint64_t amount;
};

/* Of a thread. */
struct holder {
    struct stretch fresh; /* that no call has ended yet */
    struct charge *charges;
    size_t count;
    size_t capacity;
    struct site *wait; /* its last one for the lock; NULL: none */
};

static struct lock_of_interpreter *lock_of(struct process *process)
{
    return kept_get(&process->kept, SLOT_INTERPRETER, sizeof(struct lock_of_interpreter));
}

static struct holder *holder_of(struct thread *thread)
{
    return kept_of(&thread->kept, SLOT_INTERPRETER);
}

static struct interpreter_site *site_of(struct interpreter *interpreter, const struct site *site)
{
    interpreter->sites = memory_reach(interpreter->sites, site->number, &interpreter->capacity,
                                      sizeof *interpreter->sites);
    return &interpreter->sites[site->number];
}

struct interpreter_site interpreter_site(const struct interpreter *interpreter,
                                         const struct site *site)
{
    return site->number < interpreter->capacity ? interpreter->sites[site->number]
                                                : (struct interpreter_site){0};
}

/* --- which waits --- */

static bool is_made_by_interpreter(const struct call *call)
{
    struct process *process = call->task->thread->process;
    uint64_t caller = call->record.caller;
    struct lock_of_interpreter *lock = lock_of(process);
    if (lock->caller != caller) {
        lock->caller = caller;
        lock->is_it = module_is_python(process_module_name(process, process->generation, caller));
    }
    return lock->is_it;
}

/* G1: CPython waits for no other condition: its locks for programs are semaphores. */
bool interpreter_is_awaited_by(const struct call *call)
{
    return call->kind.traits & TRAIT_CONDITION && is_made_by_interpreter(call);
}

/* Its mutexes guard nothing else: where two threads meet in one, the lock is passed on. */
bool interpreter_is_met_in(const struct call *call)
{
    return call->kind.traits & (TRAIT_CONDITION | TRAIT_LOCK) && is_made_by_interpreter(call);
}

/* --- pairs --- */

static void book(struct interpreter *interpreter, const struct thread *thread, struct site *site,
                 const struct charge *charge)
{
    site_of(interpreter, site)->waits++;
    books_add(interpreter->books, FIGURE_interpreter_lock_s,
              &(struct booking){.rule = RULE_G2,
                                .since = charge->since,
                                .until = charge->until,
                                .amount = charge->amount,
                                .thread = thread,
                                .site = site});
}

static void keep(struct holder *holder, const struct charge *charge)
{
    holder->charges =
        memory_grow(holder->charges, holder->count, &holder->capacity, sizeof *holder->charges);
    holder->charges[holder->count++] = *charge;
}

/* G2, G3 */
static void charge(struct interpreter *interpreter, struct lock_wait *wait, const struct run *run)
{
    struct charge charge = {wait->begin > run->begin ? wait->begin : run->begin,
                            wait->end < run->end ? wait->end : run->end, 0};
    if (wait->thread == run->thread || charge.until <= charge.since || !wait->left)
        return;
    charge.amount = charge.until - charge.since;
    if (charge.amount > wait->left)
        charge.amount = wait->left;
    wait->left -= charge.amount;
    if (run->site)
        book(interpreter, run->thread, run->site, &charge);
    else
        keep(holder_of(run->thread), &charge);
}

static uint64_t oldest(uint64_t count)
{
    return count > INTERPRETER_KEPT ? count - INTERPRETER_KEPT : 0;
}

static void add_wait(struct interpreter *interpreter, const struct call *call)
{
    struct lock_of_interpreter *lock = lock_of(call->task->thread->process);
    struct lock_wait *wait = &lock->waits[lock->wait_count++ % INTERPRETER_KEPT];
    *wait =
        (struct lock_wait){call->task->thread, call->record.head.time, call->end, call->blocked};
    for (uint64_t i = oldest(lock->run_count); i < lock->run_count; i++)
        charge(interpreter, wait, &lock->runs[i % INTERPRETER_KEPT]);
}

static void add_run(struct interpreter *interpreter, const struct run *added)
{
    struct lock_of_interpreter *lock = lock_of(added->thread->process);
    struct run *run = &lock->runs[lock->run_count++ % INTERPRETER_KEPT];
    *run = *added;
    for (uint64_t i = oldest(lock->wait_count); i < lock->wait_count; i++)
        charge(interpreter, &lock->waits[i % INTERPRETER_KEPT], run);
}

/* --- runs --- */

/* Now the thread is seen at a site: that is where its runs ended. */
static void name_runs(struct interpreter *interpreter, struct thread *thread, struct site *site)
{
    struct lock_of_interpreter *lock = lock_of(thread->process);
    struct holder *holder = holder_of(thread);
    for (size_t i = 0; i < holder->count; i++)
        book(interpreter, thread, site, &holder->charges[i]);
    holder->count = 0;
    for (uint64_t i = oldest(lock->run_count); i < lock->run_count; i++) {
        struct run *run = &lock->runs[i % INTERPRETER_KEPT];
        if (run->thread == thread && !run->site)
            run->site = site;
    }
}

/* The call has ended what the thread did since the last sample. Only what ends in a call from
 * Python, or where its lock is passed on, was done with that lock. */
static void end_run(struct interpreter *interpreter, const struct call *call)
{
    struct thread *thread = call->task->thread;
    const struct stretch fresh = holder_of(thread)->fresh;
    bool passes = interpreter_is_met_in(call);
    holder_of(thread)->fresh = (struct stretch){0};
    if (!fresh.end || !fresh.site || !(passes || fresh.site->python))
        return;
    if (fresh.end - fresh.begin >= STRETCH_MIN_NS)
        add_run(interpreter,
                &(struct run){thread, passes ? NULL : fresh.site, fresh.begin, fresh.end});
    if (!passes)
        name_runs(interpreter, thread, fresh.site);
}

static void take_sample(struct listener *listener, struct thread *thread,
                        const struct sample *sample)
{
    (void)listener, (void)sample;
    holder_of(thread)->fresh = stretch_last(thread);
}

static void begin_call(struct listener *listener, struct call *call, uint64_t time)
{
    (void)time;
    if (holder_of(call->task->thread)->fresh.end)
        end_run((struct interpreter *)listener, call);
}

static void add_call(struct listener *listener, struct call *call)
{
    struct interpreter *interpreter = (struct interpreter *)listener;
    struct holder *holder = holder_of(call->task->thread);
    if (!call->site)
        return;
    if (holder->fresh.end)
        end_run(interpreter, call);
    if (!call->blocks || !call_has_blocked(call) || !interpreter_is_awaited_by(call))
        return;
    holder->wait = call->site;
    site_of(interpreter, call->site)->awaits = true;
    add_wait(interpreter, call);
}

/* Of a thread that is not seen again its own wait for the lock is all there is. */
static void end_thread(struct listener *listener, struct thread *thread)
{
    struct holder *holder = holder_of(thread);
    if (holder->wait)
        name_runs((struct interpreter *)listener, thread, holder->wait);
    free(holder->charges);
    *holder = (struct holder){0};
}

void interpreter_begin(struct interpreter *interpreter, struct books *books)
{
    *interpreter = (struct interpreter){
        .listener = {.keeps = {SLOT_INTERPRETER, .thread = sizeof(struct holder)},
                     .called = add_call,
                     .sampled = take_sample,
                     .call_begins = begin_call,
                     .thread_done = end_thread},
        .books = books,
    };
}

void interpreter_finish(struct interpreter *interpreter)
{
    free(interpreter->sites);
}
