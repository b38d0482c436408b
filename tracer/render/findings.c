/*
 * findings.c: in the text report, what was found: how long connections waited for the program,
 * behind which calls, and what the run would have taken otherwise.
 */
#include "render/paint.h"
#include "render/sentence.h"
#include "render/text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { FINDINGS_SHOWN = 4, VICTIMS_SHOWN = 3, INDENT = 10, TEXT_SIZE = 2048, PLACE_SIZE = 96 };

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

/* An estimate nearer than this to what the run took says that there is nothing to gain. */
#define WORTH_TELLING 0.99

static void print_held(const struct blame *blame, const struct style *style, FILE *out)
{
    char held[SECONDS_SIZE], waited[SECONDS_SIZE];
    if (!(blame->patterns & (PATTERN_STALL | PATTERN_PARTIAL)) || blame->serialized_s <= 0)
        return;
    fprintf(out, "%s%s%s serialized%s: so long connections waited for the program, %s together\n",
            paint_red(style), paint_bold(style), paint_seconds(held, blame->serialized_s),
            paint_plain(style), paint_seconds(waited, blame->waiting_conn_s));
}

static void print_what_if(const struct blame *blame, FILE *out)
{
    char without[SECONDS_SIZE], wall[SECONDS_SIZE];
    if (blame->what_if_s < blame->wall_s * WORTH_TELLING)
        fprintf(out, "without the calls below: about %s instead of %s (an estimate)\n",
                paint_seconds(without, blame->what_if_s), paint_seconds(wall, blame->wall_s));
}

/* --- one finding --- */

static void add_place(char text[TEXT_SIZE], const struct blamed_call *call)
{
    char place[PLACE_SIZE];
    const struct frame *site = paint_call_site(call->group);
    append(text, "; called by %.60s (%s)", site->function, paint_place(place, sizeof place, site));
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

static const struct blame_serial *serial_of(const struct blame *blame,
                                            const struct blame_finding *finding)
{
    for (size_t i = 0; i < blame->serial_count; i++)
        if (finding->pattern == PATTERN_SERIAL && blame->serials[i].call == finding->call &&
            blame->serials[i].waited_s == finding->seconds)
            return &blame->serials[i];
    return NULL;
}

/* Whether both blame the calls of a function from one line, as a row of the table has them.
 * Requests in a row are each peer's own. */
static bool is_same_place(const struct blame_finding *a, const struct blame_finding *b)
{
    return a->pattern == b->pattern && a->pattern != PATTERN_SERIAL && a->call && b->call &&
           a->call->group->function == b->call->group->function &&
           paint_call_site(a->call->group) == paint_call_site(b->call->group);
}

/* What the later findings about the same place come to: the first one is the worst. */
static void add_other_stacks(char text[TEXT_SIZE], const struct blame *blame,
                             const struct blame_finding *finding)
{
    char time[SECONDS_SIZE];
    double seconds = 0;
    for (const struct blame_finding *other = finding + 1;
         other < blame->findings + blame->finding_count; other++)
        if (is_same_place(finding, other))
            seconds += other->seconds;
    if (seconds > 0)
        append(text, ", and from there by another way for %s more", paint_seconds(time, seconds));
}

static void print_finding(const struct report *report, const struct blame_finding *finding,
                          const struct style *style, FILE *out)
{
    char text[TEXT_SIZE];
    const char *name = sentence_pattern(finding->pattern);
    char *evidence = sentence_evidence(report->model, finding);
    const struct blame_serial *serial = serial_of(report->blame, finding);
    fprintf(out, "\n%s", finding->pattern == PATTERN_SERIAL ? paint_bold(style) : paint_red(style));
    begin_paragraph(out, name);
    fputs(paint_plain(style), out);
    snprintf(text, sizeof text, "%s", evidence);
    free(evidence);
    if (serial)
        add_widths(text, serial);
    if (finding->call)
        add_place(text, finding->call);
    add_other_stacks(text, report->blame, finding);
    if (finding->pattern == PATTERN_STALL)
        add_victims(text, finding->call);
    paint_paragraph(style, out, text, INDENT);
    begin_paragraph(out, "");
    snprintf(text, sizeof text, "> %s", finding->remedy);
    paint_paragraph(style, out, text, INDENT);
}

/* A call that was not cooperative is told of once, and so is a place. */
static bool is_told_elsewhere(const struct blame *blame, const struct blame_finding *finding)
{
    for (const struct blame_finding *earlier = blame->findings; earlier < finding; earlier++)
        if (is_same_place(earlier, finding))
            return true;
    return finding->pattern == PATTERN_STALL && finding->call->patterns & PATTERN_PARTIAL;
}

void text_findings(const struct report *report, const struct style *style, FILE *out)
{
    const struct blame *blame = report->blame;
    size_t shown = 0, left = 0;
    print_held(blame, style, out);
    print_what_if(blame, out);
    if (!blame->finding_count)
        fputs(blame->lost || blame->cut ? "of what was seen, nothing was held up\n"
                                        : "nothing was held up\n",
              out);
    for (size_t i = 0; i < blame->finding_count; i++) {
        if (is_told_elsewhere(blame, &blame->findings[i]))
            continue;
        if (shown == FINDINGS_SHOWN) {
            left++;
            continue;
        }
        print_finding(report, &blame->findings[i], style, out);
        shown++;
    }
    if (left)
        fprintf(out, "and %zu more findings\n", left);
}
