#include "blame/findings.h"

#include "base/memory.h"
#include "blame/partial.h"
#include "blame/remedy.h"
#include "model/thresholds.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static const enum pattern patterns[] = {
#define FINDING(id, kind, pattern, ...) PATTERN_##pattern,
#include "blame/findings.def"
};

static double noise(const struct blame *blame)
{
    double share = blame->wall_s * NOISE_SHARE;
    return share > NOISE_S ? share : NOISE_S;
}

static const char *name_of(const struct model *model, const struct blamed_call *call)
{
    return call ? model_function(model, call->group->function) : "a call";
}

/* --- findings and their facts --- */

/* Takes the remedy. What is returned is valid until the next one is added. */
static struct blame_finding *add(struct blame *blame, enum finding_kind kind,
                                 const struct blamed_call *call, double seconds, char *remedy)
{
    size_t size = (blame->finding_count + 1) * sizeof *blame->findings;
    struct blame_finding *findings = memory_alloc(1, size);
    for (size_t i = 0; i < blame->finding_count; i++)
        findings[i] = blame->findings[i];
    free(blame->findings);
    blame->findings = findings;
    blame->patterns |= patterns[kind];
    if (call)
        ((struct blamed_call *)call)->patterns |= patterns[kind];
    findings[blame->finding_count] = (struct blame_finding){
        .kind = kind,
        .pattern = patterns[kind],
        .call = call,
        .seconds = seconds,
        .remedy = remedy,
    };
    return &findings[blame->finding_count++];
}

static void add_number(struct blame_finding *finding, const char *name, enum fact_unit unit,
                       double number)
{
    finding->facts[finding->fact_count++] = (struct blame_fact){name, unit, number, NULL};
}

static void add_text(struct blame_finding *finding, const char *name, const char *text)
{
    finding->facts[finding->fact_count++] =
        (struct blame_fact){name, FACT_TEXT, 0, memory_copy(text)};
}

/* --- stall --- */

static void add_stall(struct blame *blame, const struct model *model,
                      const struct blamed_call *call)
{
    const struct blame_victim *victim = call->victims;
    struct blame_finding *finding =
        add(blame, FINDING_STALL, call, call->serialized_s, remedy_stall(model, call));
    add_number(finding, "waits", FACT_COUNT, call->victims_in_all);
    add_number(finding, "waiting_conn_s", FACT_SECONDS, call->waiting_conn_s);
    add_number(finding, "connection", FACT_COUNT, victim->connection);
    add_text(finding, "peer", victim->peer);
    add_number(finding, "waited_s", FACT_SECONDS, victim->waited_s);
}

static void judge_stall(struct blame *blame, const struct model *model,
                        const struct blamed_call *call)
{
    if (call->serialized_s >= noise(blame) && call->victim_count)
        add_stall(blame, model, call);
    else if (call->loop_blocked_s >= noise(blame))
        add(blame, FINDING_LOOP, call, call->loop_blocked_s, remedy_stall(model, call));
}

/* --- partial --- */

static void judge_partial(struct blame *blame, const struct model *model,
                          const struct blamed_call *call)
{
    char why[PARTIAL_REASON_SIZE];
    if (!call->group->totals.left_out)
        return;
    struct blame_finding *finding =
        add(blame, FINDING_PARTIAL, call, call->group->totals.left_out / 1e9,
            partial_remedy(name_of(model, call), call));
    add_text(finding, "reason", partial_reason(why, call));
}

/* --- convoy --- */

static void judge_convoy(struct blame *blame, const struct model *model,
                         const struct blame_convoy *convoy)
{
    char lock[32];
    if (convoy->seconds < noise(blame))
        return;
    struct blame_finding *finding =
        add(blame, convoy->knot ? FINDING_KNOT : FINDING_CONVOY, convoy->holder, convoy->seconds,
            remedy_convoy(model, convoy));
    snprintf(lock, sizeof lock, "%#" PRIx64, convoy->address);
    add_text(finding, "waiter", name_of(model, convoy->waiter));
    add_number(finding, "waits", FACT_COUNT, convoy->waits);
    add_text(finding, "lock", lock);
}

/* --- serial --- */

static enum finding_kind serial_kind(const struct blame_serial *serial)
{
    if (serial->processes < 2)
        return FINDING_SERIAL;
    return serial->processes == serial->requests ? FINDING_SERIAL_PROCESSES
                                                 : FINDING_SERIAL_IN_EACH;
}

static void judge_serial(struct blame *blame, const struct model *model,
                         const struct blame_serial *serial)
{
    bool in_a_row = serial->requests > serial->processes || blame->peak_in_flight == 1;
    if (serial->requests < 2 || !in_a_row || serial->waited_s < noise(blame))
        return;
    struct blame_finding *finding = add(blame, serial_kind(serial), serial->call, serial->waited_s,
                                        remedy_serial(model, serial));
    add_number(finding, "requests", FACT_COUNT, serial->requests);
    add_text(finding, "host", serial->host);
    add_number(finding, "processes", FACT_COUNT, serial->processes);
    add_number(finding, "all_at_once_s", FACT_SECONDS, serial->wall_s[BLAME_WIDTHS - 1]);
    add_number(finding, "wall_s", FACT_SECONDS, blame->wall_s);
}

