/*
 * folded.c: the calls as folded stacks, which flame graph tools read: a line for each stack,
 * outermost frame first, the function that was called last, and microseconds.
 *
 * The microseconds are serialized time. In a run that serialized nothing they are the time that
 * threads were blocked, and an outermost frame says so: an empty file would tell nobody why.
 */
#include "base/map.h"
#include "base/memory.h"
#include "base/round.h"
#include "render/clean.h"
#include "render/render.h"

#include <stdlib.h>
#include <string.h>

static const char root_of_blocked[] = "blocked (nothing was serialized)";

/* A line to be. Stacks that differ in line numbers alone look alike here and are one. */
struct folded {
    char *stack;
    double seconds;
    struct folded *next; /* with the same hash */
};

/* In the order in which they came: worst first. */
struct folded_lines {
    struct folded **items;
    size_t count;
    size_t capacity;
    struct map by_hash;
};

/* What would end a frame or a line does not; everything else may be in a name. */
static void put_frame(FILE *out, const char *name)
{
    char *clean = clean_copy(name, false);
    for (char *at = clean; *at; at++)
        if (*at == ';')
            *at = ':';
    fputs(*clean ? clean : "?", out);
    free(clean);
}

static char *stack_text(const struct model *model, const struct call_group *group, bool serialized)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        abort();
    if (!serialized)
        fprintf(out, "%s;", root_of_blocked);
    for (size_t i = group->depth; i-- > 0;) {
        put_frame(out, group->stack[i]->function);
        fputc(';', out);
    }
    put_frame(out, model_function(model, group->function));
    fclose(out);
    return text;
}

static struct folded *find(struct folded_lines *lines, char *stack)
{
    uint64_t hash = map_mix_text(1, stack);
    struct folded *first = map_get(&lines->by_hash, hash);
    for (struct folded *line = first; line; line = line->next)
        if (!strcmp(line->stack, stack)) {
            free(stack);
            return line;
        }
    struct folded *line = memory_alloc(1, sizeof *line);
    line->stack = stack;
    line->next = first;
    map_put(&lines->by_hash, hash, line);
    lines->items = memory_grow(lines->items, lines->count, &lines->capacity, sizeof *lines->items);
    lines->items[lines->count++] = line;
    return line;
}

static void collect(struct folded_lines *lines, const struct report *report)
{
    bool serialized = report->blame->serialized_s > 0;
    for (size_t i = 0; i < report->blame->call_count; i++) {
        const struct blamed_call *call = &report->blame->calls[i];
        double seconds = serialized ? call->serialized_s : call->group->totals.blocked / 1e9;
        if (seconds > 0)
            find(lines, stack_text(report->model, call->group, serialized))->seconds += seconds;
    }
}

void render_folded(const struct report *report, const struct style *style, FILE *out)
{
    (void)style;
    struct folded_lines lines = {0};
    collect(&lines, report);
    for (size_t i = 0; i < lines.count; i++) {
        long long microseconds = round_nearest(lines.items[i]->seconds * 1e6);
        if (microseconds)
            fprintf(out, "%s %lld\n", lines.items[i]->stack, microseconds);
        free(lines.items[i]->stack);
        free(lines.items[i]);
    }
    free(lines.items);
    map_clear(&lines.by_hash);
}
