/*
 * Each judge_ function looks at one thing: a call, a convoy, a pool, an address. It returns if that
 * is noise (finding_noise), or if nobody is to blame, which it notes as the figure's excuse so that
 * checks leave it out; else it adds a finding with the facts that the sentence in findings.def
 * names. No words are here but reasons.
 *
 * findings_add is the order of it, by what later ones need: told_judge may take a call for itself,
 * holders are excused when all convoys are judged, requests in a row are told only where no stall
 * explains them, and judge_whole looks at all patterns.
 */
#include "blame/findings.h"

#include "base/round.h"
#include "blame/finding.h"
#include "blame/partial.h"
#include "blame/remedy.h"
#include "blame/sharing.h"
#include "blame/told.h"

#include <inttypes.h>
#include <stdio.h>

static const char stood_in_the_run_queue[] = "threads stood in the run queue for as long as that";

static const char *name_of(const struct model *model, const struct blamed_call *call)
{
    return call ? model_function(model, call->group->function) : "a call";
}

static double lesser(double a, double b)
{
    return a < b ? a : b;
}

/* --- stall --- */

static void add_stall(struct blame *blame, const struct model *model,
                      const struct blamed_call *call)
{
    const struct blame_victim *victim = call->victims;
    struct blame_finding *finding =
        finding_add(blame, FINDING_STALL, call, call->serialized_s, remedy_stall(model, call));
    finding_number(finding, "waits", FACT_COUNT, call->victims_in_all);
    finding_number(finding, "waiting_conn_s", FACT_SECONDS, call->waiting_conn_s);
    finding_number(finding, "connection", FACT_COUNT, victim->connection);
    finding_text(finding, "peer", victim->peer);
    finding_number(finding, "waited_s", FACT_SECONDS, victim->waited_s);
}

/* S14: nothing but wake-ups and timers waited. */
static void add_woken(struct blame *blame, const struct model *model,
                      const struct blamed_call *call)
{
    enum finding_kind kind = call->serialized_on.are_several ? FINDING_WOKEN_LOOPS : FINDING_WOKEN;
    struct blame_finding *finding =
        finding_add(blame, kind, call, call->serialized_s, remedy_stall(model, call));
    finding_number(finding, "woken", FACT_COUNT, call->woken);
}

static void add_loop(struct blame *blame, const struct model *model, const struct blamed_call *call)
{
    bool is_most = call->inner && call->inner_s >= call->loop_blocked_s / 2;
    enum finding_kind kind = call->loop_on.are_several ? FINDING_LOOPS
                             : is_most                 ? FINDING_LOOP_AWAITED
                                                       : FINDING_LOOP;
    struct blame_finding *finding =
        finding_add(blame, kind, call, call->loop_blocked_s, remedy_stall(model, call));
    if (kind != FINDING_LOOP_AWAITED)
        return;
    finding_text(finding, "inner", model_function(model, call->inner->function));
    finding_number(finding, "inner_s", FACT_SECONDS, call->inner_s);
}

/* A lock of which mostly nobody is seen to have been kept from letting go: who had it was
 * computing, or was in the run queue. */
static bool is_lock_without_holder(const struct blame *blame, const struct model *model,
                                   const struct blamed_call *call)
{
    if (!(model->kinds[call->group->function].traits & TRAIT_LOCK))
        return false;
    double kept_s = 0;
    for (size_t i = 0; i < blame->convoy_count; i++)
        if (blame->convoys[i].waiter == call)
            kept_s += blame->convoys[i].seconds;
    return kept_s < (call->serialized_s + call->loop_blocked_s) / 2;
}

/* A join with a thread that was mostly in no call that blocks: it computed, or stood in the run
 * queue. */
static bool is_end_of_work(const struct model *model, const struct blamed_call *call)
{
    return model->kinds[call->group->function].traits & TRAIT_JOIN &&
           call->inner_s < (call->serialized_s + call->loop_blocked_s) / 2;
}

static bool needs_no_wait(const struct model *model, const struct blamed_call *call)
{
    const struct call_kind *kind = &model->kinds[call->group->function];
    return kind->kind == KIND_CLOSE || kind->kind == KIND_WRITE || kind->traits & TRAIT_ACCEPT;
}

