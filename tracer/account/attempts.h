/*
 * attempts.h: connections, and look-ups, that failed. One that is tried again is one request, and
 * so is one that is tried at several addresses at once. So a failure is kept until its host is
 * reached by whoever tried, or nobody will any more.
 */
#ifndef ACCOUNT_ATTEMPTS_H
#define ACCOUNT_ATTEMPTS_H

#include "model/lifeline.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What one task of a process tries at one host. Times in ns. */
struct attempt {
    const char *host; /* its name, or its address; NULL: the place is free */
    const char *name; /* as in struct request_kind */
    const char *peer;
    struct caller caller;
    bool failed;
    uint64_t since;   /* it was begun */
    uint64_t until;   /* the last failure */
    uint64_t lookup;  /* ns that the look-up of it took */
    uint64_t reached; /* when a connection was last ready; 0: none ever was */
};

/* Of a process: each has its place by its hash, so that finding one costs nothing, and of two with
 * the same place the older is forgotten. All zeros: none. */
enum { ATTEMPTS_MAX = 256 };
struct attempts {
    struct attempt items[ATTEMPTS_MAX];
};

/* The attempt of a task at a host. When it is new, `*replaced` is what is forgotten for it, or all
 * zeros. */
struct attempt *attempts_find(struct attempts *attempts, const char *host,
                              const struct caller *caller, struct attempt *replaced);

/* Notes that it has failed once more: a try that began then has. `lookup` is the time of its
 * look-up. */
void attempt_fail(struct attempt *attempt, uint64_t since, uint64_t until, uint64_t lookup);

#endif
