/*
 * The accounts have sums by site, in nanoseconds; a report has calls, which are the sites that look
 * alike by names (call_group), in seconds.
 *
 * blame_compute is the order of it. While add_calls runs, the calls are in the model's order and
 * call_at finds one by its number; at its end they are sorted, worst first, and stay where they
 * are: what is added later (convoys, serials, parts, findings) points to them. Findings are judged
 * last, by everything else.
 *
 * A call's rank decides the order: what it serialized and computed, where who waits for a lock
 * hands its own on to who had that.
 */
#include "blame/blame.h"

#include "base/memory.h"
#include "blame/critical.h"
#include "blame/finding.h"
#include "blame/findings.h"
#include "blame/parts.h"
#include "blame/serials.h"
#include "blame/told.h"
#include "model/locked_file.h"
#include "model/thresholds.h"

#include <stdlib.h>
#include <string.h>

const char blame_idle_rule[] =
    "a connection that was opened and not used yet waits for the program, unless it is never used, "
    "or another one to the same peer is used again meanwhile";

static double seconds(double ns)
{
    return ns / 1e9;
}

static int compare_numbers(double a, double b)
{
    return (a < b) - (a > b);
}

static int compare_stacks(const struct call_group *a, const struct call_group *b)
{
    for (size_t i = 0; i < a->depth && i < b->depth; i++) {
        int order = strcmp(a->stack[i]->function, b->stack[i]->function);
        if (!order)
            order = compare_numbers(b->stack[i]->line, a->stack[i]->line);
        if (order)
            return order;
    }
    return compare_numbers(b->depth, a->depth);
}

/* Worst first; what is equally bad in an order that does not change from run to run. */
static int compare_calls(const void *left, const void *right)
{
    const struct blamed_call *a = left, *b = right;
    const struct call_totals *x = &a->group->totals, *y = &b->group->totals;
    int order = compare_numbers(a->rank_s, b->rank_s);
    if (!order)
        order = compare_numbers(a->loop_blocked_s + a->lock_wait_s + a->interpreter_lock_s,
                                b->loop_blocked_s + b->lock_wait_s + b->interpreter_lock_s);
    if (!order)
        order = compare_numbers(b->is_idle, a->is_idle);
    if (!order)
        order = compare_numbers(x->blocked, y->blocked);
    if (!order)
        order = compare_numbers(x->parked, y->parked);
    if (!order)
        order = compare_numbers(x->count, y->count);
    return order ? order : compare_stacks(a->group, b->group);
}

/* --- calls --- */

static int compare_victims(const void *left, const void *right)
{
    const struct blame_victim *a = left, *b = right;
    int order = compare_numbers(a->waited_s, b->waited_s);
    return order ? order : compare_numbers(b->connection, a->connection);
}

static void add_victims(struct blamed_call *call, const struct victims *victims)
{
    struct blame_victim *list = memory_alloc(victims->count, sizeof *list);
    for (size_t i = 0; i < victims->count; i++)
        list[i] = (struct blame_victim){victims->items[i].connection, victims->items[i].peer,
                                        seconds(victims->items[i].waited)};
    if (victims->count)
        qsort(list, victims->count, sizeof *list, compare_victims);
    call->victims = list;
    call->victim_count = victims->count;
    call->victims_in_all = victims->waits;
    call->woken = victims->woken;
}

/* What blocked a loop was not idle, as a wait for a thread's end (I4). */
static uint64_t idle_time(const uint64_t figures[FIGURES])
{
    uint64_t idle = figures[FIGURE_idle_s], blocked = figures[FIGURE_loop_blocked_s];
    return idle > blocked ? idle - blocked : 0;
}