/* J5: a call that has nothing to wait for, and was in the run queue as long as all of it took. Who
 * had the interpreter's lock is charged where it is known (G4). */
static bool was_queued(const struct blame *blame, const struct model *model,
                       const struct blamed_call *call)
{
    bool waits = !(needs_no_wait(model, call) || is_lock_without_holder(blame, model, call) ||
                   is_end_of_work(model, call) || call->awaits_interpreter);
    double seconds = call->serialized_s + call->loop_blocked_s;
    return !waits && seconds <= blame->trust.run_queue_s;
}

/* G4: whoever waits for the interpreter's lock is held up itself, by what others compute. */
static bool is_for_interpreter(const struct blame *blame, const struct blamed_call *call)
{
    return call->awaits_interpreter && blame->interpreter_lock_s >= finding_noise(blame);
}

static bool holds_up(const struct blame *blame, const struct blamed_call *call)
{
    return call->serialized_s >= finding_noise(blame) ||
           call->loop_blocked_s >= finding_noise(blame);
}

static void judge_stall(struct blame *blame, const struct model *model, struct blamed_call *call)
{
    if (!holds_up(blame, call) || is_for_interpreter(blame, call))
        return;
    if (was_queued(blame, model, call)) {
        finding_excuse_wait(call, stood_in_the_run_queue);
        return;
    }
    if (call->serialized_s >= finding_noise(blame) && call->victim_count)
        add_stall(blame, model, call);
    else if (call->serialized_s >= finding_noise(blame))
        add_woken(blame, model, call);
    else
        add_loop(blame, model, call);
}

/* --- computing --- */

static struct rounds rounds_of(const struct model *model, const struct accounts *accounts,
                               const struct blamed_call *call)
{
    struct rounds rounds = {0};
    for (size_t i = 0; i < model->sites.count; i++) {
        const struct site *site = model->sites.items[i];
        if (site->group != call->group)
            continue;
        struct rounds more = computing_rounds(&accounts->computing, site);
        rounds.count += more.count;
        rounds.all += more.all;
        rounds.longest = more.longest > rounds.longest ? more.longest : rounds.longest;
    }
    return rounds;
}

static bool is_start(const struct model *model, const struct accounts *accounts,
                     const struct blamed_call *call)
{
    for (size_t i = 0; i < model->sites.count; i++) {
        const struct site *site = model->sites.items[i];
        if (site->group == call->group && computing_rounds(&accounts->computing, site).until &&
            !computing_is_start(&accounts->computing, site))
            return false;
    }
    return true;
}

/* C6, C9, C10. A round may have been waited for in part. */
static void judge_computing(struct blame *blame, const struct model *model,
                            const struct accounts *accounts, struct blamed_call *call)
{
    if (call->computing_s < finding_noise(blame))
        return;
    const struct rounds rounds = rounds_of(model, accounts, call);
    bool is_long = rounds.all / 1e9 >= ROUNDS_SHARE * call->computing_s;
    bool is_seen = call->computing_conn_s >= call->computing_s / 2;
    if (!is_long) {
        call->excused[FIGURE_computing_s] =
            "rounds of 5 ms and more that somebody waited for make up less than half of it";
        return;
    }
    if (call->computing_s < START_COMPUTED_S && is_start(model, accounts, call)) {
        call->excused[FIGURE_computing_s] =
            "its process had opened no connection yet, and nobody is known to have waited";
        return;
    }
    struct blame_finding *finding =
        finding_add(blame, is_seen ? FINDING_COMPUTING : FINDING_COMPUTING_WOKEN, call,
                    call->computing_s, remedy_computing(call));
    finding_number(finding, "rounds", FACT_COUNT, rounds.count);
    finding_number(finding, "longest_s", FACT_SECONDS,
                   lesser(rounds.longest / 1e9, call->computing_s));
    if (!is_seen)
        return;
    finding_number(finding, "computing_conn_s", FACT_SECONDS, call->computing_conn_s);
    finding_number(finding, "on_average", FACT_COUNT,
                   round_nearest(call->computing_conn_s / call->computing_s));
}

/* --- the interpreter's lock --- */

/* G6: for how long connections have waited, at most, for threads that waited for the lock while
 * was computed what ended in this call. */
