/*
 * Reading goes on after a fault: the first is noted (fail), a field that is missing is 0 or "", and
 * summary_read returns -1 at its end. So each reader is a list of fields.
 *
 * Calls are added to their sites as they are read. Findings and parts name calls by their numbers
 * in the report, so they are read after them: read_call has each number's site. The calls of a part
 * have their site's texts, which the site alone frees.
 */
#include "check/summary.h"

#include "base/map.h"
#include "base/memory.h"
#include "check/call_site.h"
#include "render/clean.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { SCHEMA = 1 };

/* Where in a report something is looked up, and what is wrong with it. */
struct reading {
    const char *name;
    struct error *error;
    bool failed;
};

static void fail(struct reading *reading, const char *key, const char *problem)
{
    if (!reading->failed)
        error_set(reading->error, "%s: \"%s\" %s: make the report anew, by greq report -f json",
                  reading->name, key, problem);
    reading->failed = true;
}

static double number(struct reading *reading, const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    double result = json_number_value(value);
    if (!json_is_number(value) || !isfinite(result) || result < 0) {
        fail(reading, key, "is not a number of 0 or more");
        return 0;
    }
    return result;
}

/* A figure; one that reports have not always had is 0 where it is missing. */
static double figure(struct reading *reading, const json_t *object, const char *key, bool required)
{
    return required || json_object_get(object, key) ? number(reading, object, key) : 0;
}

/* JSON has numbers only; one beyond 2^53 is a count that nobody compares. */
static uint64_t count(struct reading *reading, const json_t *object, const char *key)
{
    double value = number(reading, object, key);
    return value < 0x1p53 ? (uint64_t)value : UINT64_MAX;
}

static char *text(struct reading *reading, const json_t *object, const char *key)
{
    const char *value = json_string_value(json_object_get(object, key));
    if (!value)
        fail(reading, key, "is not a text");
    return clean_copy(value ? value : "", false);
}

static void read_frame(struct reading *reading, struct site_frame *frame, const json_t *object)
{
    double line = number(reading, object, "line");
    *frame = (struct site_frame){
        .function = text(reading, object, "function"),
        .file = text(reading, object, "file"),
        .line = line < 0x1p31 ? (unsigned)line : 0,
        .module = text(reading, object, "module"),
        .is_installed = json_is_true(json_object_get(object, "installed")),
        .is_runtime = json_is_true(json_object_get(object, "runtime")),
    };
}

static void read_stack(struct reading *reading, struct call_site *site, const json_t *stack)
{
    if (!json_array_size(stack)) {
        fail(reading, "stack", "of a call is not a list of frames");
        return;
    }
    site->depth = json_array_size(stack);
    site->stack = memory_alloc(site->depth, sizeof *site->stack);
    for (size_t i = 0; i < site->depth; i++)
        read_frame(reading, &site->stack[i], json_array_get(stack, i));
}

/* A call of the report. */
struct read_call {
    struct call_site *site;
    unsigned excused; /* by 1 << enum summary_figure */
};

static void read_excuse(struct reading *reading, struct call_site *site, const json_t *excuses,
                        enum summary_figure figure, const char *name, double seconds)
{
    if (!json_object_get(excuses, name))
        return;
    site->excused[figure] = seconds;
    site->excuses[figure] = text(reading, excuses, name);
}

static unsigned excused_figures(const struct call_site *site)
{
    unsigned bits = 0;
    for (size_t i = 0; i < SUMMARY_FIGURES; i++)
        bits |= site->excuses[i] ? 1u << i : 0;
    return bits;
}

