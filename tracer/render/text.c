/*
 * text.c: the text report as a whole: headline, findings, calls, timeline, trust line. One screen.
 */
#include "render/text.h"

#include "render/balance.h"
#include "render/headline.h"
#include "render/paint.h"
#include "render/trust.h"

#include <inttypes.h>
#include <stdlib.h>

enum { INDENT = 6 };

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

static void print_figures(const struct report *report, FILE *out)
{
    char wall[SECONDS_SIZE];
    size_t processes = report->model->process_count;
    fprintf(out, "%s in all", paint_seconds(wall, report->blame->wall_s));
    if (processes > 1)
        fprintf(out, ", %zu processes", processes);
    print_requests(report, out);
    fputs("\n", out);
}

static void print_headline(const struct report *report, const struct style *style, FILE *out)
{
    char *headline = headline_text(report);
    print_program(report->model, style, out);
    fputs(report->blame->finding_count ? paint_red(style) : "", out);
    fputs(paint_bold(style), out);
    paint_paragraph(style, out, headline, INDENT);
    fputs(paint_plain(style), out);
    print_figures(report, out);
    free(headline);
}

static void print_doubt(const char *doubt, const struct style *style, FILE *out)
{
    char *text;
    if (asprintf(&text, "not all is known: %s", doubt) < 0)
        abort();
    fputs(paint_red(style), out);
    paint_paragraph(style, out, text, 4);
    fputs(paint_plain(style), out);
    free(text);
}

/* Where the time went; and what is not known beside what was found. */
static void print_balance(const struct report *report, const struct style *style, FILE *out)
{
    char *balance = balance_text(report), *doubt = balance_doubt(report);
    paint_paragraph(style, out, balance, 4);
    if (*doubt && !headline_finds_nothing(report))
        print_doubt(doubt, style, out);
    free(balance);
    free(doubt);
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

/* What the figures above are worth. */
static void print_trust(const struct report *report, const struct style *style, FILE *out)
{
    const struct blame *blame = report->blame;
    bool good = blame->coverage >= 0.95 && !blame->lost && !blame->cut;
    fprintf(out, "\n%s", good ? paint_dim(style) : paint_red(style));
    for (size_t i = 0; i < TRUST_LINES; i++) {
        char *line = trust_line(report, i);
        if (*line)
            paint_paragraph(style, out, line, INDENT);
        if (!i)
            fputs(paint_plain(style), out);
        free(line);
    }
    print_changed(report->symbols, style, out);
}

void render_text(const struct report *report, const struct style *style, FILE *out)
{
    print_headline(report, style, out);
    print_balance(report, style, out);
    text_ends(report, style, out);
    text_findings(report, style, out);
    text_calls(report, style, out);
    text_parts(report, style, out);
    text_critical(report, style, out);
    text_requests(report, style, out);
    text_timeline(report, style, out);
    print_trust(report, style, out);
}
