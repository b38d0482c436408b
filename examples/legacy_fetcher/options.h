/*
 * options.h: what the command line says. Prints usage errors itself and exits with 2.
 */
#ifndef LEGACY_FETCHER_OPTIONS_H
#define LEGACY_FETCHER_OPTIONS_H

#include "list.h"
#include "wait.h"

enum run_how { RUN_TASKS, RUN_SERIAL, RUN_THREADS };

struct options {
    struct list urls;
    size_t count; /* of requests */
    size_t limit; /* 0: all at once */
    enum run_how run;
    enum wait_how wait;
    bool read_ex;
    const char *trusted; /* NULL: the system's certificates */
    bool insecure;
    int64_t timeout; /* ns */
    bool check_contents;
    bool times;
    bool quiet;
};

void options_parse(int argc, char **argv, struct options *options);
void options_finish(struct options *options);

#endif
