/*
 * stretch.h: what a thread has computed between two samples (docs/accounting.md, C1).
 */
#ifndef ACCOUNT_STRETCH_H
#define ACCOUNT_STRETCH_H

#include "model/listener.h"

#include <stdint.h>

struct site;

/* Times in ns. */
struct stretch {
    struct site *site; /* of the call that it ended in, or NULL */
    uint64_t begin;    /* it has computed no earlier, as far as is known */
    uint64_t end;      /* 0: there was none */
};

struct stretches {
    struct listener listener; /* first */
};

/* To be told before those who ask it. */
void stretches_begin(struct stretches *stretches);

/* The one that ended with the last sample of a thread. */
struct stretch stretch_last(struct thread *thread);

#endif
