/*
 * findings.c: in the text report, what was found: how long connections waited for the program,
 * behind which calls, and what the run would have taken otherwise.
 */
#include "render/paint.h"
#include "render/text.h"

#include <inttypes.h>
#include <stdarg.h>
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

static void add_victims(char text[TEXT_SIZE], const struct blamed_call *call)
{
    char waited[SECONDS_SIZE];
    for (size_t i = 0; i < call->victim_count && i < VICTIMS_SHOWN; i++)
        append(text, "%s %" PRIu64 " to %.40s %s",
               i ? "," : ". Connections that waited:", call->victims[i].connection,
               call->victims[i].peer, paint_seconds(waited, call->victims[i].waited_s));
    if (call->victim_count > VICTIMS_SHOWN)
        append(text, ", and more");
}

static void print_widths(const struct blame_serial *serial, const struct style *style, FILE *out)
{
    char text[TEXT_SIZE] = "estimates, if independent:", time[SECONDS_SIZE];
    for (size_t i = 0; i < BLAME_WIDTHS; i++) {
        paint_seconds(time, serial->wall_s[i]);
        if (blame_widths[i])
            append(text, " %u at once %s,", blame_widths[i], time);
        else
            append(text, " all %s", time);
    }
    begin_paragraph(out, "");
    paint_paragraph(style, out, text, INDENT);
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

static void print_finding(const struct report *report, const struct blame_finding *finding,
                          const struct style *style, FILE *out)
{
    char text[TEXT_SIZE];
    const char *name = pattern_names[__builtin_ctz(finding->pattern)];
    const struct blame_serial *serial = serial_of(report->blame, finding);
    fprintf(out, "\n%s", finding->pattern == PATTERN_SERIAL ? paint_bold(style) : paint_red(style));
    begin_paragraph(out, name);
    fputs(paint_plain(style), out);
    snprintf(text, sizeof text, "%s", finding->evidence);
    if (finding->call)
        add_place(text, finding->call);
    if (finding->pattern == PATTERN_STALL)
        add_victims(text, finding->call);
    paint_paragraph(style, out, text, INDENT);
    if (serial)
        print_widths(serial, style, out);
    begin_paragraph(out, "");
    snprintf(text, sizeof text, "> %s", finding->remedy);
    paint_paragraph(style, out, text, INDENT);
}

/* A call that was not patched is told of once. */
static bool is_told_elsewhere(const struct blame_finding *finding)
{
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
        if (is_told_elsewhere(&blame->findings[i]))
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
