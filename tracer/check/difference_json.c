/*
 * difference_json.c: two runs compared, for programs. Keys are only ever added; a change of their
 * meaning raises `schema`. Figures are as in the reports, what is excused included.
 */
#include "check/difference.h"

#include "base/fingerprint.h"
#include "check/call_site.h"
#include "check/source_path.h"

#include <jansson.h>

enum { SCHEMA = 1 };

/* By figure what is excused of it; none where nothing is. */
static void set_excused(json_t *root, const double seconds[SUMMARY_FIGURES])
{
    json_t *list = json_object();
#define FIGURE(name, ...)            \
    if (seconds[SUMMARY_##name] > 0) \
        json_object_set_new(list, #name, json_real(seconds[SUMMARY_##name]));
#include "base/figures.def"
#undef FIGURE
    if (json_object_size(list))
        json_object_set(root, "excused", list);
    json_decref(list);
}

static json_t *totals(const struct summary *summary)
{
    json_t *root = json_pack("{s:s, s:f}", "name", summary->name, "wall_s", summary->wall_s);
#define FIGURE(name, ...) json_object_set_new(root, #name, json_real(SUMMARY_WHOLE(summary, name)));
#include "base/figures.def"
#undef FIGURE
    set_excused(root, summary->excused);
    json_t *rest = json_pack("{s:f, s:f, s:f, s:f, s:I, s:I, s:I}", "what_if_s", summary->what_if_s,
                             "effective_concurrency", summary->effective_concurrency,
                             "peak_in_flight", summary->peak_in_flight, "coverage",
                             summary->coverage, "lost", (json_int_t)summary->lost, "cut",
                             (json_int_t)summary->cut, "damaged", (json_int_t)summary->damaged);
    json_object_update(root, rest);
    json_decref(rest);
    return root;
}

/* 0 throughout where the site is not. */
static json_t *cost(const struct call_site *site)
{
    static const struct call_site none;
    site = site ? site : &none;
    json_t *root = json_pack("{s:I, s:f, s:f}", "count", (json_int_t)site->count, "blocked_s",
                             site->blocked_s, "longest_s", site->longest_s);
#define FIGURE(name, ...) json_object_set_new(root, #name, json_real(SUMMARY_WHOLE(site, name)));
#include "base/figures.def"
#undef FIGURE
    set_excused(root, site->excused);
    return root;
}

static json_t *site(const struct difference *difference, const struct site_change *change)
{
    char code[FINGERPRINT_SIZE];
    const struct call_site *shown = change->after ? change->after : change->before;
    const struct site_frame *place = call_site_place(shown);
    fingerprint_text(code, shown->fingerprint);
    return json_pack("{s:s, s:s, s:s, s:s, s:I, s:s, s:o, s:o}", "change",
                     change_names[change->change], "call", shown->call, "function", place->function,
                     "file", source_path(place->file, difference->root), "line",
                     (json_int_t)place->line, "fingerprint", code, "old", cost(change->before),
                     "new", cost(change->after));
}

/* 0 throughout where the part is not. */
static json_t *part_cost(const struct summary_part *part)
{
    static const struct summary_part none;
    part = part ? part : &none;
    json_t *root = json_pack("{s:f}", "wall_s", part->wall_s);
#define FIGURE(name, ...) json_object_set_new(root, #name, json_real(SUMMARY_WHOLE(part, name)));
#include "base/figures.def"
#undef FIGURE
    set_excused(root, part->excused);
    return root;
}

static json_t *parts(const struct comparison *comparison)
{
    json_t *list = json_array();
    for (size_t i = 0; i < comparison->part_count; i++) {
        const struct part_change *change = &comparison->parts[i];
        const char *mark = (change->after ? change->after : change->before)->mark;
        json_array_append_new(list, json_pack("{s:s, s:o, s:o}", "mark", mark, "old",
                                              part_cost(change->before), "new",
                                              part_cost(change->after)));
    }
    return list;
}

void difference_json(const struct difference *difference, const struct style *style, FILE *out)
{
    (void)style;
    json_t *sites = json_array();
    for (size_t i = 0; i < difference->comparison->count; i++)
        json_array_append_new(sites, site(difference, &difference->comparison->sites[i]));
    json_t *root = json_pack("{s:i, s:f, s:o, s:o, s:o, s:o}", "schema", SCHEMA, "tolerance",
                             difference->tolerance, "old", totals(difference->before), "new",
                             totals(difference->after), "sites", sites, "marks",
                             parts(difference->comparison));
    json_dumpf(root, out, JSON_INDENT(2) | JSON_REAL_PRECISION(12));
    fputc('\n', out);
    json_decref(root);
}
