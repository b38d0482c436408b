/*
 * judged_sarif.c: a judged run as SARIF 2.1.0, the form that code scanning systems read.
 *
 * Results without a line point to the budget file, at the limit that was exceeded, because code
 * scanning systems refuse results without a file. What is allowed is a suppressed note with its
 * reason.
 */
#include "check/judged.h"

#include "base/fingerprint.h"
#include "check/call_site.h"
#include "check/source_path.h"
#include "check/words.h"
#include "render/clean.h"

#include <jansson.h>
#include <stdlib.h>

/* What files are relative to, for consumers that know where they checked the project out. */
#define ROOT_ID "%SRCROOT%"

#define SCHEMA_URI \
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

/* The text may have been cut in the middle of a character. */
static json_t *message(const char *text)
{
    char *clean = clean_copy(text, false);
    json_t *message = json_pack("{s:s}", "text", clean);
    free(clean);
    return message;
}

/* --- rules --- */

static json_t *rule(const struct rule *rule)
{
    return json_pack("{s:s, s:o, s:o, s:o, s:{s:s}}", "id", rule->name, "shortDescription",
                     message(rule->short_help), "fullDescription", message(rule->help), "help",
                     message(rule->help), "defaultConfiguration", "level", "error");
}

static json_t *all_rules(void)
{
    json_t *list = json_array();
    for (size_t i = 0; i < RULE_COUNT; i++)
        json_array_append_new(list, rule(&rules[i]));
    return list;
}

/* --- locations --- */

static json_t *physical_location(const struct judged *judged, const char *file, unsigned line)
{
    char *uri = source_uri(file, judged->root);
    json_t *artifact = json_pack("{s:s}", "uri", uri);
    if (*source_path(file, judged->root) != '/')
        json_object_set_new(artifact, "uriBaseId", json_string(ROOT_ID));
    json_t *location = json_pack("{s:o}", "artifactLocation", artifact);
    if (line)
        json_object_set_new(location, "region", json_pack("{s:I}", "startLine", (json_int_t)line));
    free(uri);
    return location;
}

static json_t *frame_location(const struct judged *judged, const struct site_frame *frame)
{
    json_t *location = json_pack("{s:[{s:s, s:s}]}", "logicalLocations", "fullyQualifiedName",
                                 frame->function, "kind", "function");
    if (*frame->file)
        json_object_set_new(location, "physicalLocation",
                            physical_location(judged, frame->file, frame->line));
    return location;
}

/* Of a call whose line is not known, and of no call, the line of the limit: some consumers take no
 * result without a file. */
static json_t *locations(const struct judged *judged, const struct verdict *verdict,
                         const struct call_site *site)
{
    json_t *location = site ? frame_location(judged, call_site_place(site)) : json_object();
    if (!json_object_get(location, "physicalLocation") && verdict->line)
        json_object_set_new(
            location, "physicalLocation",
            physical_location(judged, judged->verdicts->budget->path, verdict->line));
    return json_pack("[o]", location);
}

static json_t *stack(const struct judged *judged, const struct call_site *site)
{
    json_t *frames = json_array();
    for (size_t i = 0; i < site->depth; i++)
        json_array_append_new(frames, json_pack("{s:o, s:s}", "location",
                                                frame_location(judged, &site->stack[i]), "module",
                                                site->stack[i].module));
    return json_pack("{s:o}", "frames", frames);
}

/* --- results --- */

/* What was measured and, of a call, what was found out about it and what to do. */
static json_t *result_message(const struct verdict *verdict, const struct call_site *site)
{
    char sentence[SENTENCE_SIZE], place[SENTENCE_SIZE], cost[SENTENCE_SIZE], *text;
    char *finding = site ? words_finding(site) : NULL;
    words_verdict(sentence, verdict);
    int length = site ? asprintf(&text, "%s: %s. %s. %s", words_site(place, site),
                                 words_cost(cost, site), sentence, finding)
                      : asprintf(&text, "%s.", sentence);
    if (length < 0)
        abort();
    json_t *result = message(text);
    free(text);
    free(finding);
    return result;
}

static json_t *result(const struct judged *judged, const struct verdict *verdict,
                      const struct call_site *site, const char *level)
{
    return json_pack("{s:s, s:i, s:s, s:o, s:o}", "ruleId", verdict->rule->name, "ruleIndex",
                     (int)(verdict->rule - rules), "level", level, "message",
                     result_message(verdict, site), "locations", locations(judged, verdict, site));
}

