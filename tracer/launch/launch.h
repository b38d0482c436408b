/*
 * launch.h: starts a program under libgreq.so and waits for it. The only part of greq that knows of
 * preloading. The program gets the streams, directory, umask and signals that greq was given.
 */
#ifndef LAUNCH_LAUNCH_H
#define LAUNCH_LAUNCH_H

#include "base/error.h"
#include "launch/elf_facts.h"
#include "launch/target.h"

#include <limits.h>

struct launch {
    char **argv;         /* the program and its arguments, NULL at the end */
    const char *library; /* absolute path of libgreq.so */
    const char *patch;   /* for GREQ_PATCH; NULL leaves the user's */
    const char *trace;   /* for GREQ_TRACE, absolute; NULL leaves the user's */
    int keeps_arguments; /* for GREQ_ARGS; 0 leaves the user's */
    int keeps_http;      /* for GREQ_HTTP; 0 leaves the user's */
    const char *runtime; /* set by launch_check: the sanitizer runtime to come first, or "" */
    struct elf_facts library_facts;
    struct elf_facts target_facts;
};

/*
 * Looks whether the program can be run and the preload can reach it. Starts nothing.
 *
 * Returns 0; or an enum launch_status with `error` set.
 */
int launch_check(struct launch *launch, struct error *error);

/*
 * Runs a checked program to its end, passing on the signals that are sent to this one.
 *
 * `*status` receives its exit status, or 128 + N when signal N ended it. Returns 0; or an enum
 * launch_status with `error` set: it could not be started, or it ran without libgreq.so.
 */
int launch_run(const struct launch *launch, int *status, struct error *error);

#endif
