/*
 * target.h: the program to be started: where it is, and whether a preload can reach it. Starts
 * nothing.
 */
#ifndef LAUNCH_TARGET_H
#define LAUNCH_TARGET_H

#include "base/error.h"
#include "launch/elf_facts.h"

#include <limits.h>

/* The exit statuses of a launcher that could not launch, as env(1) and shells have them. */
enum launch_status { LAUNCH_FAILED = 125, LAUNCH_REFUSED = 126, LAUNCH_NOT_FOUND = 127 };

/*
 * Finds a program as execvp(3) does: in `search` (the value of PATH, NULL for the default) unless
 * its name has a slash.
 *
 * Returns 0 with `path` set; or LAUNCH_NOT_FOUND or LAUNCH_REFUSED with `error` set.
 */
int target_find(char path[PATH_MAX], const char *name, const char *search, struct error *error);

/*
 * Checks that a library can be preloaded into a program, or into the interpreter of a script.
 *
 * `facts` receives those of the ELF file that will run. Returns 0; or LAUNCH_REFUSED with `error`
 * saying why not.
 */
int target_check(const char *path, const struct elf_facts *library, struct elf_facts *facts,
                 struct error *error);

#endif