static double felt_s(const struct blame *blame, const struct blamed_call *call)
{
    double serialized_s = 0;
    for (size_t i = 0; i < blame->call_count; i++)
        if (blame->calls[i].awaits_interpreter)
            serialized_s += blame->calls[i].serialized_s;
    return lesser(serialized_s, call->interpreter_lock_s);
}

static void judge_interpreter(struct blame *blame, const struct blamed_call *call)
{
    if (call->interpreter_lock_s < finding_noise(blame))
        return;
    double serialized_s = felt_s(blame, call);
    bool is_felt = serialized_s >= finding_noise(blame);
    struct blame_finding *finding =
        finding_add(blame, is_felt ? FINDING_INTERPRETER_HELD : FINDING_INTERPRETER, call,
                    call->interpreter_lock_s, remedy_interpreter(call));
    finding_number(finding, "waits", FACT_COUNT, call->interpreter_waits);
    if (is_felt)
        finding_number(finding, "serialized_s", FACT_SECONDS, serialized_s);
}

/* --- partial --- */

/* The program was not run to overlap its waits, so nobody refused to. */
static void judge_held(struct blame *blame, const struct model *model,
                       const struct blamed_call *call)
{
    if (call->held_tasks_s >= finding_noise(blame) && !(call->patterns & PATTERN_STALL))
        finding_add(blame, FINDING_HELD, call, call->held_tasks_s, remedy_stall(model, call));
}

static void judge_partial(struct blame *blame, const struct model *model,
                          const struct blamed_call *call)
{
    char why[PARTIAL_REASON_SIZE];
    double left_out_s = call->group->totals.left_out / 1e9;
    if (left_out_s < finding_noise(blame)) {
        judge_held(blame, model, call);
        return;
    }
    struct blame_finding *finding = finding_add(blame, FINDING_PARTIAL, call, left_out_s,
                                                partial_remedy(name_of(model, call), call));
    finding_text(finding, "reason", partial_reason(why, call));
}

/* --- convoy --- */

static enum finding_kind convoy_kind(const struct blame_convoy *convoy)
{
    if (convoy->knot)
        return FINDING_KNOT;
    if (!convoy->path)
        return FINDING_CONVOY;
    return convoy->holder == convoy->waiter ? FINDING_FILE_LOCK_KEPT : FINDING_FILE_LOCK;
}

static void add_file(struct blame_finding *finding, const struct blame_convoy *convoy)
{
    char holder[64] = "another process";
    if (convoy->holder_pid)
        snprintf(holder, sizeof holder, "process %" PRIu32 "%s", convoy->holder_pid,
                 convoy->is_traced ? "" : " (it has no trace)");
    finding_text(finding, "file", *convoy->path ? convoy->path : "a file");
    finding_text(finding, "holder", holder);
}

/* What is left of the waits for a file's lock is a delay, if the rest is accounted for. */
static bool is_rest(const struct blame *blame, const struct blame_convoy *convoy)
{
    double all = 0;
    for (size_t i = 0; i < blame->convoy_count; i++)
        if (blame->convoys[i].waiter == convoy->waiter)
            all += blame->convoys[i].seconds;
    return convoy->path && convoy->seconds < LOCK_REST_SHARE * all;
}

/* J5: threads that let go late, or whose holder was in a call that has nothing to wait for. */
static bool is_held_by_nothing(const struct blame *blame, const struct model *model,
                               const struct blame_convoy *convoy)
{
    bool waits = !convoy->knot && !(convoy->holder && needs_no_wait(model, convoy->holder));
    return !waits && !convoy->path && convoy->seconds <= blame->trust.run_queue_s;
}

/* Of a holder of which another wait is found, all waits are in the sums. */
static void excuse_holder(const struct blame *blame, const struct model *model,
                          const struct blame_convoy *convoy)
{
    struct blamed_call *holder = convoy->holder;
    if (holder && convoy->seconds >= finding_noise(blame) &&
        is_held_by_nothing(blame, model, convoy) && !(holder->patterns & PATTERN_CONVOY))
        holder->excused[FIGURE_lock_wait_s] = stood_in_the_run_queue;
}

