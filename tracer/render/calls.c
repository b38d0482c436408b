/*
 * calls.c: the calls in the text report: which function, from which line, how long.
 */
#include "render/paint.h"
#include "render/text.h"

#include "base/memory.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
    ROWS_MAX = 8,
    FRAMES_INNER = 5, /* of a deep stack: what made the call ... */
    FRAMES_OUTER = 3, /* ... and where the program set out for it */
    LINES_MAX = 3,
    PLACE_SIZE = 96,
    NAME_WIDTH_MIN = 16,
    NAME_WIDTH_MAX = 32,
    SITE_WIDTH = 100,
};

/* One line of the table: the calls of a function from one line of the program. */
struct row {
    unsigned function;
    const struct frame *site;
    struct call_totals totals;
    double serialized_s;
    bool is_idle;                   /* all of them are */
    double rank_s;                  /* by which its calls are blamed */
    const struct call_group *worst; /* of those with a whole stack if there is one */
};

struct rows {
    struct row *items;
    size_t count;
    size_t capacity;
};

static uint64_t weight(const struct call_totals *totals)
{
    return totals->blocked + totals->parked;
}

static struct row *find_row(struct rows *rows, unsigned function, const struct frame *site)
{
    for (size_t i = 0; i < rows->count; i++)
        if (rows->items[i].function == function && rows->items[i].site == site)
            return &rows->items[i];
    rows->items = memory_grow(rows->items, rows->count, &rows->capacity, sizeof *rows->items);
    struct row *row = &rows->items[rows->count++];
    *row = (struct row){.function = function, .site = site};
    return row;
}

/* Stays in the order of the blamed calls: a row stands where its worst call does. */
static struct rows collect(const struct blame *blame)
{
    struct rows rows = {0};
    for (size_t i = 0; i < blame->call_count; i++) {
        const struct call_group *group = blame->calls[i].group;
        if (!group->totals.count) /* what was computed before it is all that is known of it */
            continue;
        struct row *row = find_row(&rows, group->function, group_call_site(group));
        totals_add(&row->totals, &group->totals);
        row->is_idle = blame->calls[i].is_idle && (row->is_idle || !row->worst);
        row->serialized_s += blame->calls[i].serialized_s;
        row->rank_s += blame->calls[i].rank_s;
        if (!row->worst || weight(&row->worst->totals) < weight(&group->totals))
            row->worst = group;
    }
    return rows;
}

static void print_time(FILE *out, uint64_t ns)
{
    char text[SECONDS_SIZE];
    fprintf(out, " %9s", ns ? paint_seconds(text, ns / 1e9) : "-");
}

static void print_wide_time(FILE *out, uint64_t ns)
{
    fputs(" ", out);
    print_time(out, ns);
}

/* Whether there is something to say in the column of serialized time. */
static bool has_serialized(const struct rows *rows)
{
    for (size_t i = 0; i < rows->count; i++)
        if (rows->items[i].serialized_s > 0)
            return true;
    return false;
}

static void print_site(const struct style *style, FILE *out, const struct row *row)
{
    char *site = paint_site(row->worst);
    paint_text(style, out, site, SITE_WIDTH);
    free(site);
}

static void print_descriptor(const struct style *style, FILE *out, const struct row *row)
{
    char *descriptor = paint_descriptor(row->worst);
    paint_text(style, out, descriptor, SITE_WIDTH);
    free(descriptor);
}

/* Of the column of names. */
static int name_width(const struct model *model, const struct rows *rows)
{
    size_t width = NAME_WIDTH_MIN;
    for (size_t i = 0; i < rows->count && i < ROWS_MAX; i++) {
        size_t length = strlen(model_function(model, rows->items[i].function));
        width = length > width ? length : width;
    }
    return width < NAME_WIDTH_MAX ? width : NAME_WIDTH_MAX;
}

