#include "blame/blame.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

const char *const pattern_names[] = {"stall", "serial", "convoy", "pool", "partial", "overlapped"};

const unsigned blame_widths[BLAME_WIDTHS] = {2, 4, 8, 16, 0};

const char blame_idle_rule[] =
    "a connection that was opened and not used yet waits for the program, unless it is never used, "
    "or another one to the same peer is used again meanwhile";

static double seconds(double ns)
{
    return ns / 1e9;
}

static double coverage(const struct model *model)
{
    if (model->off_cpu <= 0)
        return 1;
    double share = model->seen / model->off_cpu;
    return share < 1 ? share : 1;
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
    int order = compare_numbers(a->serialized_s, b->serialized_s);
    if (!order)
        order = compare_numbers(x->blocked, y->blocked);
    if (!order)
        order = compare_numbers(x->parked, y->parked);
    if (!order)
        order = compare_numbers(x->count, y->count);
    return order ? order : compare_stacks(a->group, b->group);
}

static void add_calls(struct blame *blame, const struct model *model)
{
    blame->calls = memory_alloc(model->group_count, sizeof *blame->calls);
    blame->call_count = model->group_count;
    for (size_t i = 0; i < model->group_count; i++) {
        blame->calls[i].group = model->groups[i];
        if (model->groups[i]->totals.held)
            blame->patterns |= PATTERN_PARTIAL;
    }
    if (blame->call_count)
        qsort(blame->calls, blame->call_count, sizeof *blame->calls, compare_calls);
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

void blame_compute(struct blame *blame, const struct model *model)
{
    *blame = (struct blame){
        .wall_s = seconds(model->end - model->begin),
        .effective_concurrency = concurrency_mean(&model->connections.concurrency),
        .peak_in_flight = model->connections.concurrency.peak,
        .coverage = coverage(model),
        .events = model->events,
        .lost = model->lost,
        .what_if_s = seconds(model->end - model->begin),
        .trust = {.off_cpu_s = seconds(model->off_cpu),
                  .seen_s = seconds(model->seen),
                  .unseen_s = seconds(model->off_cpu - model->seen)},
    };
    add_cuts(blame, model);
    add_calls(blame, model);
}

void blame_finish(struct blame *blame)
{
    free(blame->calls);
    *blame = (struct blame){0};
}
