#include "blame/parts.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

static double seconds(double ns)
{
    return ns / 1e9;
}

/* --- what the sites of a part come to --- */

/* A site of a part, and the call that it belongs to. */
struct marked {
    const struct site *site;
    const struct blamed_call *call;
};

static int compare_marked(const void *left, const void *right)
{
    const struct marked *a = left, *b = right;
    size_t x = a->site->mark->number, y = b->site->mark->number;
    return x != y ? (x > y) - (x < y) : (a->call > b->call) - (a->call < b->call);
}

/* Those of one part stand together, and in it those of one call. */
static struct marked *collect(const struct blame *blame, const struct model *model, size_t *count)
{
    const struct blamed_call **by_group = memory_alloc(blame->call_count + 1, sizeof *by_group);
    struct marked *list = memory_alloc(model->sites.count + 1, sizeof *list);
    *count = 0;
    for (size_t i = 0; i < blame->call_count; i++)
        by_group[blame->calls[i].group->number] = &blame->calls[i];
    for (size_t i = 0; i < model->sites.count; i++) {
        const struct site *site = model->sites.items[i];
        if (site->mark)
            list[(*count)++] = (struct marked){site, by_group[site->group->number]};
    }
    qsort(list, *count, sizeof *list, compare_marked);
    free(by_group);
    return list;
}

static void add_site(struct blame_part_call *call, const struct site *site,
                     const uint64_t figures[FIGURES])
{
    call->count += site->totals.count;
    call->blocked_s += seconds(site->totals.blocked);
    call->parked_s += seconds(site->totals.parked);
    if (call->longest_s < seconds(site->totals.longest))
        call->longest_s = seconds(site->totals.longest);
#define FIGURE(name, ...) call->name += seconds(figures[FIGURE_##name]);
#include "base/figures.def"
#undef FIGURE
}

static void add_call(struct blame_part *part, const struct blame_part_call *call)
{
    part->blocked_s += call->blocked_s;
#define FIGURE(name, ...) part->name += call->name;
#include "base/figures.def"
#undef FIGURE
}

/* Of the sites of one part. */
static void add_calls(struct blame_part *part, const struct figures *figures,
                      const struct marked *sites, size_t count)
{
    part->calls = memory_alloc(count, sizeof *part->calls);
    for (size_t i = 0; i < count;) {
        struct blame_part_call call = {.call = sites[i].call};
        for (; i < count && sites[i].call == call.call; i++)
            add_site(&call, sites[i].site, figures_of(figures, sites[i].site->number));
        add_call(part, &call);
        part->calls[part->call_count++] = call;
    }
}

/* --- parts --- */

static int compare_parts(const void *left, const void *right)
{
    const struct blame_part *a = left, *b = right;
    double x = a->serialized_s + a->computing_s, y = b->serialized_s + b->computing_s;
    if (x == y)
        x = a->wall_s, y = b->wall_s;
    return x != y ? (x < y) - (x > y) : strcmp(a->name, b->name);
}

void parts_add(struct blame *blame, const struct model *model, const struct accounts *accounts)
{
    size_t count, at = 0;
    struct marked *sites = collect(blame, model, &count);
    blame->part_count = model->marks.count;
    blame->parts = memory_alloc(blame->part_count, sizeof *blame->parts);
    for (size_t i = 0; i < blame->part_count; i++) {
        const struct mark *mark = model->marks.items[i];
        const struct part_stay *stay = parts_stay(&accounts->parts, mark);
        size_t first = at;
        while (at < count && sites[at].site->mark == mark)
            at++;
        blame->parts[i] = (struct blame_part){.name = mark->name,
                                              .count = stay->count,
                                              .wall_s = seconds(stay->wall),
                                              .longest_s = seconds(stay->longest)};
        add_calls(&blame->parts[i], &accounts->books.figures, sites + first, at - first);
    }
    if (blame->part_count)
        qsort(blame->parts, blame->part_count, sizeof *blame->parts, compare_parts);
    free(sites);
}

void parts_free(struct blame *blame)
{
    for (size_t i = 0; i < blame->part_count; i++)
        free(blame->parts[i].calls);
    free(blame->parts);
}
