/*
 * symbols.h: from an address in an ELF file to functions and lines, through libdw. Owns what it has
 * opened and all that it returns, until symbols_destroy. Knows nothing of processes or traces.
 */
#ifndef SYMBOL_SYMBOLS_H
#define SYMBOL_SYMBOLS_H

#include "symbol/perf_map.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A place in a program. Two equal ones are the same pointer. */
struct frame {
    const char *function; /* demangled; or "module+0x1234" when there is no symbol */
    const char *file;     /* as the compiler recorded it, or "" */
    unsigned line;        /* or 0 */
    const char *module;   /* base name of the ELF file, or "" */
    bool is_installed;    /* of the system or a package: not the program's own code */
    bool is_runtime;      /* in a library that calls pass through: libc, libssl, a sanitizer, ... */
    struct frame *next;   /* with the same hash */
};

/* The frames of one address: where functions were inlined there are several, innermost first. */
struct frames {
    size_t count;
    const struct frame **items;
};

struct symbols;

/* Where files are that are not where the process had them. NULL: where they were. The texts must
 * outlive the symbols. */
struct symbol_paths {
    const char *sysroot;    /* the folder that the process's / is here */
    const char *debug_path; /* where separate debugging information is, as gdb's
                               debug-file-directory: folders, separated by colons */
};

/* Never NULL. `paths` may be. */
struct symbols *symbols_create(const struct symbol_paths *paths);
void symbols_destroy(struct symbols *symbols);

/*
 * Looks an address up.
 *
 * `path` is the ELF file's, or NULL when the address was in none; `address` is as in the file's
 * program headers. `used_at` (seconds since 1970, 0: not known) is when the file was in use: one
 * modified later is not asked. Returns one frame at least: without symbols, the module and the
 * address. The result stays valid until symbols_destroy.
 */
const struct frames *symbols_find(struct symbols *symbols, const char *path, uint64_t address,
                                  uint64_t used_at);

/* Reads a process's map of such code, from where files are. Never NULL; the caller closes it. */
struct perf_map *symbols_open_map(const struct symbols *symbols, const char *path,
                                  const struct perf_map_terms *terms);

/* The frame of code that was made at run time, by the name that its runtime gave it (perf_map.h).
 */
const struct frames *symbols_made(struct symbols *symbols, const char *name);

/* The frame of a function of Python's. */
const struct frame *symbols_python(struct symbols *symbols, const char *function, const char *file,
                                   unsigned line);

/* The frame of a function of which no more is known than its name and its file. */
const struct frame *symbols_function(struct symbols *symbols, const char *path,
                                     const char *function);

/* Whether no more is known of it than "module+0x1234", or an address in no module. */
bool symbols_is_nameless(const struct frame *frame);

/* Whether a frame has a name and another of its file has not: of a stripped file the functions that
 * it exports say more than addresses, but not where it starts. */
bool symbols_says_more(const struct frame *frame, const struct frame *than);

/* Goes through the files that could not be used because they were changed. Returns the path of the
 * next one at or after `*position`, which starts at 0, or NULL. */
const char *symbols_changed(const struct symbols *symbols, size_t *position);

#endif
