/*
 * preload.h: our own entry among those of an LD_PRELOAD value.
 */
#ifndef CHILD_PRELOAD_H
#define CHILD_PRELOAD_H

#include <stdbool.h>
#include <stddef.h>

struct preload_entry {
    const char *text; /* not terminated */
    size_t length;
};

/* Learns by which name the library was loaded. By the constructor. */
void preload_open(void);

/* The value of "LD_PRELOAD=..." or NULL, for any other variable. */
const char *preload_value(const char *variable);

/* The next entry of ours from `text` on. Returns what follows it, or NULL when there is none. */
const char *preload_next_own(const char *text, struct preload_entry *entry);

/* Whether a loader in this process's root and with its rights would not find the entry. */
bool preload_is_lost(const struct preload_entry *entry);

/* Whether it is a bare name, which the loader looks for in its own directories. */
bool preload_is_bare(const struct preload_entry *entry);

/* Stores the value without our entries, the others as they were. `room` holds strlen(value) + 1.
 * Returns its length. */
size_t preload_without_own(char *room, const char *value);

#endif
