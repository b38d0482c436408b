/*
 * exclude.h: GREQ_EXCLUDE, the programs that are left alone: for a library that is preloaded into
 * everything.
 *
 * The constructor judges, and then reads no other variable: hooks are the real calls, as with
 * GREQ_PATCH=none and no trace. What the program starts is judged by itself, and children whose
 * loader could not take the library still start without it.
 */
#ifndef CONFIG_EXCLUDE_H
#define CONFIG_EXCLUDE_H

#include <stdbool.h>

/*
 * Whether the program that runs is in a list of names with commas between them. `*`, `?` and
 * `[...]` are as in file names. A word with a slash is meant for the whole path. The program is
 * known by its file, by what was started (a script and not its interpreter), and by argv[0]. No
 * list is wrong: a word that matches nothing excludes nothing.
 */
bool exclude_names_program(const char *list);

#endif