static void add_call(struct blame *blame, const struct model *model, struct blamed_call *call,
                     const struct call_group *group, const uint64_t figures[FIGURES])
{
    call->group = group;
#define FIGURE(name, ...)                         \
    call->name = seconds(figures[FIGURE_##name]); \
    blame->name += call->name;
#include "base/figures.def"
#undef FIGURE
    call->rank_s = call->serialized_s + call->computing_s;
    call->is_idle = idle_time(figures) > IDLE_SHARE * group->totals.blocked &&
                    !told_is_monitor_wait(model, group);
    add_victims(call, &blame->victims[group->number]);
}

static struct blamed_call *call_at(struct blame *blame, const struct site *site)
{
    return &blame->calls[site->group->number];
}

/* Whoever waits for a lock holds up its own connections, and is held up itself. */
static void hand_on(struct blamed_call *waiter, struct blamed_call *holder, double time)
{
    double moved = time < waiter->rank_s ? time : waiter->rank_s;
    waiter->rank_s -= moved;
    holder->rank_s += moved;
}

/* What holders of locks were in while others waited. The calls are still in the model's order. */
static void hand_on_lock_waits(struct blame *blame, const struct convoys *convoys)
{
    for (size_t i = 0; i < convoys->count; i++) {
        const struct convoy *convoy = convoys->items[i];
        if (!convoy->mutual)
            continue;
        call_at(blame, convoy->waiter)->is_idle = false;
        hand_on(call_at(blame, convoy->waiter), call_at(blame, convoy->holder),
                seconds(convoy->time));
    }
}

/* Whoever waits for the interpreter's lock is held up by what others compute. */
static void hand_on_interpreter_waits(struct blame *blame, const struct model *model,
                                      const struct interpreter *interpreter)
{
    struct blamed_call *worst = NULL;
    for (size_t i = 0; i < model->sites.count; i++) {
        const struct site *site = model->sites.items[i];
        struct blamed_call *call = call_at(blame, site);
        call->awaits_interpreter |= interpreter_site(interpreter, site).awaits;
        call->interpreter_waits += interpreter_site(interpreter, site).waits;
        if (!worst || worst->interpreter_lock_s < call->interpreter_lock_s)
            worst = call;
    }
    for (size_t i = 0; worst && worst->interpreter_lock_s > 0 && i < blame->call_count; i++)
        if (blame->calls[i].awaits_interpreter && worst != &blame->calls[i])
            hand_on(&blame->calls[i], worst, blame->calls[i].rank_s);
}

/* What a thread or child was in longest while another one waited for its end. That one's wait keeps
 * its rank: if it holds up others, they need not wait for the end. */
static void name_awaited(struct blame *blame, const struct awaited *awaited)
{
    for (size_t i = 0; i < awaited->count; i++) {
        const struct awaited_calls *calls = awaited->items[i];
        struct blamed_call *waiter = call_at(blame, calls->waiter);
        const struct call_group *inner = calls->inner->group;
        if (waiter->group != inner && seconds(calls->time) > waiter->inner_s) {
            waiter->inner_s = seconds(calls->time);
            waiter->inner = inner;
        }
    }
}

/* What the sites come to that look alike with names. */
static uint64_t (*sum_figures(const struct model *model, const struct accounts *accounts))[FIGURES]
{
    uint64_t(*sums)[FIGURES] = memory_alloc(model->group_count, sizeof *sums);
    for (size_t i = 0; i < model->sites.count; i++) {
        const struct site *site = model->sites.items[i];
        const uint64_t *figures = figures_of(&accounts->books.figures, site->number);
        for (size_t figure = 0; figure < FIGURES; figure++)
            sums[site->group->number][figure] += figures[figure];
    }
    return sums;
}

static void add_threads(struct blame *blame, const struct model *model, const struct books *books)
{
    for (size_t i = 0; i < model->sites.count; i++) {
        const struct site *site = model->sites.items[i];
        struct blamed_call *call = call_at(blame, site);
        booked_on_add(&call->serialized_on, books_on(books, site->number, FIGURE_serialized_s));
        booked_on_add(&call->loop_on, books_on(books, site->number, FIGURE_loop_blocked_s));
    }
}

static void merge_victims(struct blame *blame, const struct model *model,
                          const struct accounts *accounts)
{
    blame->victims = memory_alloc(model->group_count, sizeof *blame->victims);
    for (size_t i = 0; i < model->sites.count; i++) {
        const struct site *site = model->sites.items[i];
        const struct victims *victims = serialized_victims(&accounts->serialized, site);
        if (victims)
            victims_merge(&blame->victims[site->group->number], victims);
    }
}

static void add_calls(struct blame *blame, const struct model *model,
                      const struct accounts *accounts)
{
    uint64_t(*sums)[FIGURES] = sum_figures(model, accounts);
    merge_victims(blame, model, accounts);
    blame->calls = memory_alloc(model->group_count, sizeof *blame->calls);
    blame->call_count = model->group_count;
    for (size_t i = 0; i < model->group_count; i++)
        add_call(blame, model, &blame->calls[i], model->groups[i], sums[i]);
    free(sums);
    add_threads(blame, model, &accounts->books);
    hand_on_lock_waits(blame, &accounts->convoys);
    hand_on_interpreter_waits(blame, model, &accounts->interpreter);
    name_awaited(blame, &accounts->awaited);
    if (blame->call_count)
        qsort(blame->calls, blame->call_count, sizeof *blame->calls, compare_calls);
}

struct blamed_call *blame_call_of(const struct blame *blame, const struct site *site)
{
    for (size_t i = 0; site && i < blame->call_count; i++)
        if (blame->calls[i].group == site->group)
            return &blame->calls[i];
    return NULL;
}

/* --- locks --- */

static struct blame_convoy *find_convoy(struct blame *blame, const struct blamed_call *waiter,
                                        struct blamed_call *holder)
{
    for (size_t i = 0; i < blame->convoy_count; i++)
        if (blame->convoys[i].waiter == waiter && blame->convoys[i].holder == holder)
            return &blame->convoys[i];
    struct blame_convoy *convoy = &blame->convoys[blame->convoy_count++];
    *convoy = (struct blame_convoy){.waiter = waiter, .holder = holder};
    return convoy;
}

static int compare_convoys(const void *left, const void *right)
{
    const struct blame_convoy *a = left, *b = right;
    int order = compare_numbers(a->seconds, b->seconds);
    return order ? order : compare_numbers(a->waits, b->waits);
}

static void take_lock(struct blame_convoy *sum, const struct lock *lock)
{
    sum->address = lock->address;
    sum->path = !lock->file ? NULL : lock->file->path ? lock->file->path : "";
}

static void take_holder(struct blame_convoy *sum, const struct convoy *one)
{
    bool is_another = sum->waits && sum->holder_pid != one->holder_pid;
    sum->holder_pid = is_another ? 0 : one->holder_pid;
    sum->is_traced |= one->is_traced;
}

static void add_convoys(struct blame *blame, const struct convoys *convoys)
{
    blame->convoys = memory_alloc(convoys->count, sizeof *blame->convoys);
    for (size_t i = 0; i < convoys->count; i++) {
        const struct convoy *one = convoys->items[i];
        if (!one->mutual)
            continue;
        struct blame_convoy *sum = find_convoy(blame, blame_call_of(blame, one->waiter),
                                               blame_call_of(blame, one->holder));
        if (!sum->waits || seconds(one->time) > sum->seconds)
            take_lock(sum, one->lock);
        take_holder(sum, one);
        sum->seconds += seconds(one->time);
        sum->waits += one->waits;
        sum->knot |= one->knot;
    }
    if (blame->convoy_count)
        qsort(blame->convoys, blame->convoy_count, sizeof *blame->convoys, compare_convoys);
}

/* --- loops --- */

static int compare_loops(const void *left, const void *right)
{
    const struct blame_loop *a = left, *b = right;
    int order = compare_numbers(a->blocked_s, b->blocked_s);
    if (!order)
        order = compare_numbers(a->waits, b->waits);
    if (!order)
        order = compare_numbers(b->pid, a->pid);
    return order ? order : compare_numbers(b->thread, a->thread);
}

static void add_loop(struct blame *blame, size_t *capacity, struct thread *thread)
{
    blame->loops = memory_grow(blame->loops, blame->loop_count, capacity, sizeof *blame->loops);
    blame->loops[blame->loop_count++] = (struct blame_loop){
        .pid = thread->process->pid,
        .thread = thread->number,
        .name = thread->name ? thread->name : "",
        .waits = thread->waits_for_many,
        .blocked_s = seconds(loop_blocked(thread)),
    };
}

static void add_loops(struct blame *blame, const struct model *model)
{
    size_t capacity = 0;
    for (size_t i = 0; i < model->process_count; i++)
        for (struct thread *thread = model->processes[i]->threads; thread; thread = thread->next)
            if (loop_is_run_by(thread))
                add_loop(blame, &capacity, thread);
    if (blame->loop_count)
        qsort(blame->loops, blame->loop_count, sizeof *blame->loops, compare_loops);
}

/* --- trust --- */

static const char fell_through[] = "fell through: ";

static int compare_fall_throughs(const void *left, const void *right)
{
    const struct blame_fall_through *a = left, *b = right;
    int order = compare_numbers(a->count, b->count);
    return order ? order : strcmp(a->reason, b->reason);
}

static void add_fall_throughs(struct blame_trust *trust, const struct model *model)
{
    size_t length = strlen(fell_through);
    trust->fall_throughs = memory_alloc(model->count_count, sizeof *trust->fall_throughs);
    for (size_t i = 0; i < model->count_count; i++)
        if (!strncmp(model->counts[i].name, fell_through, length))
            trust->fall_throughs[trust->fall_through_count++] =
                (struct blame_fall_through){model->counts[i].name + length, model->counts[i].count};
    if (trust->fall_through_count)
        qsort(trust->fall_throughs, trust->fall_through_count, sizeof *trust->fall_throughs,
              compare_fall_throughs);
}

/* A thread that waits for a processor is off the CPU as well, and no call can be seen that it is
 * in. */
static void add_trust(struct blame *blame, const struct model *model,
                      const struct balances *balances)
{
    const struct balance *sum = &balances->sum;
    blame->trust = (struct blame_trust){
        .threads = balances->threads,
        .thread_s = seconds(sum->wall),
        .cpu_s = seconds(sum->cpu),
        .off_cpu_s = seconds((double)sum->calls + sum->idle + sum->unseen + sum->unknown),
        .seen_s = seconds((double)sum->calls + sum->idle),
        .idle_s = seconds(sum->idle),
        .unseen_s = seconds(sum->unseen),
        .not_known_s = seconds(sum->unknown),
        .run_queue_s = seconds(sum->run_queue),
        .run_queue_known = balances->run_queue_known,
        .arrivals = model->connections.arrivals,
        .arrivals_early = model->connections.arrivals_early,
        .arrivals_unknown = model->connections.arrivals_unknown,
        .arrival_precision_s = model->connections.arrivals_early ? ARRIVAL_PRECISION_S : 0,
    };
    blame->coverage = balance_coverage(sum);
    add_fall_throughs(&blame->trust, model);
}

static void add_cuts(struct blame *blame, const struct model *model)
{
    for (size_t i = 0; i < model->process_count; i++) {
        blame->cut += model->processes[i]->cut;
        blame->coverage_unknown |= process_is_open_ended(model->processes[i]);
    }
    if (blame->coverage_unknown)
        blame->coverage = 0;
}

void blame_compute(struct blame *blame, const struct model *model, const struct accounts *accounts)
{
    *blame = (struct blame){
        .wall_s = seconds(model->end - model->begin),
        .what_if_s = seconds(accounts->replays.what_if),
        .effective_concurrency = concurrency_mean(&accounts->flights.all),
        .peak_in_flight = accounts->flights.all.peak,
        .events = model->events,
        .lost = model->lost,
        .is_server = model->connections.accepted > model->connections.count / 2,
    };
    add_trust(blame, model, &accounts->balances);
    add_cuts(blame, model);
    add_calls(blame, model, accounts);
    add_convoys(blame, &accounts->convoys);
    serials_add(blame, model, &accounts->serials, &accounts->critical.path);
    critical_add(blame, model, &accounts->critical.path);
    add_loops(blame, model);
    parts_add(blame, model, accounts);
    findings_add(blame, model, accounts);
}

void blame_finish(struct blame *blame)
{
    for (size_t i = 0; i < blame->call_count; i++)
        free((struct blame_victim *)blame->calls[i].victims);
    for (size_t i = 0; i < blame->call_count; i++)
        victims_finish(&blame->victims[i]);
    free(blame->victims);
    findings_free(blame);
    free(blame->calls);
    free(blame->serials);
    free(blame->convoys);
    free(blame->loops);
    parts_free(blame);
    free(blame->trust.fall_throughs);
    *blame = (struct blame){0};
}