static struct call_site read_site(struct reading *reading, const json_t *call)
{
    struct call_site site = {
        .call = text(reading, call, "call"),
        .count = count(reading, call, "count"),
        .blocked_s = number(reading, call, "blocked_s"),
        .longest_s = number(reading, call, "longest_s"),
#define FIGURE(name, required, ...) .name = figure(reading, call, #name, required),
#include "base/figures.def"
#undef FIGURE
        .evidence = memory_copy(""),
        .remedy = memory_copy(""),
    };
#define FIGURE(name, ...) \
    read_excuse(reading, &site, json_object_get(call, "excused"), SUMMARY_##name, #name, site.name);
#include "base/figures.def"
#undef FIGURE
    read_stack(reading, &site, json_object_get(call, "stack"));
    site.fingerprint = call_site_fingerprint(site.call, site.stack, site.depth);
    return site;
}

static void free_site(struct call_site *site)
{
    for (size_t i = 0; i < site->depth; i++) {
        free(site->stack[i].function);
        free(site->stack[i].file);
        free(site->stack[i].module);
    }
    free(site->stack);
    free(site->call);
    for (size_t i = 0; i < SUMMARY_FIGURES; i++)
        free(site->excuses[i]);
    free(site->evidence);
    free(site->remedy);
}

/* Calls from several lines of one function are one site, shown by the first, which is the worst. */
static void add_figures(struct call_site *site, const struct call_site *more)
{
    site->count += more->count;
    site->blocked_s += more->blocked_s;
    site->shared += more->shared;
    for (size_t i = 0; i < SUMMARY_FIGURES; i++)
        site->excused[i] += more->excused[i];
#define FIGURE(name, ...) site->name += more->name;
#include "base/figures.def"
#undef FIGURE
    if (site->longest_s < more->longest_s)
        site->longest_s = more->longest_s;
}

static void replace(char **text, char *with)
{
    free(*text);
    *text = with;
}

/* Those that the site has none of yet. */
static void take_reasons(struct call_site *site, struct call_site *call)
{
    for (size_t i = 0; i < SUMMARY_FIGURES; i++) {
        if (site->excuses[i])
            continue;
        site->excuses[i] = call->excuses[i];
        call->excuses[i] = NULL;
    }
}

/* Adds a call to its site, which it may be the first of. Returns the site. */
static struct call_site *add_call(struct summary *summary, struct map *by_fingerprint,
                                  struct call_site call)
{
    struct call_site *site = map_get(by_fingerprint, call.fingerprint);
    if (site) {
        add_figures(site, &call);
        take_reasons(site, &call);
        free_site(&call);
        return site;
    }
    site = &summary->sites[summary->site_count++];
    *site = call;
    map_put(by_fingerprint, call.fingerprint, site);
    return site;
}

static bool is_shared(const json_t *finding)
{
    const char *pattern = json_string_value(json_object_get(finding, "pattern"));
    return pattern && !strcmp(pattern, "shared");
}

/* Findings come worst first, and the first about a site is kept. */
static void read_findings(struct reading *reading, const json_t *findings,
                          const struct read_call *read, size_t call_count)
{
    size_t i;
    json_t *finding;
    json_array_foreach(findings, i, finding)
    {
        const json_t *call = json_object_get(finding, "call");
        json_int_t number = json_integer_value(call);
        if (!json_is_integer(call) || number < 0 || (size_t)number >= call_count)
            continue; /* it is about no call */
        struct call_site *site = read[number].site;
        site->shared += is_shared(finding);
        if (*site->evidence)
            continue;
        replace(&site->evidence, text(reading, finding, "evidence"));
        replace(&site->remedy, text(reading, finding, "remedy"));
    }
}

/* --- parts --- */

/* The same site as before, with other figures. */
static struct call_site read_part_call(struct reading *reading, const json_t *call,
                                       const struct read_call *read)
{
    struct call_site copy = *read->site;
    copy.count = count(reading, call, "count");
    copy.blocked_s = number(reading, call, "blocked_s");
    copy.longest_s = number(reading, call, "longest_s");
    copy.shared = 0;
#define FIGURE(name, ...)                            \
    copy.name = figure(reading, call, #name, false); \
    copy.excused[SUMMARY_##name] = read->excused & 1u << SUMMARY_##name ? copy.name : 0;
#include "base/figures.def"
#undef FIGURE
    return copy;
}

static void add_part_call(struct summary_part *part, const struct call_site *call)
{
    size_t i = 0;
    while (i < part->call_count && part->calls[i].fingerprint != call->fingerprint)
        i++;
    if (i < part->call_count)
        add_figures(&part->calls[i], call);
    else
        part->calls[part->call_count++] = *call;
}

static void read_part(struct reading *reading, struct summary_part *part, const json_t *object,
                      const struct read_call *read, size_t count)
{
    const json_t *calls = json_object_get(object, "calls"), *call;
    size_t i;
    *part = (struct summary_part){
        .mark = text(reading, object, "mark"),
        .wall_s = number(reading, object, "wall_s"),
#define FIGURE(name, ...) .name = figure(reading, object, #name, false),
#include "base/figures.def"
#undef FIGURE
        .calls = memory_alloc(json_array_size(calls), sizeof *part->calls),
    };
    json_array_foreach(calls, i, call)
    {
        double place = number(reading, call, "call");
        if (place >= count) {
            fail(reading, "call", "of a mark is no call of the report");
            continue;
        }
        struct call_site here = read_part_call(reading, call, &read[(size_t)place]);
        add_part_call(part, &here);
    }
}

static void read_parts(struct reading *reading, struct summary *summary, const json_t *parts,
                       const struct read_call *read, size_t count)
{
    summary->part_count = json_array_size(parts);
    summary->parts = memory_alloc(summary->part_count, sizeof *summary->parts);
    for (size_t i = 0; i < summary->part_count; i++)
        read_part(reading, &summary->parts[i], json_array_get(parts, i), read, count);
}

/* --- the report --- */

static void read_sites(struct reading *reading, struct summary *summary, const json_t *report)
{
    const json_t *calls = json_object_get(report, "calls");
    size_t count = json_array_size(calls);
    struct map by_fingerprint = {0};
    struct read_call *read = memory_alloc(count + 1, sizeof *read);
    summary->sites = memory_alloc(count + 1, sizeof *summary->sites);
    for (size_t i = 0; i < count; i++) {
        const struct call_site site = read_site(reading, json_array_get(calls, i));
        read[i].excused = excused_figures(&site);
        read[i].site = add_call(summary, &by_fingerprint, site);
    }
    read_findings(reading, json_object_get(report, "findings"), read, count);
    read_parts(reading, summary, json_object_get(report, "marks"), read, count);
    free(read);
    map_clear(&by_fingerprint);
}

static int check_schema(const char *name, const json_t *report, struct error *error)
{
    const json_t *schema = json_object_get(report, "schema");
    if (!json_is_integer(schema) || !json_is_array(json_object_get(report, "calls")))
        return error_set(error, "%s: not a report of greq's: make one by greq report -f json",
                         name);
    if (json_integer_value(schema) != SCHEMA)
        return error_set(error,
                         "%s: a report of schema %" JSON_INTEGER_FORMAT
                         ", this greq reads %d: use the greq that made it",
                         name, json_integer_value(schema), SCHEMA);
    return 0;
}

/* Of a figure that was once told of calls alone. */
static void add_missing_sums(struct summary *summary, const json_t *report)
{
#define FIGURE(name, ...)                                \
    if (!json_object_get(report, #name))                 \
        for (size_t i = 0; i < summary->site_count; i++) \
            summary->name += summary->sites[i].name;
#include "base/figures.def"
#undef FIGURE
}

int summary_read(struct summary *summary, const char *name, const json_t *report,
                 struct error *error)
{
    struct reading reading = {.name = name, .error = error};
    if (check_schema(name, report, error))
        return -1;
    *summary = (struct summary){
        .name = clean_copy(name, false),
        .wall_s = number(&reading, report, "wall_s"),
#define FIGURE(name, required, ...) .name = figure(&reading, report, #name, required),
#include "base/figures.def"
#undef FIGURE
        .effective_concurrency = number(&reading, report, "effective_concurrency"),
        .peak_in_flight = number(&reading, report, "peak_in_flight"),
        .what_if_s = number(&reading, report, "what_if_s"),
        .coverage = number(&reading, report, "coverage"),
        .lost = count(&reading, report, "lost"),
        .cut = count(&reading, report, "cut"),
        .shared_connections = figure(&reading, report, "shared_connections", false),
    };
    read_sites(&reading, summary, report);
    add_missing_sums(summary, report);
    if (reading.failed)
        summary_finish(summary);
    return reading.failed ? -1 : 0;
}

int summary_load(struct summary *summary, const char *path, struct error *error)
{
    json_error_t problem;
    struct stat status;
    if (stat(path, &status))
        return error_set(error, "%s: %s: name a JSON report", path, strerror(errno));
    if (S_ISDIR(status.st_mode))
        return error_set(error, "%s: a directory: make a report of a trace by greq report -f json",
                         path);
    json_t *report = json_load_file(path, JSON_REJECT_DUPLICATES, &problem);
    if (!report && problem.line < 0) /* it could not be opened; jansson names the file */
        return error_set(error, "%s", problem.text);
    if (!report)
        return error_set(error, "%s:%d: not JSON: %s: make a report by greq report -f json", path,
                         problem.line, problem.text);
    int read = summary_read(summary, path, report, error);
    json_decref(report);
    return read;
}

/* Reports are written to twelve digits: what is left may be a little of nothing. */
static void take(double *sum, double part)
{
    if (part > 0)
        *sum = *sum - part > 1e-9 ? *sum - part : 0;
}

/* Adds up what is taken out of them. */
static void excuse_sites(struct call_site *sites, size_t count, bool computing,
                         double excused[SUMMARY_FIGURES])
{
    for (size_t i = 0; i < count; i++) {
        struct call_site *site = &sites[i];
        if (!computing)
            site->excused[SUMMARY_computing_s] = 0;
#define FIGURE(name, ...)                                     \
    excused[SUMMARY_##name] += site->excused[SUMMARY_##name]; \
    take(&site->name, site->excused[SUMMARY_##name]);
#include "base/figures.def"
#undef FIGURE
    }
}

static void excuse_part(struct summary_part *part, bool computing)
{
    excuse_sites(part->calls, part->call_count, computing, part->excused);
#define FIGURE(name, ...) take(&part->name, part->excused[SUMMARY_##name]);
#include "base/figures.def"
#undef FIGURE
}

void summary_excuse(struct summary *summary, bool computing)
{
    excuse_sites(summary->sites, summary->site_count, computing, summary->excused);
#define FIGURE(name, ...) take(&summary->name, summary->excused[SUMMARY_##name]);
#include "base/figures.def"
#undef FIGURE
    for (size_t i = 0; i < summary->part_count; i++)
        excuse_part(&summary->parts[i], computing);
}

bool summary_is_complete(const struct summary *summary, double min_coverage)
{
    return summary->coverage >= min_coverage && !summary->lost && !summary->cut &&
           !summary->damaged;
}

void summary_finish(struct summary *summary)
{
    for (size_t i = 0; i < summary->site_count; i++)
        free_site(&summary->sites[i]);
    for (size_t i = 0; i < summary->part_count; i++) {
        free(summary->parts[i].mark);
        free(summary->parts[i].calls);
    }
    free(summary->parts);
    free(summary->sites);
    free(summary->name);
    *summary = (struct summary){0};
}
