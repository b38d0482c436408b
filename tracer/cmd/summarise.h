/*
 * summarise.h: from what a user names, trace directories or a JSON report, to a summary.
 */
#ifndef CMD_SUMMARISE_H
#define CMD_SUMMARISE_H

#include "check/summary.h"

/*
 * Reads trace directories together, or one JSON report.
 *
 * In messages the run is called by what it ran, as far as the trace tells, if `by_command`; else as
 * the first path. Returns 0, and the caller
 * releases `summary` with summary_finish; or -1 with `error` set.
 */
int summarise(struct summary *summary, bool by_command, char *const paths[], size_t count,
              struct error *error);

#endif
