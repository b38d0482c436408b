/*
 * html.c: one page that holds all it needs: the template with its style sheet and script, the JSON
 * report, and the history of lanes. It fetches nothing: its policy forbids that, and allows no
 * script and no style sheet but these, which it knows by their hashes.
 *
 * Names from the trace are in the two JSON texts alone, where no character that HTML has a use for
 * is left as it is.
 */
#include "base/memory.h"
#include "render/clean.h"
#include "render/history.h"
#include "render/paint.h"
#include "render/render.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* html_text.S */
extern const char html_page[], html_style[], html_script[];

/* --- JSON within HTML --- */

static bool begins_with(const char *text, const char *prefix)
{
    return !strncmp(text, prefix, strlen(prefix));
}

/* Copies a JSON text. '<', '>' and '&' are in its strings alone, as are the two line ends of
 * Unicode that old scripts stumble over; white space that begins a line is not. */
static void put_json(FILE *out, const char *json)
{
    for (const char *at = json; *at; at++) {
        if (strchr("<>&", *at))
            fprintf(out, "\\u%04x", *at);
        else if (begins_with(at, "\342\200\250") || begins_with(at, "\342\200\251"))
            fprintf(out, "\\u%04x", at[2] == '\250' ? 0x2028 : 0x2029), at += 2;
        else if (*at == '\n')
            at += strspn(at + 1, " ");
        else
            fputc(*at, out);
    }
}

/* A string of JSON. */
static void put_string(FILE *out, const char *text)
{
    char *clean = clean_copy(text ? text : "", false);
    fputc('"', out);
    for (const char *at = clean; *at; at++)
        fprintf(out, *at == '"' || *at == '\\' ? "\\%c" : "%c", *at);
    fputc('"', out);
    free(clean);
}

/* --- the history --- */

/* Times are whole numbers of ticks since the run began: so many ns that it has 10 million at most,
 * which is finer than any screen. */
struct ticks {
    uint64_t origin;
    uint64_t ns;
};

static struct ticks ticks_of(const struct model *model)
{
    struct ticks ticks = {model->begin, 1};
    while ((model->end - model->begin) / ticks.ns > 10000000)
        ticks.ns *= 10;
    return ticks;
}

static uint64_t tick(struct ticks ticks, uint64_t time)
{
    return time > ticks.origin ? (time - ticks.origin) / ticks.ns : 0;
}

/* The place of each group in the report's list of calls. */
static size_t *places(const struct report *report)
{
    size_t *places = memory_alloc(report->model->group_count, sizeof *places);
    for (size_t i = 0; i < report->blame->call_count; i++)
        places[report->blame->calls[i].group->number] = i;
    return places;
}

/* For each span: from the end of the one before, how long, what, which call or -1, merged or not.
 */
static void put_spans(FILE *out, const struct history_lane *lane, struct ticks ticks,
                      const size_t *places)
{
    uint64_t last = 0;
    for (size_t i = 0; i < lane->span_count; i++) {
        const struct span *span = &lane->spans[i];
        uint64_t begin = tick(ticks, span->begin), end = tick(ticks, span->end);
        long long call = span->site ? (long long)places[span->site->group->number] : -1;
        fprintf(out, "%s%" PRIu64 ",%" PRIu64 ",%d,%lld,%d", i ? "," : "", begin - last,
                end - begin, span->doing, call, span->merged);
        last = end;
    }
}

static void put_lane(FILE *out, const struct history_lane *lane, struct ticks ticks,
                     const size_t *places)
{
    fprintf(out,
            "{\"kind\":%d,\"process\":%zu,\"pid\":%u,\"thread\":%u,\"tid\":%u,\"task\":%u,"
            "\"number\":%" PRIu64 ",\"name\":",
            lane->kind, lane->process->number, lane->process->pid, lane->thread, lane->tid,
            lane->task, lane->number);
    put_string(out, lane->name);
    if (lane->kind == HISTORY_CONNECTION)
        fprintf(out,
                ",\"opened\":%" PRIu64 ",\"closed\":%" PRIu64 ",\"requests\":%" PRIu64
                ",\"sent\":%" PRIu64 ",\"received\":%" PRIu64,
                tick(ticks, lane->life.opened), tick(ticks, lane->life.closed), lane->life.requests,
                lane->life.bytes_sent, lane->life.bytes_received);
    fputs(",\"spans\":[", out);
    put_spans(out, lane, ticks, places);
    fputs("]}", out);
}

static int place_in_stack(const struct call_group *group, const struct frame *frame)
{
    for (size_t i = 0; i < group->depth; i++)
        if (group->stack[i] == frame)
            return i;
    return -1;
}

/* The places in the stack of the frames that a reader wants to see, for each call. */
static void put_call_sites(FILE *out, const struct blame *blame)
{
    for (size_t i = 0; i < blame->call_count; i++) {
        const struct call_group *group = blame->calls[i].group;
        fprintf(out, "%s%d,%d", i ? "," : "", place_in_stack(group, group_call_site(group)),
                place_in_stack(group, group_own_site(group)));
    }
}

static void put_history(FILE *out, const struct report *report)
{
    const struct history *history = (const struct history *)report->audience;
    const struct ticks ticks = ticks_of(report->model);
    size_t *place_of = places(report);
    fprintf(out,
            "{\"tick_s\":%.9f,\"grain_s\":%.9f,\"ticks\":%" PRIu64 ",\"lanes_left_out\":%" PRIu64
            ",\"coverage_known\":%s,\"call_sites\":[",
            ticks.ns / 1e9, history->grain / 1e9, tick(ticks, report->model->end),
            history->lanes_left_out, report->blame->coverage_unknown ? "false" : "true");
    put_call_sites(out, report->blame);
    fputs("],\"lanes\":[", out);
    for (size_t i = 0; i < history->lane_count; i++) {
        fputs(i ? ",\n" : "\n", out);
        put_lane(out, history->lanes[i], ticks, place_of);
    }
    fputs("]}", out);
    free(place_of);
}

/* --- the page --- */

static void put_part(const struct report *report, FILE *out,
                     void (*put)(FILE *out, const struct report *report))
{
    char *text = NULL;
    size_t size;
    FILE *part = open_memstream(&text, &size);
    if (!part)
        abort();
    put(part, report);
    fclose(part);
    put_json(out, text);
    free(text);
}

static void put_report(FILE *out, const struct report *report)
{
    render_json(report, &(struct style){0}, out);
}

/* Replaces a mark of the template. */
static void put_mark(const char *mark, const struct report *report, FILE *out)
{
    if (begins_with(mark, "@policy@"))
        fprintf(out,
                "default-src 'none'; script-src 'sha256-%s'; style-src 'sha256-%s'; "
                "base-uri 'none'; form-action 'none'",
                HTML_SCRIPT_HASH, HTML_STYLE_HASH);
    else if (begins_with(mark, "@style@"))
        fputs(html_style, out);
    else if (begins_with(mark, "@script@"))
        fputs(html_script, out);
    else if (begins_with(mark, "@report@"))
        put_part(report, out, put_report);
    else if (begins_with(mark, "@history@"))
        put_part(report, out, put_history);
}

struct audience *html_listen(struct error *error)
{
    (void)error;
    return history_listen();
}

void render_html(const struct report *report, const struct style *style, FILE *out)
{
    (void)style;
    const char *rest = html_page;
    for (const char *mark; (mark = strchr(rest, '@'));) {
        fwrite(rest, 1, mark - rest, out);
        put_mark(mark, report, out);
        rest = strchr(mark + 1, '@') + 1;
    }
    fputs(rest, out);
}
