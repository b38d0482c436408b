/*
 * json_short.c: the worst of a JSON report, in a size that is known beforehand: for a script or an
 * agent that pays for what it reads. It has the keys of the whole report and `top`, `left_out` and
 * `whole`, the command that reports everything. Seconds of a call that are 0 are left out, and of
 * a mark except those of its stays.
 *
 * The size is held by trying: texts are cut shorter until the document fits, and when they are as
 * short as they may be, calls, findings and parts of the program are left out.
 */
#include "render/json.h"

#include "render/clean.h"
#include "render/headline.h"
#include "render/sentence.h"
#include "render/trust.h"

#include <stdlib.h>
#include <string.h>

enum {
    SIZE_FOR_TEN = 8000, /* bytes; more of more than ten */
    CUT_FIRST = 400,     /* characters of a text */
    CUT_LAST = 32,
    WHOLE_MAX = 1000, /* bytes of the command, which nobody may cut */
};

struct bounds {
    size_t shown; /* calls, findings and parts of the program, at most */
    size_t cut;
};

/* --- texts --- */

static json_t *cut_text(const char *text, size_t cut)
{
    static const char ellipsis[] = "…";
    char *clean = clean_copy(text, false), *shown = clean;
    bool is_long = clean_length(clean) > cut;
    if (is_long) {
        clean_cut(clean, cut);
        if (asprintf(&shown, "%s%s", clean, ellipsis) < 0)
            abort();
        free(clean);
    }
    json_t *json = json_string(shown);
    free(shown);
    return json;
}

/* Takes the text. */
static void set_cut(json_t *entry, const char *key, char *text, size_t cut)
{
    json_object_set_new(entry, key, cut_text(text, cut));
    free(text);
}

/* A text that is there already. */
static void cut_again(json_t *entry, const char *key, size_t cut)
{
    json_object_set_new(entry, key, cut_text(json_string_value(json_object_get(entry, key)), cut));
}

/* --- which calls --- */

/* Those of the findings shown, and the worst of the others: so each finding's call is there. */
static size_t choose(const struct blame *blame, size_t shown, bool *chosen)
{
    size_t count = 0;
    for (size_t i = 0; i < blame->finding_count && i < shown; i++) {
        const struct blamed_call *call = blame->findings[i].call;
        if (call && !chosen[call - blame->calls]) {
            chosen[call - blame->calls] = true;
            count++;
        }
    }
    for (size_t i = 0; i < blame->call_count && count < shown; i++) {
        count += !chosen[i];
        chosen[i] = true;
    }
    return count;
}

/* The place in `calls` of one that is chosen. */
static size_t place_of(const bool *chosen, size_t number)
{
    size_t place = 0;
    for (size_t i = 0; i < number; i++)
        place += chosen[i];
    return place;
}

/* --- parts --- */

static json_t *call(const struct model *model, const struct blamed_call *blamed, size_t cut)
{
    const struct call_totals *totals = &blamed->group->totals;
    json_t *entry = json_object();
    json_object_set_new(entry, "call",
                        cut_text(model_function(model, blamed->group->function), cut));
    json_set_place(entry, model, blamed->group);
    cut_again(entry, "where", cut);
    json_object_set_new(entry, "count", json_integer(totals->count));
    json_set_if_any(entry, "blocked_s", totals->blocked / 1e9);
    json_set_if_any(entry, "longest_s", totals->longest / 1e9);
    json_set_if_any(entry, "parked_s", totals->parked / 1e9);
#define FIGURE(name, ...) json_set_if_any(entry, #name, blamed->name);
#include "base/figures.def"
#undef FIGURE
    if (blamed->patterns)
        json_object_set_new(entry, "pattern", json_patterns(blamed->patterns));
    json_set_excuses(entry, blamed);
    return entry;
}

static json_t *finding(const struct report *report, const struct blame_finding *finding,
                       const bool *chosen, size_t cut)
{
    const struct blame *blame = report->blame;
    json_t *entry = json_object();
    json_object_set_new(entry, "pattern", json_string(sentence_pattern(finding->pattern)));
    json_object_set_new(entry, "kind", json_string(sentence_kind(finding)));
    json_object_set_new(entry, "call",
                        finding->call ? json_integer(place_of(chosen, finding->call - blame->calls))
                                      : json_null());
    json_object_set_new(entry, "seconds", json_real(finding->seconds));
    set_cut(entry, "evidence", sentence_evidence(report->model, finding), cut);
    json_object_set_new(entry, "remedy", cut_text(finding->remedy, cut));
    return entry;
}

