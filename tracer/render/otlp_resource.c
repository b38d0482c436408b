/*
 * otlp_resource.c: the process that spans are of, in OpenTelemetry's words. The environment's have
 * priority over what the trace tells.
 */
#include "render/otlp.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

static int hex_digit(char digit)
{
    const char *digits = "0123456789abcdef", *at = digit ? strchr(digits, digit | 0x20) : NULL;
    return at ? (int)(at - digits) : -1;
}

/* Undoes percent-encoding in place. */
static void decode(char *text)
{
    char *to = text;
    for (const char *at = text; *at; at++) {
        int high = *at == '%' ? hex_digit(at[1]) : -1;
        int low = high >= 0 ? hex_digit(at[2]) : -1;
        *to++ = low >= 0 ? (char)(high << 4 | low) : *at;
        at += low >= 0 ? 2 : 0;
    }
    *to = '\0';
}

static void trim(char **text)
{
    *text += strspn(*text, " \t");
    size_t length = strlen(*text);
    while (length && strchr(" \t", (*text)[length - 1]))
        (*text)[--length] = '\0';
}

static bool has(const json_t *list, const char *key)
{
    size_t i;
    json_t *each;
    json_array_foreach(list, i, each) if (!strcmp(json_string_value(json_object_get(each, "key")),
                                                  key)) return true;
    return false;
}

/* "key=value,key=value": a list is taken as far as it is one. */
static void add_given(json_t *list, const char *given)
{
    char *copy = memory_copy(given), *rest = copy;
    for (char *pair; (pair = strsep(&rest, ","));) {
        char *value = pair, *key = strsep(&value, "=");
        if (!value)
            continue;
        trim(&key);
        trim(&value);
        decode(value);
        if (*key && !has(list, key))
            otlp_attribute(list, key, otlp_text(value));
    }
    free(copy);
}

static void add_known(json_t *list, const char *key, const char *value)
{
    if (value && *value && !has(list, key))
        otlp_attribute(list, key, otlp_text(value));
}

json_t *otlp_resource(const struct model *model, const struct process *process, const char *service,
                      const char *attributes)
{
    json_t *list = json_array();
    if (service && *service)
        otlp_attribute(list, "service.name", otlp_text(service));
    if (attributes)
        add_given(list, attributes);
    add_known(list, "service.name", process_file_name(process));
    add_known(list, "host.name", model_host(model, process));
    add_known(list, "process.executable.path", process->program);
    add_known(list, "process.command_line", process->command_line);
    if (!has(list, "process.pid"))
        otlp_attribute(list, "process.pid", otlp_integer(process->pid));
    return json_pack("{s:o}", "attributes", list);
}
