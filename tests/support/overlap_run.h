/*
 * overlap_run.h: how much longer all the tasks of an overlap_* victim took than one of them.
 */
#ifndef SUPPORT_OVERLAP_RUN_H
#define SUPPORT_OVERLAP_RUN_H

struct overlap_run {
    const char *victim;
    const char *function; /* the victim's case */
    const char *patch;    /* GREQ_PATCH; NULL: no preload */
    int tasks, wait_ms;
};

/* Runs it beside a peer of its own; the victim must find all its calls' results right. Returns
 * about 1 when the waits overlapped, and at least the number of tasks when they did not. */
double overlap_run(const struct overlap_run *run);

/* The same for ten tasks: fails the test unless their waits overlapped, or did not. */
void overlap_expect(const char *victim, const char *function, const char *patch);
void overlap_expect_not(const char *victim, const char *function, const char *patch);

#endif
