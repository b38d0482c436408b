/*
 * text.c: the text report as a whole: headline, findings, calls, timeline, trust line. One screen.
 */
#include "render/text.h"

#include "render/paint.h"

#include <inttypes.h>

enum { FALL_THROUGHS_SHOWN = 5 };

static const char *plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

static void print_program(const struct model *model, const struct style *style, FILE *out)
{
    const struct process *first = model->process_count ? model->processes[0] : NULL;
    for (size_t i = 1; i < model->process_count; i++)
        if (model->processes[i]->begun < first->begun)
            first = model->processes[i];
    if (!first || !first->command_line)
        return;
    fputs(paint_bold(style), out);
    paint_text(style, out, first->command_line, style->width);
    fprintf(out, "%s\n", paint_plain(style));
    if (model->process_count > 1)
        fprintf(out, "and %zu more process%s\n", model->process_count - 1,
                model->process_count == 2 ? "" : "es");
}

static void print_requests(const struct report *report, FILE *out)
{
    const struct connections *all = &report->model->connections;
    uint64_t opened = all->count - all->accepted;
    if (opened)
        fprintf(out,
                "; %" PRIu64 " request%s on %" PRIu64 " connection%s, %" PRIu64
                " in flight at most, %.2f on average",
                all->requests, plural(all->requests), opened, plural(opened),
                report->blame->peak_in_flight, report->blame->effective_concurrency);
    if (all->accepted)
        fprintf(out, "; %" PRIu64 " connection%s accepted", all->accepted, plural(all->accepted));
}

static void print_headline(const struct report *report, const struct style *style, FILE *out)
{
    char wall[SECONDS_SIZE];
    print_program(report->model, style, out);
    fprintf(out, "%s%s%s in all", paint_bold(style), paint_seconds(wall, report->blame->wall_s),
            paint_plain(style));
    print_requests(report, out);
    fputs("\n", out);
}

static void print_changed(const struct symbols *symbols, const struct style *style, FILE *out)
{
    size_t position = 0;
    for (const char *path; (path = symbols_changed(symbols, &position));) {
        fputs("no names for ", out);
        paint_text(style, out, path, 200);
        fputs(": the file was changed after the run\n", out);
    }
}

static void print_coverage(const struct blame *blame, FILE *out)
{
    if (blame->coverage_unknown)
        fputs("recording stopped before the end, so the time that was not seen is not known", out);
    else
        fprintf(out, "%s%.1f %% of the time off the CPU was in calls seen here",
                blame->cut ? "at most " : "", blame->coverage * 100);
}

/* Time in the run queue is off the CPU as well, and in no call. */
static void print_run_queue(const struct blame_trust *trust, FILE *out)
{
    char time[SECONDS_SIZE];
    if (trust->run_queue_known)
        fprintf(out, "; %s in the run queue", paint_seconds(time, trust->run_queue_s));
}

static void print_arrivals(const struct blame_trust *trust, FILE *out)
{
    char time[SECONDS_SIZE];
    if (trust->arrivals_early)
        fprintf(out, "; %" PRIu64 " of %" PRIu64 " answers came before they were read, known to %s",
                trust->arrivals_early, trust->arrivals,
                paint_seconds(time, trust->arrival_precision_s));
    if (trust->arrivals_unknown)
        fprintf(out, ", of %" PRIu64 " not when", trust->arrivals_unknown);
}

static void print_fall_throughs(const struct blame_trust *trust, const struct style *style,
                                FILE *out)
{
    for (size_t i = 0; i < trust->fall_through_count && i < FALL_THROUGHS_SHOWN; i++) {
        fputs(i ? ", " : "calls that were made as they are: ", out);
        paint_text(style, out, trust->fall_throughs[i].reason, 40);
        fprintf(out, " %" PRIu64, trust->fall_throughs[i].count);
    }
    if (trust->fall_through_count)
        fputs("\n", out);
}

/* What the figures above are worth. */
static void print_trust(const struct report *report, const struct style *style, FILE *out)
{
    const struct blame *blame = report->blame;
    bool good = blame->coverage >= 0.95 && !blame->lost && !blame->cut;
    fprintf(out, "\n%strust: ", good ? paint_dim(style) : paint_red(style));
    print_coverage(blame, out);
    fprintf(out, "; %" PRIu64 " events, %" PRIu64 " lost", blame->events, blame->lost);
    print_run_queue(&blame->trust, out);
    print_arrivals(&blame->trust, out);
    fprintf(out, "%s\n", paint_plain(style));
    if (blame->serialized_s > 0) {
        fputs("rule: ", out);
        paint_paragraph(style, out, blame_idle_rule, 6);
    }
    print_fall_throughs(&blame->trust, style, out);
    print_changed(report->symbols, style, out);
}

void render_text(const struct report *report, const struct style *style, FILE *out)
{
    print_headline(report, style, out);
    text_ends(report, style, out);
    text_findings(report, style, out);
    text_calls(report, style, out);
    text_timeline(report, style, out);
    print_trust(report, style, out);
}