static void print_row(const struct model *model, const struct style *style, FILE *out,
                      const struct rows *rows, const struct row *row, bool serialized)
{
    const char *mark = row->totals.blocked >= TRACE_LONG_CALL_NS ? paint_red(style) : "";
    fprintf(out, "%-*s %8" PRIu64 "%s", name_width(model, rows),
            model_function(model, row->function), row->totals.count, mark);
    if (serialized)
        print_wide_time(out, row->serialized_s * 1e9 + 0.5);
    print_time(out, row->totals.blocked);
    print_time(out, row->totals.longest);
    fputs(*mark ? paint_plain(style) : "", out);
    print_time(out, row->totals.parked);
    fputs("  ", out);
    print_site(style, out, row);
    print_descriptor(style, out, row);
    fputs("\n", out);
}

static void print_rest(const struct rows *rows, FILE *out)
{
    char text[SECONDS_SIZE];
    uint64_t blocked = 0, idle = 0;
    for (size_t i = ROWS_MAX; i < rows->count; i++)
        *(rows->items[i].is_idle ? &idle : &blocked) += rows->items[i].totals.blocked;
    if (rows->count <= ROWS_MAX)
        return;
    fprintf(out, "and %zu more, blocked for %s", rows->count - ROWS_MAX,
            paint_seconds(text, blocked / 1e9));
    if (idle)
        fprintf(out, ", idle for %s", paint_seconds(text, idle / 1e9));
    fputs("\n", out);
}

static void print_table(const struct model *model, const struct style *style, FILE *out,
                        const struct rows *rows)
{
    bool serialized = has_serialized(rows);
    fprintf(out, "\n%s%-*s %8s", paint_bold(style), name_width(model, rows), "call", "calls");
    if (serialized)
        fprintf(out, " %10s", "serialized");
    fprintf(out, " %9s %9s %9s  %s%s\n", "blocked", "longest", "parked", "where",
            paint_plain(style));
    for (size_t i = 0; i < rows->count && i < ROWS_MAX; i++)
        print_row(model, style, out, rows, &rows->items[i], serialized);
    print_rest(rows, out);
}

/* Where a thread, a task or main() is started from: nobody's interest. */
static bool is_start(const struct frame *frame)
{
    return !strncmp(frame->function, "__libc_start", strlen("__libc_start")) ||
           !strcmp(frame->function, "_start");
}

/* How much of a stack is the program's own. */
static size_t useful_depth(const struct call_group *group)
{
    size_t depth = 1;
    while (depth < group->depth && !is_start(group->stack[depth]))
        depth++;
    while (depth > 1 && group->stack[depth - 1]->is_runtime)
        depth--;
    return depth;
}

/* "module+0x1234", or an address in no module, says all that there is to say. */
static bool names_its_module(const struct frame *frame)
{
    return !*frame->file && !strncmp(frame->function, frame->module, strlen(frame->module));
}

static void print_frame(const struct style *style, FILE *out, const struct frame *frame)
{
    char place[PLACE_SIZE];
    fputs("    ", out);
    paint_text(style, out, frame->function, 60);
    if (!names_its_module(frame)) {
        fputs("  ", out);
        paint_text(style, out, paint_place(place, sizeof place, frame), 60);
    }
    fputs("\n", out);
}

/* Of a deep stack the middle is left out, but for the program's own innermost function. */
static void print_stack(const struct model *model, const struct style *style, FILE *out,
                        const struct call_group *group)
{
    const struct frame *own = group_own_site(group);
    size_t depth = useful_depth(group), left_out = 0;
    if (group->function == RETURN_FUNCTION)
        fputs("\nthe thread returned from\n", out);
    else
        fprintf(out, "\n%s was called from\n", model_function(model, group->function));
    for (size_t i = 0; i < depth; i++) {
        bool is_inner = i < FRAMES_INNER || depth <= FRAMES_INNER + FRAMES_OUTER + 1;
        bool is_shown = is_inner || i + FRAMES_OUTER >= depth || group->stack[i] == own;
        left_out += !is_shown;
        if (!is_shown)
            continue;
        if (left_out)
            fprintf(out, "    ... %zu more ...\n", left_out);
        left_out = 0;
        print_frame(style, out, group->stack[i]);
    }
}

/* What a row's stack is worth showing for. */
enum stack_worth { WORTH_SERIALIZED, WORTH_BLOCKED, WORTH_ALL };