static json_t *site_result(const struct judged *judged, const struct verdict *verdict,
                           const struct call_site *site, const char *level)
{
    char code[FINGERPRINT_SIZE];
    json_t *entry = result(judged, verdict, site, level);
    fingerprint_text(code, site->fingerprint);
    json_object_set_new(entry, "partialFingerprints", json_pack("{s:s}", "greqCallSite/v1", code));
    json_object_set_new(entry, "stacks", json_pack("[o]", stack(judged, site)));
    return entry;
}

static void add_verdict(const struct judged *judged, json_t *results, const struct verdict *verdict)
{
    if (verdict->outcome != OUTCOME_OVER)
        return;
    for (size_t i = 0; i < verdict->culprit_count; i++)
        json_array_append_new(results, site_result(judged, verdict, verdict->culprits[i], "error"));
    if (!verdict->culprit_count)
        json_array_append_new(results, result(judged, verdict, NULL, "error"));
}

/* What is allowed is shown as well, as a note that was suppressed for a reason. */
static void add_allowed(const struct judged *judged, json_t *results, const struct verdict *verdict)
{
    const struct summary *run = judged->verdicts->run;
    for (size_t i = 0; i < run->site_count; i++) {
        const struct call_site *site = &run->sites[i];
        const struct allowance *allowance = verdicts_allowance(judged->verdicts, site);
        if (!allowance || site->serialized_s <= 0)
            continue;
        json_t *entry = site_result(judged, verdict, site, "note");
        json_object_set_new(
            entry, "suppressions",
            json_pack("[{s:s, s:s}]", "kind", "external", "justification", allowance->reason));
        json_array_append_new(results, entry);
    }
}

static json_t *all_results(const struct judged *judged)
{
    const struct verdicts *verdicts = judged->verdicts;
    json_t *results = json_array();
    for (size_t i = 0; i < verdicts->count; i++)
        add_verdict(judged, results, &verdicts->items[i]);
    const struct verdict *serialized = verdicts_find(verdicts, RULE_serialized_s);
    if (serialized)
        add_allowed(judged, results, serialized);
    return results;
}

/* --- what kept it from being measured --- */

static json_t *notification(const char *level, const char *text)
{
    return json_pack("{s:s, s:o}", "level", level, "message", message(text));
}

static json_t *notifications(const struct judged *judged)
{
    char sentence[SENTENCE_SIZE], text[2 * SENTENCE_SIZE];
    json_t *list = json_array();
    for (size_t i = 0; i < judged->verdicts->count; i++) {
        const struct verdict *verdict = &judged->verdicts->items[i];
        if (verdict->outcome != OUTCOME_UNMEASURABLE || !verdict_is_reason(verdict))
            continue;
        snprintf(text, sizeof text, "not measurable: %s. %s", words_verdict(sentence, verdict),
                 verdict->rule->help);
        json_array_append_new(list, notification("error", text));
    }
    if (judged->program && judged->program_status) {
        snprintf(text, sizeof text, "%.300s ended with status %d by itself", judged->program,
                 judged->program_status);
        json_array_append_new(list, notification("error", text));
    }
    return list;
}

static json_t *run(const struct judged *judged)
{
    return json_pack("{s:{s:{s:s, s:s, s:o}}, s:[{s:b, s:o}], s:{s:{s:{s:s}}}, s:s, s:o}", "tool",
                     "driver", "name", "greq", "version", judged->version, "rules", all_rules(),
                     "invocations", "executionSuccessful",
                     judged->verdicts->outcome != OUTCOME_UNMEASURABLE,
                     "toolExecutionNotifications", notifications(judged), "originalUriBaseIds",
                     ROOT_ID, "description", "text", "The root of the project", "columnKind",
                     "utf16CodeUnits", "results", all_results(judged));
}

void judged_sarif(const struct judged *judged, FILE *out)
{
    json_t *log = json_pack("{s:s, s:s, s:[o]}", "$schema", SCHEMA_URI, "version", "2.1.0", "runs",
                            run(judged));
    json_dumpf(log, out, JSON_INDENT(2));
    fputc('\n', out);
    json_decref(log);
}
