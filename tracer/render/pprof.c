/*
 * pprof.c: the calls as a profile, which `go tool pprof`, Pyroscope, Parca and their like read: a
 * sample for each call site, with how often it was called, the time that it blocked its thread or
 * was parked, and each figure of base/figures.def. Of a call in parts that the program has named
 * there is a sample for each, with the part's name in the label `mark`, and one for the rest.
 *
 * The message is Profile of google/pprof's proto/profile.proto. It is not compressed; readers take
 * both. Numbers refer to texts, functions and locations by number; a reader wants no order but that
 * of the texts, so these are written last.
 */
#include "base/map.h"
#include "base/memory.h"
#include "base/round.h"
#include "render/clean.h"
#include "render/protobuf.h"
#include "render/render.h"

#include <stdlib.h>
#include <string.h>

enum profile_field {
    PROFILE_SAMPLE_TYPE = 1,
    PROFILE_SAMPLE = 2,
    PROFILE_LOCATION = 4,
    PROFILE_FUNCTION = 5,
    PROFILE_TEXT = 6,
    PROFILE_TIME = 9,
    PROFILE_DURATION = 10,
    PROFILE_COMMENT = 13,
    PROFILE_DEFAULT_TYPE = 14,
};
enum value_type_field { TYPE_NAME = 1, TYPE_UNIT = 2 };
enum sample_field { SAMPLE_LOCATION = 1, SAMPLE_VALUE = 2, SAMPLE_LABEL = 3 };
enum label_field { LABEL_KEY = 1, LABEL_TEXT = 2 };
enum location_field { LOCATION_NUMBER = 1, LOCATION_LINE = 4 };
enum line_field { LINE_FUNCTION = 1, LINE_NUMBER = 2 };
enum function_field { FUNCTION_NUMBER = 1, FUNCTION_NAME = 2, FUNCTION_FILE = 4 };

/* A text of the profile. The one with number 0 is empty. */
struct text {
    char *bytes;
    uint64_t number;
    struct text *next; /* with the same hash */
};

/* What has a number so far, from 1. */
struct numbers {
    struct map by_key;
};

struct profile {
    struct protobuf out;   /* all but the texts */
    struct protobuf texts; /* in the order of their numbers */
    uint64_t text_count;
    struct map text_by_hash;
    struct numbers functions;
    struct numbers locations;
};

/* --- numbers --- */

static void *as_value(uint64_t number)
{
    return (void *)(uintptr_t)number;
}

/* The number of a key; a new one is the next. */
static uint64_t number_of(struct numbers *numbers, uint64_t key, bool *is_new)
{
    void *known = map_get(&numbers->by_key, key);
    *is_new = !known;
    if (known)
        return (uintptr_t)known;
    uint64_t number = numbers->by_key.count + 1;
    map_put(&numbers->by_key, key, as_value(number));
    return number;
}

static uint64_t add_text(struct profile *profile, char *bytes, uint64_t hash, struct text *next)
{
    struct text *text = memory_alloc(1, sizeof *text);
    *text = (struct text){.bytes = bytes, .number = profile->text_count++, .next = next};
    map_put(&profile->text_by_hash, hash, text);
    protobuf_text(&profile->texts, PROFILE_TEXT, bytes);
    return text->number;
}

static uint64_t text_number(struct profile *profile, const char *text)
{
    char *clean = clean_copy(text, false);
    uint64_t hash = map_mix_text(1, clean);
    struct text *first = map_get(&profile->text_by_hash, hash);
    for (struct text *known = first; known; known = known->next)
        if (!strcmp(known->bytes, clean)) {
            free(clean);
            return known->number;
        }
    return add_text(profile, clean, hash, first);
}

/* --- places --- */

