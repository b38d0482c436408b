#include "blame/findings.h"

#include "base/memory.h"
#include "blame/partial.h"
#include "blame/remedy.h"
#include "model/thresholds.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { TIME_SIZE = 32 };

static double noise(const struct blame *blame)
{
    double share = blame->wall_s * NOISE_SHARE;
    return share > NOISE_S ? share : NOISE_S;
}

static const char *print_seconds(char text[TIME_SIZE], double seconds)
{
    if (seconds < 1)
        snprintf(text, TIME_SIZE, "%.0f ms", seconds * 1000);
    else
        snprintf(text, TIME_SIZE, "%.2f s", seconds);
    return text;
}

static const char *name_of(const struct model *model, const struct blamed_call *call)
{
    return call ? model_function(model, call->group->function) : "a call";
}

__attribute__((format(printf, 1, 2))) static char *sentence(const char *format, ...)
{
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return memory_copy(text);
}

/* Takes both texts. */
static void add(struct blame *blame, struct blame_finding finding)
{
    size_t size = (blame->finding_count + 1) * sizeof *blame->findings;
    struct blame_finding *findings = memory_alloc(1, size);
    for (size_t i = 0; i < blame->finding_count; i++)
        findings[i] = blame->findings[i];
    findings[blame->finding_count++] = finding;
    free(blame->findings);
    blame->findings = findings;
    blame->patterns |= finding.pattern;
    if (finding.call)
        ((struct blamed_call *)finding.call)->patterns |= finding.pattern;
}

/* --- stall --- */

static char *stall_evidence(const struct model *model, const struct blamed_call *call)
{
    char held[TIME_SIZE], waited[TIME_SIZE], worst[TIME_SIZE];
    const struct blame_victim *victim = call->victims;
    print_seconds(held, call->serialized_s);
    print_seconds(waited, call->waiting_conn_s);
    return sentence(
        "%s blocked its thread for %s while other connections waited for it: %" PRIu64
        " wait%s, %s together, the longest that of connection %" PRIu64 " to %.60s (%s)",
        name_of(model, call), held, call->victims_in_all, call->victims_in_all == 1 ? "" : "s",
        waited, victim->connection, victim->peer, print_seconds(worst, victim->waited_s));
}

static char *loop_evidence(const struct model *model, const struct blamed_call *call)
{
    char blocked[TIME_SIZE];
    return sentence("%s blocked a thread that runs a loop for %s, between two of its waits for "
                    "many: nothing else on that loop could go on",
                    name_of(model, call), print_seconds(blocked, call->loop_blocked_s));
}

static void add_stall(struct blame *blame, const struct model *model,
                      const struct blamed_call *call)
{
    bool seen = call->serialized_s >= noise(blame) && call->victim_count;
    if (!seen && call->loop_blocked_s < noise(blame))
        return;
    add(blame, (struct blame_finding){
                   .pattern = PATTERN_STALL,
                   .call = call,
                   .seconds = seen ? call->serialized_s : call->loop_blocked_s,
                   .evidence = seen ? stall_evidence(model, call) : loop_evidence(model, call),
                   .remedy = remedy_stall(model, call),
               });
}

/* --- partial --- */

static void add_partial(struct blame *blame, const struct model *model,
                        const struct blamed_call *call)
{
    char held[TIME_SIZE], why[PARTIAL_REASON_SIZE];
    double held_s = call->group->totals.left_out / 1e9;
    if (!call->group->totals.left_out)
        return;
    add(blame, (struct blame_finding){
                   .pattern = PATTERN_PARTIAL,
                   .call = call,
                   .seconds = held_s,
                   .evidence = sentence("%s %s and blocked a thread that had other tasks for %s",
                                        name_of(model, call), partial_reason(why, call),
                                        print_seconds(held, held_s)),
                   .remedy = partial_remedy(name_of(model, call), call),
               });
}

/* --- convoy --- */

