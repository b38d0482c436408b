#include "check/compare.h"

#include "base/map.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

const char *const change_names[] = {"same", "worse", "better", "new", "gone"};

double compare_limit(double before, double tolerance)
{
    double more = before * tolerance;
    return before + (more > COMPARE_FLOOR_S ? more : COMPARE_FLOOR_S);
}

/* 1: worse, -1: better, 0: within the tolerance. */
static int direction(double before, double after, double tolerance)
{
    if (after > compare_limit(before, tolerance))
        return 1;
    return before > compare_limit(after, tolerance) ? -1 : 0;
}

static double serialized(const struct call_site *site)
{
    return site ? site->serialized_s : 0;
}

static double blocked(const struct call_site *site)
{
    return site ? site->blocked_s : 0;
}

static enum change judge(const struct call_site *before, const struct call_site *after,
                         double tolerance)
{
    int worse = direction(serialized(before), serialized(after), tolerance);
    if (!worse)
        worse = direction(blocked(before), blocked(after), tolerance);
    if (worse > 0)
        return before ? CHANGE_WORSE : CHANGE_NEW;
    if (worse < 0)
        return after ? CHANGE_BETTER : CHANGE_GONE;
    return CHANGE_NONE;
}

static void add(struct comparison *comparison, const struct call_site *before,
                const struct call_site *after, double tolerance)
{
    comparison->sites[comparison->count++] =
        (struct site_change){judge(before, after, tolerance), before, after};
}

static void add_pairs(struct comparison *comparison, const struct summary *before,
                      const struct summary *after, double tolerance)
{
    struct map left = {0}; /* sites of the old run that the new one was not seen to have */
    for (size_t i = 0; i < before->site_count; i++)
        map_put(&left, before->sites[i].fingerprint, &before->sites[i]);
    for (size_t i = 0; i < after->site_count; i++)
        add(comparison, map_remove(&left, after->sites[i].fingerprint), &after->sites[i],
            tolerance);
    for (size_t i = 0; i < before->site_count; i++)
        if (map_get(&left, before->sites[i].fingerprint))
            add(comparison, &before->sites[i], NULL, tolerance);
    map_clear(&left);
}

static double growth(const struct site_change *change)
{
    return serialized(change->after) - serialized(change->before);
}

static double slowdown(const struct site_change *change)
{
    return blocked(change->after) - blocked(change->before);
}

static int descending(double a, double b)
{
    return (a < b) - (a > b);
}

static bool is_bad(const struct site_change *change)
{
    return change->change == CHANGE_WORSE || change->change == CHANGE_NEW;
}

static int by_difference(const void *left, const void *right)
{
    const struct site_change *a = left, *b = right;
    int order = descending(is_bad(a), is_bad(b));
    int sign = is_bad(a) ? 1 : -1; /* of what is better, the most first too */
    if (!order)
        order = descending(sign * growth(a), sign * growth(b));
    if (!order)
        order = descending(sign * slowdown(a), sign * slowdown(b));
    if (!order) { /* the same from run to run, whatever qsort does */
        const struct call_site *x = a->after ? a->after : a->before;
        const struct call_site *y = b->after ? b->after : b->before;
        order = (x->fingerprint > y->fingerprint) - (x->fingerprint < y->fingerprint);
    }
    return order;
}

static const struct summary_part *part_named(const struct summary *summary, const char *name)
{
    for (size_t i = 0; i < summary->part_count; i++)
        if (!strcmp(summary->parts[i].mark, name))
            return &summary->parts[i];
    return NULL;
}

static void pair_parts(struct comparison *comparison, const struct summary *before,
                       const struct summary *after)
{
    size_t most = before->part_count + after->part_count, count = 0;
    struct part_change *parts = memory_alloc(most + 1, sizeof *parts);
    for (size_t i = 0; i < after->part_count; i++)
        parts[count++] =
            (struct part_change){part_named(before, after->parts[i].mark), &after->parts[i]};
    for (size_t i = 0; i < before->part_count; i++)
        if (!part_named(after, before->parts[i].mark))
            parts[count++] = (struct part_change){&before->parts[i], NULL};
    comparison->parts = parts;
    comparison->part_count = count;
}

void comparison_make(struct comparison *comparison, const struct summary *before,
                     const struct summary *after, double tolerance)
{
    size_t most = before->site_count + after->site_count;
    *comparison = (struct comparison){
        .sites = memory_alloc(most + 1, sizeof *comparison->sites),
    };
    pair_parts(comparison, before, after);
    add_pairs(comparison, before, after, tolerance);
    qsort(comparison->sites, comparison->count, sizeof *comparison->sites, by_difference);
}

void comparison_finish(struct comparison *comparison)
{
    free(comparison->sites);
    free(comparison->parts);
    *comparison = (struct comparison){0};
}
