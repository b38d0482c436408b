/*
 * environment.h: the environment of the program, or of a command that is run beside it, to find out
 * about it.
 */
#ifndef LAUNCH_ENVIRONMENT_H
#define LAUNCH_ENVIRONMENT_H

#include <stddef.h>

struct environment {
    char **entries; /* NULL at the end */
    size_t count, capacity;
};

/* A copy of this process's, without the variables that make the loader preload, audit, or say more
 * than it is asked for, and without those that begin with `without`, unless it is NULL. Released
 * with environment_finish. */
void environment_copy(struct environment *environment, const char *without);

/* A copy of this process's, whole. Released with environment_finish. */
void environment_copy_whole(struct environment *environment);

/* Adds a variable that is not there yet. */
void environment_add(struct environment *environment, const char *name, const char *value);

/* Adds a variable, or changes it. */
void environment_set(struct environment *environment, const char *name, const char *value);

void environment_finish(struct environment *environment);

#endif