static uint64_t function_number(struct profile *profile, const char *name, const char *file)
{
    struct protobuf *out = &profile->out;
    uint64_t name_number = text_number(profile, name), file_number = text_number(profile, file);
    bool is_new;
    uint64_t number =
        number_of(&profile->functions, name_number << 32 | (uint32_t)file_number, &is_new);
    if (is_new) {
        size_t function = protobuf_open(out, PROFILE_FUNCTION);
        protobuf_number(out, FUNCTION_NUMBER, number);
        protobuf_number(out, FUNCTION_NAME, name_number);
        protobuf_number(out, FUNCTION_FILE, file_number);
        protobuf_close(out, function);
    }
    return number;
}

static uint64_t location_number(struct profile *profile, const char *name, const char *file,
                                unsigned line)
{
    struct protobuf *out = &profile->out;
    uint64_t function = function_number(profile, name, file);
    bool is_new;
    uint64_t number = number_of(&profile->locations, function << 32 | line, &is_new);
    if (is_new) {
        size_t location = protobuf_open(out, PROFILE_LOCATION);
        protobuf_number(out, LOCATION_NUMBER, number);
        size_t place = protobuf_open(out, LOCATION_LINE);
        protobuf_number(out, LINE_FUNCTION, function);
        protobuf_number(out, LINE_NUMBER, line);
        protobuf_close(out, place);
        protobuf_close(out, location);
    }
    return number;
}

/* --- samples --- */

/* A figure of base/figures.def without its unit: "serialized_s" is of type "serialized". */
static void put_type(struct profile *profile, const char *name, const char *unit)
{
    char type[64];
    size_t length = strlen(name);
    bool in_seconds = length > 2 && !strcmp(name + length - 2, "_s");
    snprintf(type, sizeof type, "%.*s", (int)(in_seconds ? length - 2 : length), name);
    uint64_t type_number = text_number(profile, type), unit_number = text_number(profile, unit);
    size_t message = protobuf_open(&profile->out, PROFILE_SAMPLE_TYPE);
    protobuf_number(&profile->out, TYPE_NAME, type_number);
    protobuf_number(&profile->out, TYPE_UNIT, unit_number);
    protobuf_close(&profile->out, message);
}

enum value { VALUE_CALLS, VALUE_BLOCKED, VALUE_PARKED, VALUES_OWN };
enum { VALUES = VALUES_OWN + FIGURES };
struct values {
    uint64_t of[VALUES];
};

/* In the order of struct values. */
static void put_types(struct profile *profile)
{
    put_type(profile, "calls", "count");
    put_type(profile, "blocked", "nanoseconds");
    put_type(profile, "parked", "nanoseconds");
#define FIGURE(name, ...) put_type(profile, #name, "nanoseconds");
#include "base/figures.def"
#undef FIGURE
}

static uint64_t nanoseconds(double seconds)
{
    return round_nearest(seconds * 1e9);
}

static struct values values_of_call(const struct blamed_call *call)
{
    const struct call_totals *totals = &call->group->totals;
    struct values values = {{totals->count, totals->blocked, totals->parked}};
#define FIGURE(name, ...) values.of[VALUES_OWN + FIGURE_##name] = nanoseconds(call->name);
#include "base/figures.def"
#undef FIGURE
    return values;
}

static struct values values_of_part(const struct blame_part_call *call)
{
    struct values values = {
        {call->count, nanoseconds(call->blocked_s), nanoseconds(call->parked_s)}};
#define FIGURE(name, ...) values.of[VALUES_OWN + FIGURE_##name] = nanoseconds(call->name);
#include "base/figures.def"
#undef FIGURE
    return values;
}

static void take_away(struct values *values, const struct values *part)
{
    for (size_t i = 0; i < VALUES; i++)
        values->of[i] -= part->of[i] < values->of[i] ? part->of[i] : values->of[i];
}

static void put_label(struct profile *profile, const char *key, const char *value)
{
    struct protobuf *out = &profile->out;
    size_t label = protobuf_open(out, SAMPLE_LABEL);
    protobuf_number(out, LABEL_KEY, text_number(profile, key));
    protobuf_number(out, LABEL_TEXT, text_number(profile, value));
    protobuf_close(out, label);
}

