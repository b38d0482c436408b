#include "base/fingerprint.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* FNV-1a, written out because the values are kept in files. */
static uint64_t mix(uint64_t hash, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)text[i]) * 0x100000001b3u;
    return hash;
}

/* "module+0x1234" is known by its module alone: the address moves with each build. */
static size_t stable_length(const char *function, const char *module)
{
    size_t length = strlen(module);
    bool is_address =
        *module && !strncmp(function, module, length) && !strncmp(function + length, "+0x", 3);
    if (is_address)
        return length;
    return strncmp(function, "0x", 2) ? strlen(function) : 2;
}

bool fingerprint_is_start(const char *function)
{
    return !strncmp(function, "__libc_start", strlen("__libc_start")) ||
           !strcmp(function, "_start");
}

struct fingerprint fingerprint_begin(const char *call)
{
    return (struct fingerprint){.value = mix(0xcbf29ce484222325u, call, strlen(call))};
}

void fingerprint_add(struct fingerprint *fingerprint, const char *function, const char *module,
                     bool is_runtime)
{
    size_t length = stable_length(function, module);
    bool is_recursion = fingerprint->last && length == fingerprint->last_length &&
                        !memcmp(function, fingerprint->last, length);
    if (is_runtime || is_recursion || fingerprint_is_start(function))
        return;
    fingerprint->value = mix(fingerprint->value, "\n", 1);
    fingerprint->value = mix(fingerprint->value, function, length);
    fingerprint->last = function;
    fingerprint->last_length = length;
}

char *fingerprint_text(char text[FINGERPRINT_SIZE], uint64_t value)
{
    snprintf(text, FINGERPRINT_SIZE, "%016" PRIx64, value);
    return text;
}
