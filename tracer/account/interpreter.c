/*
 * interpreter.c: waits for CPython's or Ruby's lock, and what other threads of the process did
 * meanwhile.
 *
 *     which waits     by who makes them
 *     pairs           a wait and a run of another thread; looked at when both are known
 *     runs            of a thread between two samples
 *
 * Where a thread lets the lock go its lines may not be known: what it did is then booked where it
 * is seen next.
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

/* It ended in a call of the site; NULL: as the lock was passed on, at a line that is not known. */
struct run {
    struct thread *thread;
    struct site *site;
    uint64_t begin;
    uint64_t end;
};

/* Whose own call it is. */
enum maker { MAKER_OTHER, MAKER_PYTHON, MAKER_RUBY };

/* Of a process: the last ones, number n at n % INTERPRETER_KEPT. */
struct lock_of_interpreter {
    uint64_t caller;     /* looked at last */
    size_t module_count; /* by then: a module is recorded after the first call from it may be */
    enum maker maker;
    uint64_t mutex; /* of Ruby's lock; 0: it is not known */
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
    struct stretch
        undecided; /* a condition of Ruby's own has ended it, and it may be for the lock */
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

static enum maker maker_of(const char *module)
{
    if (module_is_python(module))
        return MAKER_PYTHON;
    return module_is_ruby_3_1(module) ? MAKER_RUBY : MAKER_OTHER;
}

static enum maker made_by(const struct call *call)
{
    struct process *process = call->task->thread->process;
    uint64_t caller = call->record.caller;
    struct lock_of_interpreter *lock = lock_of(process);
    if (lock->caller != caller || lock->module_count != process->module_count) {
        lock->caller = caller;
        lock->module_count = process->module_count;
        lock->maker = maker_of(process_module_name(process, process->generation, caller));
    }
    return lock->maker;
}

/* G5: what two addresses are of one object, or of a library's own variables. */
static bool is_beside(uint64_t a, uint64_t b)
{
    return (a < b ? b - a : a - b) < RUBY_OBJECT_SIZE;
}

static bool is_variable(const struct process *process, uint64_t address)
{
    return process_module(process, process->generation, address);
}

/* G5: whether a wait of Ruby's own shows which mutex guards its lock. */
static bool shows_mutex_of_ruby(const struct call *call)
{
    const struct call_lock *lock = &call->lock;
    return lock->limited && lock->address && !is_beside(lock->address, lock->mutex) &&
           !is_variable(call->task->thread->process, lock->mutex);
}

static void look_for_mutex(const struct call *call)
{
    if (call->lock.mutex && made_by(call) == MAKER_RUBY && shows_mutex_of_ruby(call))
        lock_of(call->task->thread->process)->mutex = call->lock.mutex;
}

static bool is_mutex_of_ruby(const struct call *call, uint64_t address)
{
    return address && address == lock_of(call->task->thread->process)->mutex;
}

/* G1, G5: CPython waits for no other condition: its locks for programs are semaphores. */
bool interpreter_is_awaited_by(const struct call *call)
{
    if (!(call->kind.traits & TRAIT_CONDITION))
        return false;
    enum maker maker = made_by(call);
    return maker == MAKER_PYTHON ||
           (maker == MAKER_RUBY && is_mutex_of_ruby(call, call->lock.mutex));
}

/* Their mutexes guard little else: where two threads meet in one, the lock is passed on. */
bool interpreter_is_met_in(const struct call *call)
{
    if (call->kind.traits & TRAIT_LOCK)
        return made_by(call) != MAKER_OTHER;
    return interpreter_is_awaited_by(call);
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

/* Whether what the thread did until it makes a call was done with the lock. Not what ends in a lock
 * of a library's own: it may compute without the interpreter's. */
static bool is_made_with_lock(const struct call *call, const struct site *site)
{
    bool is_lock = call->kind.traits & (TRAIT_LOCK | TRAIT_CONDITION);
    enum maker maker = made_by(call);
    return maker == MAKER_RUBY || (site->python && (!is_lock || maker == MAKER_PYTHON));
}

/* The call has ended what the thread did since the last sample. Only what ends in a call from
 * Python, or where its lock is passed on, was done with that lock. */
static void end_run(struct interpreter *interpreter, const struct call *call,
                    struct stretch *stretch)
{
    struct thread *thread = call->task->thread;
    const struct stretch run = *stretch;
    *stretch = (struct stretch){0};
    if (!run.end || !run.site)
        return;
    bool is_known = run.site->python || !interpreter_is_met_in(call);
    if (is_known && !is_made_with_lock(call, run.site))
        return;
    if (run.end - run.begin >= STRETCH_MIN_NS)
        add_run(interpreter, &(struct run){thread, is_known ? run.site : NULL, run.begin, run.end});
    if (is_known)
        name_runs(interpreter, thread, run.site);
}

static void take_sample(struct listener *listener, struct thread *thread,
                        const struct sample *sample)
{
    (void)listener, (void)sample;
    holder_of(thread)->fresh = stretch_last(thread);
}

/* Which mutex it has is told after its begin. */
static bool may_be_for_ruby(const struct call *call)
{
    return call->kind.traits & TRAIT_CONDITION && made_by(call) == MAKER_RUBY;
}

void interpreter_begin_call(struct interpreter *interpreter, struct call *call)
{
    struct holder *holder = holder_of(call->task->thread);
    holder->undecided = (struct stretch){0};
    if (!holder->fresh.end)
        return;
    if (!may_be_for_ruby(call)) {
        end_run(interpreter, call, &holder->fresh);
        return;
    }
    holder->undecided = holder->fresh;
    holder->fresh = (struct stretch){0};
}

void interpreter_add_call(struct interpreter *interpreter, struct call *call)
{
    struct holder *holder = holder_of(call->task->thread);
    if (!call->site)
        return;
    look_for_mutex(call);
    if (holder->undecided.end)
        end_run(interpreter, call, &holder->undecided);
    if (holder->fresh.end)
        end_run(interpreter, call, &holder->fresh);
    if (!interpreter_is_awaited_by(call))
        return;
    bool has_waited = call->blocks && call_has_blocked(call);
    if (has_waited || !holder->wait)
        holder->wait = call->site;
    if (!has_waited)
        return;
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
                     .sampled = take_sample,
                     .thread_done = end_thread},
        .books = books,
    };
}

void interpreter_finish(struct interpreter *interpreter)
{
    free(interpreter->sites);
}
