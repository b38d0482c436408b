/*
 * target.h: the program to be started: where it is, and what the kernel makes of it. Starts
 * nothing.
 */
#ifndef LAUNCH_TARGET_H
#define LAUNCH_TARGET_H

#include "base/error.h"
#include "launch/elf_facts.h"

#include <limits.h>
#include <stddef.h>

/* The exit statuses of a launcher that could not launch, as env(1) and shells have them. */
enum launch_status { LAUNCH_FAILED = 125, LAUNCH_REFUSED = 126, LAUNCH_NOT_FOUND = 127 };

enum { TARGET_STEPS_MAX = 12 };

/* A program and, if it is a script, the interpreters that lead to the one that will run. */
struct target {
    char steps[TARGET_STEPS_MAX][PATH_MAX]; /* the first as named, the last what runs */
    size_t step_count;
    struct elf_facts facts; /* of the last */
};

/*
 * Finds a program as execvp(3) does: in `search` (the value of PATH, NULL for the default) unless
 * its name has a slash.
 *
 * Returns 0 with `path` set; or LAUNCH_NOT_FOUND or LAUNCH_REFUSED with `error` set.
 */
int target_find(char path[PATH_MAX], const char *name, const char *search, struct error *error);

/*
 * Follows scripts to the program that will run. A "#!/usr/bin/env NAME" leads on to NAME in
 * `search`; a text that names no interpreter is given to the shell, as execvp(3) does. What is
 * neither ELF nor text ends it, with facts.is_elf unset: the kernel may have been told what to do
 * with such a file (binfmt_misc).
 *
 * Returns 0; or LAUNCH_REFUSED with `error` set: an interpreter cannot be run, or there is no end
 * of them. `target` then holds the steps up to there.
 */
int target_follow(struct target *target, const char *path, const char *search, struct error *error);

/* The file that will run. */
const char *target_program(const struct target *target);

#endif
