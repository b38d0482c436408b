#include "launch/environment.h"

#include "base/memory.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const of_the_loader[] = {
    "LD_AUDIT=",   "LD_BIND_NOW=",  "LD_DEBUG=",   "LD_DEBUG_OUTPUT=",         "LD_PRELOAD=",
    "LD_PROFILE=", "LD_SHOW_AUXV=", "LD_VERBOSE=", "LD_TRACE_LOADED_OBJECTS=", "LD_WARN=",
};

static void append(struct environment *environment, char *entry)
{
    environment->entries = memory_grow(environment->entries, environment->count,
                                       &environment->capacity, sizeof *environment->entries);
    environment->entries[environment->count] = entry;
}

/* Takes the entry over. */
static void add(struct environment *environment, char *entry)
{
    append(environment, entry);
    environment->count++;
    append(environment, NULL);
}

/* An empty one has its NULL, too. */
static void begin(struct environment *environment)
{
    *environment = (struct environment){0};
    append(environment, NULL);
}

static bool begins_with(const char *entry, const char *name)
{
    return !strncmp(entry, name, strlen(name));
}

static bool is_of_the_loader(const char *entry)
{
    for (size_t i = 0; i < sizeof of_the_loader / sizeof *of_the_loader; i++)
        if (begins_with(entry, of_the_loader[i]))
            return true;
    return false;
}

void environment_copy_whole(struct environment *environment)
{
    begin(environment);
    for (char **entry = environ; *entry; entry++)
        add(environment, memory_copy(*entry));
}

void environment_copy(struct environment *environment, const char *without)
{
    begin(environment);
    for (char **entry = environ; *entry; entry++)
        if (!is_of_the_loader(*entry) && !(without && begins_with(*entry, without)))
            add(environment, memory_copy(*entry));
}

static char *make_entry(const char *name, const char *value)
{
    char *entry = memory_alloc(strlen(name) + strlen(value) + 2, 1);
    stpcpy(stpcpy(stpcpy(entry, name), "="), value);
    return entry;
}

void environment_add(struct environment *environment, const char *name, const char *value)
{
    add(environment, make_entry(name, value));
}

void environment_set(struct environment *environment, const char *name, const char *value)
{
    size_t length = strlen(name);
    for (size_t i = 0; i < environment->count; i++)
        if (begins_with(environment->entries[i], name) && environment->entries[i][length] == '=') {
            free(environment->entries[i]);
            environment->entries[i] = make_entry(name, value);
            return;
        }
    environment_add(environment, name, value);
}

void environment_finish(struct environment *environment)
{
    for (size_t i = 0; i < environment->count; i++)
        free(environment->entries[i]);
    free(environment->entries);
    *environment = (struct environment){0};
}
