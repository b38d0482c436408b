/*
 * difference_text.c: two runs compared, for people: figures, then what changed.
 */
#include "check/difference.h"

#include "check/budget.h"
#include "check/words.h"
#include "render/paint.h"

#include <stdint.h>

enum { SITES_MAX = 20, PARTS_MAX = 20 };

static void print_pair(FILE *out, enum unit unit, double before, double after)
{
    char text[FIGURE_SIZE];
    fprintf(out, "%12s", words_figure(text, unit, before));
    fprintf(out, "%12s", words_figure(text, unit, after));
}

static void print_total(FILE *out, const char *name, enum unit unit, double before, double after)
{
    fprintf(out, "%-22s", name);
    print_pair(out, unit, before, after);
    if (unit == UNIT_SECONDS && after != before)
        fprintf(out, "  %+.3f s", after - before);
    fputs("\n", out);
}

static void print_totals(const struct summary *a, const struct summary *b, FILE *out)
{
    print_total(out, "wall_s", UNIT_SECONDS, a->wall_s, b->wall_s);
#define FIGURE(name, ...) \
    print_total(out, #name, UNIT_SECONDS, SUMMARY_WHOLE(a, name), SUMMARY_WHOLE(b, name));
#include "base/figures.def"
#undef FIGURE
    print_total(out, "what_if_s", UNIT_SECONDS, a->what_if_s, b->what_if_s);
    print_total(out, "effective_concurrency", UNIT_NUMBER, a->effective_concurrency,
                b->effective_concurrency);
    print_total(out, "peak_in_flight", UNIT_NUMBER, a->peak_in_flight, b->peak_in_flight);
    print_total(out, "coverage", UNIT_SHARE, a->coverage, b->coverage);
}

static const char *colour_of(const struct style *style, enum change change)
{
    return change == CHANGE_WORSE || change == CHANGE_NEW ? paint_red(style) : paint_green(style);
}

static void print_site(const struct difference *difference, const struct style *style, FILE *out,
                       const struct site_change *change)
{
    const struct call_site *before = change->before, *after = change->after;
    const struct call_site *shown = after ? after : before;
    char text[SENTENCE_SIZE];
    fprintf(out, "%s%-6s%s", colour_of(style, change->change), change_names[change->change],
            paint_plain(style));
    print_pair(out, UNIT_SECONDS, before ? SUMMARY_WHOLE(before, serialized_s) : 0,
               after ? SUMMARY_WHOLE(after, serialized_s) : 0);
    print_pair(out, UNIT_SECONDS, before ? before->blocked_s : 0, after ? after->blocked_s : 0);
    fputs("  ", out);
    paint_text(style, out, words_site(text, shown), SIZE_MAX);
    paint_text(style, out, words_place(text, shown, difference->root), SIZE_MAX);
    fputs("\n", out);
}

static void print_sites(const struct difference *difference, const struct style *style, FILE *out)
{
    const struct comparison *comparison = difference->comparison;
    size_t changed = 0;
    for (size_t i = 0; i < comparison->count; i++) {
        if (comparison->sites[i].change == CHANGE_NONE)
            continue;
        if (!changed++)
            fprintf(out, "\n%s%-6s%24s%24s  call site%s\n", paint_bold(style), "",
                    "serialized old, new", "blocked old, new", paint_plain(style));
        if (changed <= SITES_MAX)
            print_site(difference, style, out, &comparison->sites[i]);
    }
    if (changed > SITES_MAX)
        fprintf(out, "and %zu more that changed\n", changed - SITES_MAX);
    fprintf(out, "\n%zu call site%s changed by more than %.0f %% and %.1f s, %zu did not\n",
            changed, changed == 1 ? "" : "s", difference->tolerance * 100, COMPARE_FLOOR_S,
            comparison->count - changed);
}

static void print_part(const struct style *style, FILE *out, const struct part_change *change)
{
    const struct summary_part *before = change->before, *after = change->after;
    fprintf(out, "%-6s",
            !before ? change_names[CHANGE_NEW]
            : after ? ""
                    : change_names[CHANGE_GONE]);
    print_pair(out, UNIT_SECONDS, before ? before->wall_s : 0, after ? after->wall_s : 0);
    print_pair(out, UNIT_SECONDS, before ? SUMMARY_WHOLE(before, serialized_s) : 0,
               after ? SUMMARY_WHOLE(after, serialized_s) : 0);
    fputs("  ", out);
    paint_text(style, out, (after ? after : before)->mark, SIZE_MAX);
    fputs("\n", out);
}

static void print_parts(const struct comparison *comparison, const struct style *style, FILE *out)
{
    if (!comparison->part_count)
        return;
    fprintf(out, "\n%s%-6s%24s%24s  part of the program%s\n", paint_bold(style), "",
            "time old, new", "serialized old, new", paint_plain(style));
    for (size_t i = 0; i < comparison->part_count && i < PARTS_MAX; i++)
        print_part(style, out, &comparison->parts[i]);
    if (comparison->part_count > PARTS_MAX)
        fprintf(out, "and %zu more parts\n", comparison->part_count - PARTS_MAX);
}

/* What made no site worse or better. */
static void print_excused(const char *run, const struct summary *summary, const struct style *style,
                          FILE *out)
{
    char text[SENTENCE_SIZE];
    for (size_t i = 0; i < summary->site_count; i++)
        for (enum summary_figure figure = 0; figure < SUMMARY_FIGURES; figure++)
            if (*words_excuse(text, &summary->sites[i], figure)) {
                fprintf(out, "excused in the %s run: ", run);
                paint_text(style, out, text, SIZE_MAX);
                fputs("\n", out);
            }
}

/* A difference may be one of what was seen. */
static void print_trust(const struct summary *summary, const struct style *style, FILE *out)
{
    if (summary_is_complete(summary, BUDGET_DEFAULT_COVERAGE))
        return;
    fputs(paint_red(style), out);
    paint_text(style, out, summary->name, SIZE_MAX);
    fprintf(out, " was not seen well enough to be compared (greq report tells what is missing)%s\n",
            paint_plain(style));
}

void difference_text(const struct difference *difference, const struct style *style, FILE *out)
{
    fprintf(out, "%s%-22s%12s%12s%s\n", paint_bold(style), "", "old", "new", paint_plain(style));
    print_totals(difference->before, difference->after, out);
    print_sites(difference, style, out);
    print_parts(difference->comparison, style, out);
    print_excused("old", difference->before, style, out);
    print_excused("new", difference->after, style, out);
    print_trust(difference->before, style, out);
    print_trust(difference->after, style, out);
}
