/*
 * python_loop.h: whether a call was made by what an event loop of Python's runs, or between two of
 * its runs (docs/accounting.md, L11). `loop.run_until_complete()` may be called again and again:
 * what the program does in between keeps nobody from going on who could.
 *
 * The calls' Python frames tell, where all of them are known.
 */
#ifndef ACCOUNT_PYTHON_LOOP_H
#define ACCOUNT_PYTHON_LOOP_H

#include <stdbool.h>

struct site;

/* Whether a run of a loop is among the frames of a call of this site. */
bool python_loop_runs(const struct site *site);

/* Whether such a call is made outside of all runs of loops. The wait of a loop itself is outside of
 * that loop, which may have been run for a while between two runs of another one. */
bool python_loop_is_outside(const struct site *site);

/* Whether it is made within a run of a loop. The wait of a loop itself is within another one. */
bool python_loop_is_inside(const struct site *site);

#endif