static void add_convoy(struct blame *blame, const struct model *model,
                       const struct blame_convoy *convoy)
{
    char waited[TIME_SIZE];
    if (convoy->seconds < noise(blame))
        return;
    add(blame,
        (struct blame_finding){
            .pattern = PATTERN_CONVOY,
            .call = convoy->holder,
            .seconds = convoy->seconds,
            .evidence = sentence(
                "threads waited %s together in %s, %" PRIu64 " waits, for the lock at %#" PRIx64
                " while who had it, or was to wake them, was in %s%s",
                print_seconds(waited, convoy->seconds), name_of(model, convoy->waiter),
                convoy->waits, convoy->address, name_of(model, convoy->holder),
                convoy->knot ? "; they wait for each other in a circle" : ""),
            .remedy = remedy_convoy(model, convoy),
        });
}

/* --- serial --- */

static void add_serial(struct blame *blame, const struct model *model,
                       const struct blame_serial *serial)
{
    char waited[TIME_SIZE], wall[TIME_SIZE], all[TIME_SIZE], processes[64] = "";
    double all_s = serial->wall_s[BLAME_WIDTHS - 1];
    bool in_a_row = serial->requests > serial->processes || blame->peak_in_flight == 1;
    if (serial->requests < 2 || !in_a_row || serial->waited_s < noise(blame))
        return;
    if (serial->processes > 1 && serial->processes == serial->requests)
        snprintf(processes, sizeof processes, ", each in a process of its own");
    else if (serial->processes > 1)
        snprintf(processes, sizeof processes, " in each of %zu processes", serial->processes);
    add(blame,
        (struct blame_finding){
            .pattern = PATTERN_SERIAL,
            .call = serial->call,
            .seconds = serial->waited_s,
            .evidence = sentence(
                "%" PRIu64 " requests to %.60s went one after another%s, %s of waiting; if "
                "they are independent, all at once would make it about %s instead of %s",
                serial->requests, serial->host, processes, print_seconds(waited, serial->waited_s),
                print_seconds(all, all_s), print_seconds(wall, blame->wall_s)),
            .remedy = remedy_serial(model, serial),
        });
}

/* --- the whole --- */

static void add_pool(struct blame *blame, const struct model *model, const struct concurrency *all)
{
    blame->pool_limit = concurrency_pool_limit(all);
    if (!blame->pool_limit)
        return;
    add(blame,
        (struct blame_finding){
            .pattern = PATTERN_POOL,
            .seconds = all->at_peak / 1e9,
            .evidence = sentence("never more than %u requests were in flight, %.0f %% of the "
                                 "time as many, and %" PRIu64 " of %" PRIu64
                                 " later ones started just when another one had ended",
                                 blame->pool_limit, 100 * all->at_peak / all->busy,
                                 all->prompt_refills, all->refills),
            .remedy = remedy_pool(model, blame->pool_limit),
        });
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

void findings_add(struct blame *blame, const struct model *model,
                  const struct concurrency *concurrency)
{
    for (size_t i = 0; i < blame->call_count; i++) {
        add_stall(blame, model, &blame->calls[i]);
        add_partial(blame, model, &blame->calls[i]);
    }
    for (size_t i = 0; i < blame->convoy_count; i++)
        add_convoy(blame, model, &blame->convoys[i]);
    if (!(blame->patterns & PATTERN_STALL))
        for (size_t i = 0; i < blame->serial_count; i++)
            add_serial(blame, model, &blame->serials[i]);
    add_pool(blame, model, concurrency);
    judge_whole(blame);
    if (blame->finding_count)
        qsort(blame->findings, blame->finding_count, sizeof *blame->findings, compare);
}

void findings_free(struct blame *blame)
{
    for (size_t i = 0; i < blame->finding_count; i++) {
        free(blame->findings[i].evidence);
        free(blame->findings[i].remedy);
    }
    free(blame->findings);
}