static void judge_convoy(struct blame *blame, const struct model *model,
                         const struct blame_convoy *convoy)
{
    char lock[32];
    if (convoy->seconds < finding_noise(blame) || is_held_by_nothing(blame, model, convoy) ||
        is_rest(blame, convoy))
        return;
    struct blame_finding *finding = finding_add(blame, convoy_kind(convoy), convoy->holder,
                                                convoy->seconds, remedy_convoy(model, convoy));
    snprintf(lock, sizeof lock, "%#" PRIx64, convoy->address);
    finding_text(finding, "waiter", name_of(model, convoy->waiter));
    finding_number(finding, "waits", FACT_COUNT, convoy->waits);
    finding_text(finding, "lock", lock);
    if (convoy->path)
        add_file(finding, convoy);
}

/* --- serial --- */

static enum finding_kind serial_kind(const struct blame_serial *serial)
{
    if (serial->processes < 2)
        return FINDING_SERIAL;
    return serial->processes == serial->requests ? FINDING_SERIAL_PROCESSES
                                                 : FINDING_SERIAL_IN_EACH;
}

/* R12: most of it. */
static bool is_made_by_stall(const struct blame_serial *serial)
{
    const struct blamed_call *call = serial->call;
    return call && call->patterns & PATTERN_STALL &&
           call->serialized_s + call->loop_blocked_s >= serial->waited_s / 2;
}

static void judge_serial(struct blame *blame, const struct model *model,
                         const struct blame_serial *serial)
{
    bool in_a_row = serial->requests > serial->processes || blame->peak_in_flight == 1;
    double saved_s = blame->wall_s - serial->wall_s[BLAME_WIDTHS - 1];
    bool is_little = saved_s < finding_noise(blame) || /* R7 */
                     saved_s < SERIAL_SAVED_SHARE * serial->waited_s;
    if (serial->requests < 2 || !in_a_row || is_little || is_made_by_stall(serial))
        return;
    struct blame_finding *finding = finding_add(blame, serial_kind(serial), serial->call,
                                                serial->waited_s, remedy_serial(model, serial));
    finding->serial = serial;
    finding_number(finding, "requests", FACT_COUNT, serial->requests);
    finding_text(finding, "host", serial->host);
    finding_number(finding, "processes", FACT_COUNT, serial->processes);
    finding_number(finding, "all_at_once_s", FACT_SECONDS, serial->wall_s[BLAME_WIDTHS - 1]);
    finding_number(finding, "wall_s", FACT_SECONDS, blame->wall_s);
}

/* --- the whole --- */

/* Whether as many children were let run at once, which are told of already. */
static bool are_children_limited(const struct children *children, unsigned limit)
{
    for (size_t i = 0; i < children->count; i++)
        if (children->items[i].limit == limit)
            return true;
    return false;
}

static void judge_pool(struct blame *blame, const struct model *model,
                       const struct accounts *accounts)
{
    const struct concurrency *all = &accounts->flights.all;
    blame->pool_limit = flights_are_rows(&accounts->flights) ? 0 : concurrency_pool_limit(all);
    if (!blame->pool_limit || are_children_limited(&accounts->children, blame->pool_limit))
        return;
    struct blame_finding *finding = finding_add(blame, FINDING_POOL, NULL, all->at_peak / 1e9,
                                                remedy_pool(model, blame->pool_limit));
    finding_number(finding, "limit", FACT_COUNT, blame->pool_limit);
    finding_number(finding, "peak_share", FACT_SHARE, all->at_peak / all->busy);
    finding_number(finding, "prompt_starts", FACT_COUNT, all->prompt_refills);
    finding_number(finding, "later_starts", FACT_COUNT, all->refills);
    finding_number(finding, "busy_s", FACT_SECONDS, all->busy / 1e9);
    finding_number(finding, "longest_s", FACT_SECONDS, all->longest / 1e9);
}

/* Whether the parent's own calls tell of it, with the line that waits for them. */
static bool are_calls_limited(const struct call_pools *pools, const struct child_limit *children)
{
    for (size_t i = 0; i < pools->count; i++)
        if (pools->items[i]->site->process == children->parent &&
            call_pool_limit(pools->items[i]) == children->limit)
            return true;
    return false;
}

