/*
 * findings.c: in the text report, what was found: how long connections waited for the program,
 * behind which calls, and what the run would have taken otherwise.
 */
#include "render/headline.h"
#include "render/paint.h"
#include "render/sentence.h"
#include "render/text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { FINDINGS_SHOWN = 4, VICTIMS_SHOWN = 3, INDENT = 10, TEXT_SIZE = 2048 };

static void begin_paragraph(FILE *out, const char *word)
{
    fprintf(out, "%-*s", INDENT, word);
}

/* Adds to a text, as far as there is room. */
__attribute__((format(printf, 2, 3))) static void append(char text[TEXT_SIZE], const char *format,
                                                         ...)
{
    size_t used = strlen(text);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text + used, TEXT_SIZE - used, format, arguments);
    va_end(arguments);
}

/* --- the whole run --- */

static void print_held(const struct report *report, const struct style *style, FILE *out)
{
    const struct blame *blame = report->blame;
    char held[SECONDS_SIZE], waited[SECONDS_SIZE];
    if (!(blame->patterns & (PATTERN_STALL | PATTERN_PARTIAL)) || blame->serialized_s <= 0)
        return;
    bool is_seen = blame->waiting_conn_s > 0;
    bool is_of_several = report->accounts->books.on[FIGURE_serialized_s].are_several;
    fprintf(out, "%s%s%s serialized%s%s: for that long at least one %s was ready but %s was busy",
            paint_red(style), paint_bold(style), paint_seconds(held, blame->serialized_s),
            paint_plain(style), is_of_several ? ", summed over threads" : "",
            is_seen ? "connection" : "task", is_of_several ? "its thread" : "the program");
    if (is_seen)
        fprintf(out, " (%s summed over connections)", paint_seconds(waited, blame->waiting_conn_s));
    fputs("\n", out);
}

static void print_estimate(const struct report *report, FILE *out)
{
    char *estimate = headline_estimate(report);
    if (*estimate)
        fprintf(out, "%s\n", estimate);
    free(estimate);
}

/* --- one finding --- */

/* Which tasks made the call, where the program has names for them. */
static void add_tasks(char text[TEXT_SIZE], const struct names *tasks)
{
    for (size_t i = 0; i < tasks->count; i++)
        append(text, "%s%.40s", i ? ", " : " in ", tasks->items[i]);
    if (tasks->are_more)
        append(text, " and others");
}

static void add_place(char text[TEXT_SIZE], const struct blame_finding *finding)
{
    const struct call_group *group = finding->call->group;
    char *site = paint_site(group);
    char *descriptor = paint_descriptor(group);
    bool is_told = sentence_has_site(finding);
    if (!is_told || *descriptor || group->tasks.count)
        append(text, "; called%s%s%s", descriptor, is_told ? "" : " by ", is_told ? "" : site);
    add_tasks(text, &group->tasks);
    free(site);
    free(descriptor);
}

/* The evidence has the first. */
static void add_victims(char text[TEXT_SIZE], const struct blamed_call *call)
{
    char waited[SECONDS_SIZE];
    for (size_t i = 1; i < call->victim_count && i < VICTIMS_SHOWN; i++)
        append(text, "%s %" PRIu64 " to %.40s %s",
               i > 1 ? "," : ". The next longest:", call->victims[i].connection,
               call->victims[i].peer, paint_seconds(waited, call->victims[i].waited_s));
    if (call->victim_count > VICTIMS_SHOWN)
        append(text, ", and more");
}

/* The evidence has the estimate for all at once: told are those that are slower. */
static void add_widths(char text[TEXT_SIZE], const struct blame_serial *serial)
{
    char all[SECONDS_SIZE], time[SECONDS_SIZE];
    paint_seconds(all, serial->wall_s[BLAME_WIDTHS - 1]);
    for (size_t i = 0; i < BLAME_WIDTHS - 1; i++)
        if (strcmp(paint_seconds(time, serial->wall_s[i]), all) != 0)
            append(text, ", %u at once %s", blame_widths[i], time);
}

/* What later findings about the same line come to: the first one is the worst. */
static void add_other_stacks(char text[TEXT_SIZE], const struct blame_finding *finding)
{
    char time[SECONDS_SIZE];
    if (finding->elsewhere_s > 0)
        append(text, ", plus %s through other call paths from the same line",
               paint_seconds(time, finding->elsewhere_s));
}

static void print_finding(const struct report *report, const struct blame_finding *finding,
                          const struct style *style, FILE *out)
{
    char text[TEXT_SIZE];
    const char *name = sentence_pattern(finding->pattern);
    char *evidence = sentence_evidence(report->model, finding);
    fprintf(out, "\n%s", finding->pattern == PATTERN_SERIAL ? paint_bold(style) : paint_red(style));
    begin_paragraph(out, name);
    fputs(paint_plain(style), out);
    snprintf(text, sizeof text, "%s", evidence);
    free(evidence);
    if (finding->serial)
        add_widths(text, finding->serial);
    if (finding->call)
        add_place(text, finding);
    add_other_stacks(text, finding);
    if (finding->pattern == PATTERN_STALL && finding->call)
        add_victims(text, finding->call);
    paint_paragraph(style, out, text, INDENT);
    begin_paragraph(out, "");
    snprintf(text, sizeof text, "> %s", finding->remedy);
    paint_paragraph(style, out, text, INDENT);
}

void text_findings(const struct report *report, const struct style *style, FILE *out)
{
    const struct blame *blame = report->blame;
    size_t shown = 0, left = 0;
    print_held(report, style, out);
    print_estimate(report, out);
    for (size_t i = 0; i < blame->finding_count; i++) {
        if (blame->findings[i].first != i)
            continue;
        if (shown == FINDINGS_SHOWN) {
            left++;
            continue;
        }
        print_finding(report, &blame->findings[i], style, out);
        shown++;
    }
    if (left)
        fprintf(out, "and %zu more finding%s\n", left, left == 1 ? "" : "s");
}
