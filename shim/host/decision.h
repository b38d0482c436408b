/*
 * decision.h: may this call be parked here, and if not, why. All that speaks against it is decided
 * in this module, and the reason (TRACE_REFUSALS) goes into the call's record.
 *
 * What is known beforehand is decided when the call is entered. The rest costs more, and is decided
 * only where the call would really have to wait. What takes the GIL comes last: those rules are in
 * greenlet_py/refuse.py, and the greenlet host hands on what they say.
 */
#ifndef HOST_DECISION_H
#define HOST_DECISION_H

#include "host/host.h"
#include "real/calls.h"

#include <greq/trace_format.h>
#include <stdbool.h>

/* The call that it is about. */
struct decision_subject {
    struct thread *thread;
    enum call_id id;
    int fd;
    const void *caller;
    bool in_handler;     /* of a signal, where no task may be parked */
    bool in_initialiser; /* of something that runs once */
};

struct decision {
    const struct host *host; /* who parks it; NULL: it is the real call */
    bool had_tasks;          /* somebody else could have run meanwhile */
    enum trace_refusal refusal;
};

/* For the outermost call, when it is entered. */
struct decision decision_at_entry(const struct decision_subject *subject);

/* For a call inside of another one, whose host is `outer`. */
const struct host *decision_inside(const struct decision_subject *subject,
                                   const struct host *outer);

/* Whether a refusal of a wait of this call says that nobody was held up. */
bool decision_is_alone(enum call_id id, enum trace_refusal refusal);

#endif