static void judge_children(struct blame *blame, const struct accounts *accounts,
                           const struct child_limit *children)
{
    const struct concurrency *running = &children->running;
    if ((running->busy - children->all_at_once) / 1e9 < finding_noise(blame) ||
        are_calls_limited(&accounts->call_pools, children))
        return;
    struct blame_finding *finding = finding_add(blame, FINDING_CHILDREN, NULL, running->busy / 1e9,
                                                remedy_children(children->limit));
    finding_text(finding, "parent", process_file_name(children->parent));
    finding_text(finding, "program", children->program);
    finding_number(finding, "limit", FACT_COUNT, children->limit);
    finding_number(finding, "children", FACT_COUNT, children->count);
    finding_number(finding, "peak_share", FACT_SHARE, running->at_peak / running->busy);
    finding_number(finding, "prompt_starts", FACT_COUNT, running->prompt_refills);
    finding_number(finding, "later_starts", FACT_COUNT, running->refills);
    finding_number(finding, "busy_s", FACT_SECONDS, running->busy / 1e9);
    finding_number(finding, "all_at_once_s", FACT_SECONDS, children->all_at_once / 1e9);
}

static void judge_lookups(struct blame *blame, const struct model *model, const struct pools *pools)
{
    const struct concurrency *lookups = &pools->lookups;
    unsigned limit = concurrency_pool_limit(lookups);
    if (!limit || lookups->busy / 1e9 < finding_noise(blame))
        return;
    struct blame_finding *finding = finding_add(blame, FINDING_LOOKUPS, NULL, lookups->busy / 1e9,
                                                remedy_lookups(model, limit));
    finding_number(finding, "limit", FACT_COUNT, limit);
    finding_number(finding, "peak_share", FACT_SHARE, lookups->at_peak / lookups->busy);
    finding_number(finding, "prompt_starts", FACT_COUNT, lookups->prompt_refills);
    finding_number(finding, "later_starts", FACT_COUNT, lookups->refills);
    finding_number(finding, "longest_s", FACT_SECONDS, pools->longest_lookup / 1e9);
}

/* P8: the queue is told of already, by who waits for room in it, and all who take from it are at
 * it. */
static bool has_full_queue(const struct blame *blame, const struct call_pool *pool)
{
    return blame->patterns & PATTERN_QUEUE && pool->thread_count == pool->calls.peak &&
           pool->room_awaited / 1e9 >= finding_noise(blame);
}

/* P7: a lock that lets one in at a time is a convoy, and a loop that one holds up a stall. */
static bool is_one_told(const struct blame *blame, const struct blamed_call *call)
{
    return call && (call->lock_wait_s > 0 || holds_up(blame, call));
}

static void judge_calls(struct blame *blame, const struct model *model,
                        const struct call_pool *pool)
{
    const struct concurrency *calls = &pool->calls;
    unsigned limit = call_pool_limit(pool);
    const struct blamed_call *call = blame_call_of(blame, pool->site);
    if (!limit || (limit == 1 && is_one_told(blame, call)) || has_full_queue(blame, pool) ||
        calls->busy / 1e9 < finding_noise(blame))
        return;
    struct blame_finding *finding =
        finding_add(blame, FINDING_CALLS, call, calls->busy / 1e9, remedy_pool(model, limit));
    finding_number(finding, "limit", FACT_COUNT, limit);
    finding_number(finding, "calls", FACT_COUNT, pool->count);
    finding_number(finding, "peak_share", FACT_SHARE, calls->at_peak / calls->busy);
    finding_number(finding, "prompt_starts", FACT_COUNT, call_pool_prompt(pool));
    finding_number(finding, "later_starts", FACT_COUNT, calls->refills);
    finding_number(finding, "longest_s", FACT_SECONDS, pool->longest / 1e9);
}

static void judge_dead(struct blame *blame, const struct dead_peer *dead)
{
    if (dead->waited / 1e9 < finding_noise(blame))
        return;
    struct blame_finding *finding =
        finding_add(blame, FINDING_DEAD, NULL, dead->waited / 1e9, remedy_dead());
    finding_number(finding, "attempts", FACT_COUNT, dead->attempts);
    finding_text(finding, "peer", dead->peer);
}

