#include "blame/finding.h"

#include "base/check.h"
#include "base/memory.h"
#include "model/thresholds.h"

#include <stdlib.h>

static const enum pattern patterns[] = {
#define FINDING(id, kind, pattern, ...) PATTERN_##pattern,
#include "blame/findings.def"
};

double finding_noise(const struct blame *blame)
{
    double share = blame->wall_s * NOISE_SHARE;
    return share > NOISE_S ? share : NOISE_S;
}

void finding_excuse_wait(struct blamed_call *call, const char *why)
{
    call->excused[FIGURE_serialized_s] = call->excused[FIGURE_loop_blocked_s] = why;
}

struct blame_finding *finding_add(struct blame *blame, enum finding_kind kind,
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

static struct blame_fact *add_fact(struct blame_finding *finding)
{
    CHECK(finding->fact_count < FACTS_MAX);
    return &finding->facts[finding->fact_count++];
}

void finding_number(struct blame_finding *finding, const char *name, enum fact_unit unit,
                    double number)
{
    *add_fact(finding) = (struct blame_fact){name, unit, number, NULL};
}

void finding_text(struct blame_finding *finding, const char *name, const char *text)
{
    *add_fact(finding) = (struct blame_fact){name, FACT_TEXT, 0, memory_copy(text)};
}

/* --- their order --- */

static bool is_assumed(const struct blame_finding *finding)
{
    return finding->pattern & (PATTERN_SERIAL | PATTERN_POOL | PATTERN_RECONNECT | PATTERN_QUEUE);
}

/* Whether another finding about the call says why it was not cooperative as well. */
static bool is_known_as_partial(const struct blame_finding *finding)
{
    return finding->pattern == PATTERN_STALL && finding->call &&
           finding->call->patterns & PATTERN_PARTIAL;
}

/* Wrong results come before lost time. */
static bool is_danger(const struct blame_finding *finding)
{
    return finding->pattern == PATTERN_SHARED;
}

/* What a finding is ranked by. A call that waited for a lock itself most of the time that it held
 * others up is not at fault. */
static double rank(const struct blame_finding *finding)
{
    double seconds = finding->seconds;
    if (is_known_as_partial(finding))
        return 0;
    if (finding->pattern == PATTERN_STALL && finding->call && finding->call->rank_s < seconds / 2)
        seconds = finding->call->rank_s;
    return is_assumed(finding) ? seconds * ASSUMED_WEIGHT : seconds;
}

static int compare_numbers(double a, double b)
{
    return (a < b) - (a > b);
}

static int compare(const void *left, const void *right)
{
    const struct blame_finding *a = left, *b = right;
    int order = compare_numbers(is_danger(a), is_danger(b));
    if (!order)
        order = compare_numbers(b->is_noise, a->is_noise);
    if (!order)
        order = compare_numbers(rank(a), rank(b));
    if (!order)
        order = compare_numbers(a->seconds, b->seconds);
    return order ? order : (int)a->kind - (int)b->kind;
}

/* Whether both blame the calls of a function from one line, as a row of the table has them. Where
 * the interpreter's lock was kept, the line has computed: in which call that ended is by chance. */
static bool is_same_place(const struct blame_finding *a, const struct blame_finding *b)
{
    return a->call && b->call &&
           (a->call->group->function == b->call->group->function ||
            a->pattern == PATTERN_INTERPRETER) &&
           group_call_site(a->call->group) == group_call_site(b->call->group);
}

/* Whether one says what the other one, an earlier one, says of the place. Requests in a row are
 * each peer's own. */
static bool repeats(const struct blame_finding *finding, const struct blame_finding *earlier)
{
    bool same = finding->pattern == earlier->pattern ||
                (is_known_as_partial(finding) && earlier->pattern == PATTERN_PARTIAL);
    return same && finding->pattern != PATTERN_SERIAL && finding->pattern != PATTERN_SHARED &&
           is_same_place(finding, earlier);
}

static void join_places(struct blame *blame)
{
    for (size_t i = 0; i < blame->finding_count; i++) {
        struct blame_finding *finding = &blame->findings[i];
        finding->first = i;
        for (size_t j = 0; j < i && finding->first == i; j++)
            if (repeats(finding, &blame->findings[j]))
                finding->first = j;
        struct blame_finding *first = &blame->findings[finding->first];
        if (first != finding && first->pattern == finding->pattern)
            first->elsewhere_s += finding->seconds;
    }
}

void findings_sort(struct blame *blame)
{
    for (size_t i = 0; i < blame->finding_count; i++)
        blame->findings[i].is_noise =
            !is_danger(&blame->findings[i]) && blame->findings[i].seconds < finding_noise(blame);
    if (blame->finding_count)
        qsort(blame->findings, blame->finding_count, sizeof *blame->findings, compare);
    join_places(blame);
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