static uint64_t stack_weight(const struct row *row, enum stack_worth worth)
{
    if (worth == WORTH_SERIALIZED)
        return row->rank_s * 1e9;
    return worth == WORTH_BLOCKED ? row->totals.blocked : weight(&row->totals);
}

/* A thread that was blocked for long also keeps its parked tasks parked for long, so their time
 * counts only where hardly anything blocked. */
static enum stack_worth worth_of(const struct rows *rows, double wall_s)
{
    uint64_t most = 0;
    if (has_serialized(rows))
        return WORTH_SERIALIZED;
    for (size_t i = 0; i < rows->count; i++)
        if (!rows->items[i].is_idle && rows->items[i].totals.blocked > most)
            most = rows->items[i].totals.blocked;
    return most / 1e9 >= wall_s / 10 ? WORTH_BLOCKED : WORTH_ALL;
}

/* The heaviest row that is lighter than `than`, or NULL when none took a long call's time. */
static const struct row *heaviest(const struct rows *rows, const struct row *than,
                                  enum stack_worth worth)
{
    const struct row *found = NULL;
    for (size_t i = 0; i < rows->count; i++) {
        const struct row *row = &rows->items[i];
        uint64_t heavy = stack_weight(row, worth);
        bool lighter = !than || heavy < stack_weight(than, worth);
        if (lighter && !row->is_idle && (!found || heavy > stack_weight(found, worth)))
            found = row;
    }
    return found && stack_weight(found, worth) >= TRACE_LONG_CALL_NS ? found : NULL;
}

/* The stack of the first finding's call. Where there is none, that of the worst call, and that of
 * the second worst if it comes near and nothing was found. */
static void print_stacks(const struct report *report, const struct style *style, FILE *out,
                         const struct rows *rows)
{
    const struct model *model = report->model;
    const struct blame_finding *finding =
        report->blame->finding_count ? report->blame->findings : NULL;
    enum stack_worth worth = worth_of(rows, report->blame->wall_s);
    const struct row *first = heaviest(rows, NULL, worth);
    const struct row *second = first ? heaviest(rows, first, worth) : NULL;
    if (finding && finding->call) {
        print_stack(model, style, out, finding->call->group);
        return;
    }
    if (first)
        print_stack(model, style, out, first->worst);
    if (second && !finding && stack_weight(second, worth) * 10 >= stack_weight(first, worth))
        print_stack(model, style, out, second->worst);
}

static void print_unfinished(const struct model *model, const struct style *style, FILE *out,
                             const struct row *row)
{
    char time[SECONDS_SIZE];
    if (row->totals.unfinished > 1)
        fprintf(out, "%" PRIu64 " calls of ", row->totals.unfinished);
    fprintf(out, "%s had not returned when ", model_function(model, row->function));
    text_fate(model, row->totals.unfinished_in, out);
    fprintf(out, ", %safter %s%s: called", row->totals.unfinished > 1 ? "the longest " : "",
            row->totals.unfinished_in->fate == FATE_UNKNOWN ? "at least " : "",
            paint_seconds(time, row->totals.unfinished_longest / 1e9));
    print_descriptor(style, out, row);
    fputs(" by ", out);
    print_site(style, out, row);
    fputs("\n", out);
}

static void print_all_unfinished(const struct model *model, const struct style *style, FILE *out,
                                 const struct rows *rows)
{
    unsigned printed = 0;
    for (size_t i = 0; i < rows->count && printed < LINES_MAX; i++)
        if (rows->items[i].totals.unfinished) {
            print_unfinished(model, style, out, &rows->items[i]);
            printed++;
        }
}

void text_calls(const struct report *report, const struct style *style, FILE *out)
{
    struct rows rows = collect(report->blame);
    if (!rows.count)
        fputs("\nno calls were recorded: `greq doctor PROGRAM` says what of it is reached\n", out);
    else
        print_table(report->model, style, out, &rows);
    print_all_unfinished(report->model, style, out, &rows);
    print_stacks(report, style, out, &rows);
    free(rows.items);
}
