/*
 * perf_map.h: the names of code that a runtime made while the program ran, as it writes them for
 * perf(1) into /tmp/perf-PID.map: a line "START SIZE NAME" for each piece, hexadecimal.
 *
 * Who may write the file is not known, and another process of the same number may have been there:
 * it is believed only if it is of that user and was last written while the process ran.
 *
 * A function has one name, though V8 and .NET say in it how the code was compiled: what runs often
 * is compiled anew, and is the same function of the program.
 */
#ifndef SYMBOL_PERF_MAP_H
#define SYMBOL_PERF_MAP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct perf_map;

/* What must be so of the file for it to be the process's. */
struct perf_map_terms {
    uid_t owner;
    int64_t since,
        until; /* s since 1970: when the process began, and when it ended at the latest */
};

/* Reads a map. Never NULL: it has no names where there is none, or it is not the process's. Links
 * and what is no regular file are left alone. perf_map_close releases it. */
struct perf_map *perf_map_open(const char *path, const struct perf_map_terms *terms);
void perf_map_close(struct perf_map *map);

/*
 * The name of the code at an address, or NULL. It belongs to the map.
 *
 * Where code took the place of other code the line that was written last counts. `past`: the
 * address is one of some time ago, and then it has no name if it may have had two, as all may of a
 * map whose beginning was too much to read.
 */
const char *perf_map_find(const struct perf_map *map, uint64_t address, bool past);

#endif
