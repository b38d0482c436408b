/*
 * answer_json.c: a diagnosis for programs. Keys are only ever added; a change of their meaning
 * raises `schema`.
 */
#include "doctor/answer.h"

#include "doctor/judge.h"
#include "render/clean.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { SCHEMA = 1 };

static json_t *text(const char *value)
{
    char *clean = clean_copy(value, false);
    json_t *json = json_string(clean);
    free(clean);
    return json;
}

static const char *verdict_word(const struct diagnosis *diagnosis)
{
    static const char *const words[] = {
        [VERDICT_REACHED] = "reached", [VERDICT_IN_PART] = "in_part", [VERDICT_NOT] = "not"};
    return words[diagnosis_verdict(diagnosis)];
}

static json_t *findings(const struct diagnosis *diagnosis)
{
    static const char *const weights[] = {
        [FINDING_OBSTACLE] = "obstacle", [FINDING_BYPASS] = "bypass", [FINDING_NOTE] = "note"};
    json_t *list = json_array();
    for (size_t i = 0; i < diagnosis->finding_count; i++) {
        const struct finding *finding = &diagnosis->findings[i];
        json_t *entry = json_object();
        json_object_set_new(entry, "weight", json_string(weights[finding->weight]));
        json_object_set_new(entry, "word", json_string(finding->word));
        json_object_set_new(entry, "text", text(finding->text));
        json_array_append_new(list, entry);
    }
    return list;
}

static json_t *library(const struct diagnosed_library *library)
{
    json_t *entry = json_object();
    json_object_set_new(entry, "path", text(library->path));
    json_object_set_new(entry, "loaded", json_boolean(library->loaded));
    json_object_set_new(entry, "other_than_own", json_boolean(library->is_other));
    json_object_set_new(entry, "trace_format", json_integer(library->format));
    json_object_set_new(entry, "version", text(library->version));
    json_object_set_new(entry, "build_id", text(library->build_id));
    return entry;
}

static json_t *environment(const struct diagnosis *diagnosis)
{
    json_t *variables = json_object();
    for (size_t i = 0; i < diagnosis->variable_count; i++) {
        char *copy = clean_copy(diagnosis->variables[i], false);
        char *value = strchr(copy, '=');
        if (value) {
            *value = '\0';
            json_object_set_new(variables, copy, json_string(value + 1));
        }
        free(copy);
    }
    return variables;
}

static json_t *steps(const struct target *target)
{
    json_t *list = json_array();
    for (size_t i = 0; i < target->step_count; i++)
        json_array_append_new(list, text(target->steps[i]));
    return list;
}

/* {"socket": ["recv", "send"], ...}: the functions with a set flag, hooked ones or the others. */
static json_t *groups(const struct catalogue *catalogue, const bool *set, bool hooked)
{
    json_t *object = json_object();
    for (size_t i = 0; i < catalogue->count; i++) {
        const struct known_function *function = &catalogue->items[i];
        if (!set[i] || function->hooked != hooked)
            continue;
        json_t *list = json_object_get(object, function->group);
        if (!list) {
            list = json_array();
            json_object_set_new(object, function->group, list);
        }
        json_array_append_new(list, json_string(function->name));
    }
    return object;
}

static json_t *module(const struct catalogue *catalogue, const struct object *object)
{
    static const char *const roles[] = {[OBJECT_PROGRAM] = "program",
                                        [OBJECT_PRELOADED] = "preloaded",
                                        [OBJECT_SYSTEM_PRELOADED] = "preloaded_by_system",
                                        [OBJECT_NEEDED] = "needed",
                                        [OBJECT_OPENED] = "opened"};
    static const char *const openssl[] = {
        [OPENSSL_NOT_HELD] = "none", [OPENSSL_DEFINED] = "defined", [OPENSSL_HIDDEN] = "hidden"};
    json_t *entry = json_object();
    json_object_set_new(entry, "name", text(object->name));
    json_object_set_new(entry, "path", text(object->path));
    json_object_set_new(entry, "role", json_string(roles[object->role]));
    json_object_set_new(entry, "readable", json_boolean(object->readable));
    json_object_set_new(entry, "hooked", groups(catalogue, object->imports, true));
    json_object_set_new(entry, "not_hooked", groups(catalogue, object->imports, false));
    json_object_set_new(entry, "symbolic", json_boolean(object->binds_itself));
    json_object_set_new(entry, "dlopen", json_boolean(object->opens_libraries));
    json_object_set_new(entry, "openssl_inside", json_string(openssl[object->openssl]));
    return entry;
}

static json_t *modules(const struct diagnosis *diagnosis)
{
    json_t *list = json_array();
    for (size_t i = 0; i < diagnosis->object_count; i++)
        json_array_append_new(list, module(&diagnosis->catalogue, &diagnosis->objects[i]));
    return list;
}

/* Who defines a function, the one that wins first; NULL when nobody interposes it. */
static json_t *definers(const struct diagnosis *diagnosis, size_t function)
{
    bool interposed = false;
    json_t *list = json_array();
    for (size_t i = 0; i < diagnosis->object_count; i++) {
        const struct object *object = &diagnosis->objects[i];
        interposed |= judge_interposes(diagnosis, object, function);
        if (object->defines[function])
            json_array_append_new(list, text(object->name));
    }
    if (interposed)
        return list;
    json_decref(list);
    return NULL;
}

static json_t *interposed(const struct diagnosis *diagnosis)
{
    json_t *object = json_object();
    for (size_t i = 0; i < diagnosis->catalogue.hooked_count; i++) {
        json_t *list = definers(diagnosis, i);
        if (list)
            json_object_set_new(object, diagnosis->catalogue.items[i].name, list);
    }
    return object;
}

/* How many different functions are imported, hooked ones or the others. */
static size_t count_imported(const struct diagnosis *diagnosis, bool hooked)
{
    size_t count = 0;
    for (size_t i = 0; i < diagnosis->catalogue.count; i++)
        count += diagnosis->catalogue.items[i].hooked == hooked && diagnosis_imports(diagnosis, i);
    return count;
}

static json_t *self_test(const struct self_test *test)
{
    json_t *entry = json_object();
    json_object_set_new(entry, "done", json_boolean(test->done));
    json_object_set_new(entry, "passed", json_boolean(test->passed));
    json_object_set_new(entry, "text", text(test->text));
    return entry;
}

void answer_json(const struct diagnosis *diagnosis, const char *subject, FILE *out)
{
    json_t *root = json_object();
    json_object_set_new(root, "schema", json_integer(SCHEMA));
    json_object_set_new(root, "subject", text(subject));
    json_object_set_new(root, "pid", json_integer(diagnosis->pid));
    json_object_set_new(root, "steps", steps(&diagnosis->target));
    json_object_set_new(root, "verdict", json_string(verdict_word(diagnosis)));
    json_object_set_new(root, "findings", findings(diagnosis));
    json_object_set_new(root, "library", library(&diagnosis->library));
    json_object_set_new(root, "environment", environment(diagnosis));
    json_object_set_new(root, "hooked_count", json_integer(count_imported(diagnosis, true)));
    json_object_set_new(root, "not_hooked_count", json_integer(count_imported(diagnosis, false)));
    json_object_set_new(root, "modules", modules(diagnosis));
    json_object_set_new(root, "interposed", interposed(diagnosis));
    json_object_set_new(root, "self_test", self_test(&diagnosis->self_test));
    json_dumpf(root, out, JSON_INDENT(2));
    fputc('\n', out);
    json_decref(root);
}