static json_t *part(const struct blame_part *part, size_t cut)
{
    json_t *entry = json_object();
    json_object_set_new(entry, "mark", cut_text(part->name, cut));
    json_object_set_new(entry, "count", json_integer(part->count));
    json_object_set_new(entry, "wall_s", json_real(part->wall_s));
    json_object_set_new(entry, "longest_s", json_real(part->longest_s));
    json_set_if_any(entry, "blocked_s", part->blocked_s);
#define FIGURE(name, ...) json_set_if_any(entry, #name, part->name);
#include "base/figures.def"
#undef FIGURE
    return entry;
}

static json_t *trust(const struct report *report, size_t cut)
{
    json_t *lines = json_array();
    for (size_t i = 0; i < TRUST_LINES; i++) {
        char *line = trust_line(report, i);
        if (*line)
            json_array_append_new(lines, cut_text(line, cut));
        free(line);
    }
    return json_pack("{s:o}", "lines", lines);
}

static void set_totals(json_t *root, const struct blame *blame)
{
    json_object_set_new(root, "wall_s", json_real(blame->wall_s));
#define FIGURE(name, ...) json_object_set_new(root, #name, json_real(blame->name));
#include "base/figures.def"
#undef FIGURE
    json_set_excused(root, blame);
    json_object_set_new(root, "effective_concurrency", json_real(blame->effective_concurrency));
    json_object_set_new(root, "what_if_s", json_real(blame->what_if_s));
    json_object_set_new(root, "coverage", json_real(blame->coverage));
    json_object_set_new(root, "pattern", json_patterns(blame->patterns));
}

static void set_lists(json_t *root, const struct report *report, const struct bounds *bounds)
{
    const struct blame *blame = report->blame;
    json_t *findings = json_array(), *calls = json_array(), *marks = json_array();
    bool *chosen = calloc(blame->call_count + 1, sizeof *chosen);
    if (!chosen)
        abort();
    size_t call_count = choose(blame, bounds->shown, chosen);
    for (size_t i = 0; i < blame->finding_count && i < bounds->shown; i++)
        json_array_append_new(findings, finding(report, &blame->findings[i], chosen, bounds->cut));
    for (size_t i = 0; i < blame->call_count; i++)
        if (chosen[i])
            json_array_append_new(calls, call(report->model, &blame->calls[i], bounds->cut));
    for (size_t i = 0; i < blame->part_count && i < bounds->shown; i++)
        json_array_append_new(marks, part(&blame->parts[i], bounds->cut));
    json_object_set_new(
        root, "left_out",
        json_pack("{s:I, s:I, s:I}", "calls", (json_int_t)(blame->call_count - call_count),
                  "findings", (json_int_t)(blame->finding_count - json_array_size(findings)),
                  "marks", (json_int_t)(blame->part_count - json_array_size(marks))));
    json_object_set_new(root, "findings", findings);
    json_object_set_new(root, "calls", calls);
    json_object_set_new(root, "marks", marks);
    free(chosen);
}

static json_t *document(const struct report *report, const struct bounds *bounds)
{
    json_t *root = json_object();
    json_object_set_new(root, "schema", json_integer(JSON_SCHEMA));
    json_object_set_new(root, "top", json_integer(report->top));
    json_set_origin(root, report->model);
    cut_again(root, "program", bounds->cut);
    set_cut(root, "headline", headline_text(report), bounds->cut);
    set_cut(root, "estimate", headline_estimate(report), bounds->cut);
    set_totals(root, report->blame);
    set_lists(root, report, bounds);
    json_object_set_new(root, "trust", trust(report, bounds->cut));
    json_object_set_new(
        root, "whole",
        json_text(strlen(report->whole) <= WHOLE_MAX ? report->whole : "greq report -f json DIR"));
    return root;
}

/* --- the size --- */

static void tighten(struct bounds *bounds)
{
    if (bounds->cut > CUT_LAST)
        bounds->cut = bounds->cut / 2 > CUT_LAST ? bounds->cut / 2 : CUT_LAST;
    else
        bounds->shown--;
}

void json_short(const struct report *report, FILE *out)
{
    const size_t tens = (report->top + 9) / 10;
    struct bounds bounds = {report->top, CUT_FIRST};
    for (;;) {
        json_t *root = document(report, &bounds);
        char *text = json_dumps(root, JSON_REAL_PRECISION(6));
        if (!text)
            abort();
        bool fits = strlen(text) <= SIZE_FOR_TEN * tens || !bounds.shown;
        if (fits)
            fprintf(out, "%s\n", text);
        free(text);
        json_decref(root);
        if (fits)
            return;
        tighten(&bounds);
    }
}