/* F: nobody is to blame for a shape. */
static void judge_shape(struct blame *blame, const struct shape *shape)
{
    static const enum finding_kind kinds[] = {[SHAPE_RECONNECT] = FINDING_RECONNECT,
                                              [SHAPE_EXPECT] = FINDING_EXPECT,
                                              [SHAPE_NAGLE] = FINDING_NAGLE,
                                              [SHAPE_RESOLVER] = FINDING_RESOLVER};
    bool is_habit = shape->kind != SHAPE_RECONNECT || shape->count >= RECONNECTS_MIN;
    if (!is_habit || shape->time / 1e9 < finding_noise(blame))
        return;
    struct blame_finding *finding =
        finding_add(blame, kinds[shape->kind], NULL, shape->time / 1e9, remedy_shape(shape->kind));
    finding_number(finding, "count", FACT_COUNT, shape->count);
    finding_text(finding, "with", shape->with);
}

static void judge_turns(struct blame *blame, const struct model *model, struct process *process)
{
    const struct turns *turns = pool_of_one(process);
    double busy_s = flights_of(process)->busy / 1e9;
    if (!turns || busy_s < finding_noise(blame))
        return;
    struct blame_finding *finding =
        finding_add(blame, FINDING_POOL_OF_ONE, NULL, busy_s, remedy_pool(model, 1));
    blame->pool_limit = blame->pool_limit ? blame->pool_limit : 1;
    finding_number(finding, "threads", FACT_COUNT, turns->threads);
    finding_number(finding, "prompt_starts", FACT_COUNT, turns->prompt);
    finding_number(finding, "later_starts", FACT_COUNT, turns->later);
    finding_number(finding, "longest_s", FACT_SECONDS, flights_of(process)->longest / 1e9);
}

/* E8: of a loop that was blocked nobody is known to have waited. */
static double most_saved_s(const struct blame *blame)
{
    double seconds = blame->held_tasks_s + blame->lock_wait_s;
    for (size_t i = 0; i < blame->call_count; i++)
        if (!blame->calls[i].excused[FIGURE_serialized_s])
            seconds += blame->calls[i].serialized_s;
    return seconds;
}

static void judge_whole(struct blame *blame)
{
    bool held_up = blame->patterns & (PATTERN_STALL | PATTERN_CONVOY | PATTERN_PARTIAL);
    double least_s = held_up ? blame->wall_s - most_saved_s(blame) : blame->wall_s;
    if (blame->what_if_s < least_s)
        blame->what_if_s = least_s;
    if (blame->what_if_s > blame->wall_s)
        blame->what_if_s = blame->wall_s;
    bool awaited = blame->patterns &
                   (PATTERN_COMPUTING | PATTERN_INTERPRETER | PATTERN_MONITOR | PATTERN_QUEUE);
    if (!held_up && !awaited && blame->peak_in_flight > 1)
        blame->patterns |= PATTERN_OVERLAPPED;
}

void findings_add(struct blame *blame, const struct model *model, const struct accounts *accounts)
{
    for (size_t i = 0; i < blame->call_count; i++) {
        if (told_judge(blame, model, &blame->calls[i]))
            continue;
        judge_stall(blame, model, &blame->calls[i]);
        judge_computing(blame, model, accounts, &blame->calls[i]);
        judge_interpreter(blame, &blame->calls[i]);
        judge_partial(blame, model, &blame->calls[i]);
    }
    for (size_t i = 0; i < blame->convoy_count; i++)
        judge_convoy(blame, model, &blame->convoys[i]);
    for (size_t i = 0; i < blame->convoy_count; i++)
        excuse_holder(blame, model, &blame->convoys[i]);
    for (size_t i = 0; i < blame->serial_count; i++)
        judge_serial(blame, model, &blame->serials[i]);
    for (size_t i = 0; i < accounts->children.count; i++)
        judge_children(blame, accounts, &accounts->children.items[i]);
    judge_pool(blame, model, accounts);
    judge_lookups(blame, model, &accounts->pools);
    for (size_t i = 0; i < accounts->call_pools.count; i++)
        judge_calls(blame, model, accounts->call_pools.items[i]);
    for (size_t i = 0; i < accounts->dead.count; i++)
        judge_dead(blame, accounts->dead.items[i]);
    for (size_t i = 0; i < accounts->shapes.count; i++)
        judge_shape(blame, accounts->shapes.items[i]);
    for (size_t i = 0; i < model->process_count; i++)
        judge_turns(blame, model, model->processes[i]);
    sharing_judge(blame, model, &accounts->sharing);
    judge_whole(blame);
    findings_sort(blame);
}
