/*
 * python_loop.h: whether a call was made by what an event loop of Python's runs, or between two of
 * its runs (docs/accounting.md, L11). `loop.run_until_complete()` may be called again and again:
 * what the program does in between keeps nobody from going on who could.
 *
 * The calls' Python frames tell, where all of them are known.
 */
#ifndef ACCOUNT_PYTHON_LOOP_H
#define ACCOUNT_PYTHON_LOOP_H

struct site;

enum python_loop {
    PYTHON_LOOP_UNKNOWN,
    PYTHON_LOOP_INSIDE,
    PYTHON_LOOP_OUTSIDE,
};

/* Where a call of this site was made. */
enum python_loop python_loop_of(const struct site *site);

#endif
