/*
 * child.h: a part of a test in a forked child, which may die of it.
 */
#ifndef UNIT_SHIM_CHILD_H
#define UNIT_SHIM_CHILD_H

struct child_end {
    int exit_status; /* -1 when a signal ended it */
    int signal;      /* 0: none */
    char err[4096];  /* what it wrote on standard error, NUL-terminated */
};

/* Runs body(argument) in a child and waits for its end. The child exits with 0 when body returns,
 * and with 1 when a check in it fails. */
struct child_end child_run(void (*body)(void *argument), void *argument);

/* The same for a child that is to succeed in silence. */
void child_succeeds(void (*body)(void *argument), void *argument);

/* For bodies: Check's own assertions belong to the test's process. */
void child_expect(int condition, const char *what);

#endif
