/*
 * json.h: the parts of the JSON report, and the values that they share.
 *
 * The report has a schema (docs/report-1.schema.json, installed). Keys are only added; tests/schema
 * holds real reports to it, and there a key that the schema does not have is a fault.
 */
#ifndef RENDER_JSON_H
#define RENDER_JSON_H

#include "render/render.h"

#include <jansson.h>

/* A text from a trace, cleaned; NULL is "". */
json_t *json_text(const char *value);

/* Seconds, of ns. */
json_t *json_seconds(uint64_t ns);

/* Sets a figure that is not 0, where room is dear. */
void json_set_if_any(json_t *entry, const char *key, double value);

/* The names of patterns. */
json_t *json_patterns(unsigned bits);

/* Sets a call's `where` and `fingerprint`. */
void json_set_place(json_t *entry, const struct model *model, const struct call_group *group);

/* Sets a call's `excused`: by figure the reason why it is no finding, if there are any; and the
 * run's: by figure how many of its seconds that are. */
void json_set_excuses(json_t *entry, const struct blamed_call *blamed);
void json_set_excused(json_t *root, const struct blame *blame);

/* Sets `host`, `program` and `start`: what tells a run from those of other machines and days. */
void json_set_origin(json_t *root, const struct model *model);

/* What is worst, in little room: see struct report. */
void json_short(const struct report *report, FILE *out);

/* The version of the schema. */
enum { JSON_SCHEMA = 1 };

/* The requests by host, and the slowest ones. */
json_t *json_request_table(const struct report *report);
json_t *json_slowest_requests(const struct report *report);

/* The parts that the program has named, and what their calls came to. */
json_t *json_parts(const struct blame *blame);

/* What the run waited for, one after another. */
json_t *json_critical_path(const struct report *report);

#endif