/* The function that was called is innermost. Places come before the sample, not into it. */
static void put_sample(struct profile *profile, const struct model *model,
                       const struct call_group *group, const struct values *values,
                       const char *mark)
{
    uint64_t *places = memory_alloc(group->depth + 1, sizeof *places);
    places[0] = location_number(profile, model_function(model, group->function), "", 0);
    for (size_t i = 0; i < group->depth; i++) {
        const struct frame *frame = group->stack[i];
        places[i + 1] = location_number(profile, frame->function, frame->file, frame->line);
    }
    size_t sample = protobuf_open(&profile->out, PROFILE_SAMPLE);
    for (size_t i = 0; i <= group->depth; i++)
        protobuf_number(&profile->out, SAMPLE_LOCATION, places[i]);
    for (size_t i = 0; i < VALUES; i++)
        protobuf_number(&profile->out, SAMPLE_VALUE, values->of[i]);
    if (mark)
        put_label(profile, "mark", mark);
    protobuf_close(&profile->out, sample);
    free(places);
}

/* Of the calls of a part; what they took is no longer in `rest`, which has one for each call. */
static void put_part(struct profile *profile, const struct report *report,
                     const struct blame_part *part, struct values *rest)
{
    for (size_t i = 0; i < part->call_count; i++) {
        const struct blamed_call *call = part->calls[i].call;
        const struct values values = values_of_part(&part->calls[i]);
        put_sample(profile, report->model, call->group, &values, part->name);
        take_away(&rest[call - report->blame->calls], &values);
    }
}

static void put_samples(struct profile *profile, const struct report *report)
{
    const struct blame *blame = report->blame;
    struct values *rest = memory_alloc(blame->call_count + 1, sizeof *rest);
    for (size_t i = 0; i < blame->call_count; i++)
        rest[i] = values_of_call(&blame->calls[i]);
    for (size_t i = 0; i < blame->part_count; i++)
        put_part(profile, report, &blame->parts[i], rest);
    for (size_t i = 0; i < blame->call_count; i++)
        if (rest[i].of[VALUE_CALLS])
            put_sample(profile, report->model, blame->calls[i].group, &rest[i], NULL);
    free(rest);
}

/* --- the profile --- */

/* What a viewer shows first: what was serialized, or else what blocked. */
static void put_run(struct profile *profile, const struct report *report)
{
    const struct model *model = report->model;
    struct protobuf *out = &profile->out;
    if (model->process_count && model->processes[0]->realtime)
        protobuf_number(out, PROFILE_TIME, model->processes[0]->realtime);
    protobuf_number(out, PROFILE_DURATION, model->end - model->begin);
    protobuf_number(
        out, PROFILE_DEFAULT_TYPE,
        text_number(profile, report->blame->serialized_s > 0 ? "serialized" : "blocked"));
    for (size_t i = 0; i < model->process_count; i++)
        if (model->processes[i]->command_line)
            protobuf_number(out, PROFILE_COMMENT,
                            text_number(profile, model->processes[i]->command_line));
}

static void finish(struct profile *profile)
{
    size_t position = 0;
    for (struct text *text; (text = map_next(&profile->text_by_hash, &position));)
        for (struct text *next; text; text = next) {
            next = text->next;
            free(text->bytes);
            free(text);
        }
    map_clear(&profile->text_by_hash);
    map_clear(&profile->functions.by_key);
    map_clear(&profile->locations.by_key);
    protobuf_finish(&profile->out);
    protobuf_finish(&profile->texts);
}

void render_pprof(const struct report *report, const struct style *style, FILE *out)
{
    (void)style;
    struct profile profile = {0};
    text_number(&profile, "");
    put_types(&profile);
    put_run(&profile, report);
    put_samples(&profile, report);
    fwrite(profile.out.bytes, 1, profile.out.size, out);
    fwrite(profile.texts.bytes, 1, profile.texts.size, out);
    finish(&profile);
}
