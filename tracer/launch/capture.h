/*
 * capture.h: runs a command that is expected to be quick, and collects what it prints.
 */
#ifndef LAUNCH_CAPTURE_H
#define LAUNCH_CAPTURE_H

#include "base/error.h"

#include <stdbool.h>

struct capture {
    char *out, *err; /* NUL-terminated; never NULL after capture_run succeeded */
    int status;      /* as of waitpid(2) */
    bool timed_out;  /* it was killed after CAPTURE_LIMIT_S */
};

enum { CAPTURE_LIMIT_S = 10 };

/*
 * Runs `argv[0]`, a path, with the environment `envp` and nothing to read.
 *
 * Returns 0, and the caller releases `capture` with capture_finish; or -1 with `error` set: it
 * could not be started. How it ended is for the caller to judge.
 */
int capture_run(struct capture *capture, char *const argv[], char *const envp[],
                struct error *error);

void capture_finish(struct capture *capture);

#endif