/* --- the whole --- */

static void judge_pool(struct blame *blame, const struct model *model,
                       const struct concurrency *all)
{
    blame->pool_limit = concurrency_pool_limit(all);
    if (!blame->pool_limit)
        return;
    struct blame_finding *finding =
        add(blame, FINDING_POOL, NULL, all->at_peak / 1e9, remedy_pool(model, blame->pool_limit));
    add_number(finding, "limit", FACT_COUNT, blame->pool_limit);
    add_number(finding, "peak_share", FACT_SHARE, all->at_peak / all->busy);
    add_number(finding, "prompt_starts", FACT_COUNT, all->prompt_refills);
    add_number(finding, "later_starts", FACT_COUNT, all->refills);
}

static void judge_lookups(struct blame *blame, const struct model *model, const struct pools *pools)
{
    const struct concurrency *lookups = &pools->lookups;
    unsigned limit = concurrency_pool_limit(lookups);
    if (!limit || lookups->busy / 1e9 < noise(blame))
        return;
    struct blame_finding *finding =
        add(blame, FINDING_LOOKUPS, NULL, lookups->busy / 1e9, remedy_lookups(model, limit));
    add_number(finding, "limit", FACT_COUNT, limit);
    add_number(finding, "peak_share", FACT_SHARE, lookups->at_peak / lookups->busy);
    add_number(finding, "prompt_starts", FACT_COUNT, lookups->prompt_refills);
    add_number(finding, "later_starts", FACT_COUNT, lookups->refills);
    add_number(finding, "longest_s", FACT_SECONDS, pools->longest_lookup / 1e9);
}

static void judge_dead(struct blame *blame, const struct dead_peer *dead)
{
    if (dead->waited / 1e9 < noise(blame))
        return;
    struct blame_finding *finding =
        add(blame, FINDING_DEAD, NULL, dead->waited / 1e9, remedy_dead());
    add_number(finding, "attempts", FACT_COUNT, dead->attempts);
    add_text(finding, "peer", dead->peer);
}

static void judge_turns(struct blame *blame, const struct model *model, struct process *process)
{
    const struct turns *turns = pool_of_one(process);
    double busy_s = flights_of(process)->busy / 1e9;
    if (!turns || busy_s < noise(blame))
        return;
    struct blame_finding *finding =
        add(blame, FINDING_POOL_OF_ONE, NULL, busy_s, remedy_pool(model, 1));
    blame->pool_limit = blame->pool_limit ? blame->pool_limit : 1;
    add_number(finding, "threads", FACT_COUNT, turns->threads);
    add_number(finding, "prompt_starts", FACT_COUNT, turns->prompt);
    add_number(finding, "later_starts", FACT_COUNT, turns->later);
}

/* What is certain comes first, and of that what is at fault: not a call that waited for a lock
 * itself most of the time that it held others up. */
static int order_of(const struct blame_finding *finding)
{
    if (finding->pattern == PATTERN_SERIAL)
        return 2;
    return finding->pattern == PATTERN_STALL &&
           finding->call->rank_s < finding->call->serialized_s / 2;
}

static int compare(const void *left, const void *right)
{
    const struct blame_finding *a = left, *b = right;
    if (order_of(a) != order_of(b))
        return order_of(a) - order_of(b);
    return (a->seconds < b->seconds) - (a->seconds > b->seconds);
}

static void judge_whole(struct blame *blame)
{
    bool held_up = blame->patterns & (PATTERN_STALL | PATTERN_CONVOY | PATTERN_PARTIAL);
    if (!held_up || blame->what_if_s > blame->wall_s)
        blame->what_if_s = blame->wall_s;
    if (!held_up && blame->peak_in_flight > 1)
        blame->patterns |= PATTERN_OVERLAPPED;
}

void findings_add(struct blame *blame, const struct model *model, const struct accounts *accounts)
{
    for (size_t i = 0; i < blame->call_count; i++) {
        judge_stall(blame, model, &blame->calls[i]);
        judge_partial(blame, model, &blame->calls[i]);
    }
    for (size_t i = 0; i < blame->convoy_count; i++)
        judge_convoy(blame, model, &blame->convoys[i]);
    if (!(blame->patterns & PATTERN_STALL))
        for (size_t i = 0; i < blame->serial_count; i++)
            judge_serial(blame, model, &blame->serials[i]);
    judge_pool(blame, model, &accounts->flights.all);
    judge_lookups(blame, model, &accounts->pools);
    for (size_t i = 0; i < accounts->dead.count; i++)
        judge_dead(blame, accounts->dead.items[i]);
    for (size_t i = 0; i < model->process_count; i++)
        judge_turns(blame, model, model->processes[i]);
    judge_whole(blame);
    if (blame->finding_count)
        qsort(blame->findings, blame->finding_count, sizeof *blame->findings, compare);
}

void findings_free(struct blame *blame)
{
    for (size_t i = 0; i < blame->finding_count; i++) {
        for (size_t fact = 0; fact < blame->findings[i].fact_count; fact++)
            free(blame->findings[i].facts[fact].text);
        free(blame->findings[i].remedy);
    }
    free(blame->findings);
}
