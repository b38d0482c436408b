/*
 * probe.h: runs greq itself, as a small program that is known, under libgreq.so.
 */
#ifndef LAUNCH_PROBE_H
#define LAUNCH_PROBE_H

#include "base/error.h"
#include "launch/capture.h"

/*
 * Runs `greq ARGUMENTS...` under `library`, beside the user's own preloads, with a trace in
 * `directory` and nothing else of the user's GREQ_* variables.
 *
 * `arguments` ends with NULL. Returns 0, and the caller releases `capture` with capture_finish; or
 * -1 with `error` set: it could not be started.
 */
int probe_run(struct capture *capture, const char *library, const char *directory,
              const char *const arguments[], struct error *error);

#endif
