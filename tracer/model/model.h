/*
 * model.h: what happened, built from the records in one pass: processes, threads, tasks,
 * connections, and the calls added up by where they were made. Whoever wants to know more listens
 * (model/listener.h).
 *
 * It grows with what is open at once and with the number of call sites, not with the number of
 * records. It judges nothing (see blame/) and prints nothing.
 *
 * How it goes: records come in the order of their begin, and a record of a call knows how long it
 * took. So the reader tells its return in its turn, until which the call is kept, and what happens
 * to a connection happens in true order.
 */
#ifndef MODEL_MODEL_H
#define MODEL_MODEL_H

#include "base/heap.h"
#include "model/connection.h"
#include "model/process.h"
#include "model/site.h"
#include "model/stack.h"
#include "model/thread.h"
#include "symbol/symbols.h"
#include "trace/reader.h"

#include <stdbool.h>

struct call;

/* Something that was counted in all processes, by its name. */
struct counted {
    char *name;
    uint64_t count;
};

struct model {
    struct trace *trace; /* the caller's */

    /* what a report is made of, valid after model_build */
    uint64_t begin;  /* ns; the first record's time */
    uint64_t end;    /* ns; the end of the last process, as far as it is known */
    uint64_t events; /* records read */
    uint64_t lost;   /* records that the writers had to drop */
    struct process **processes;
    size_t process_count;
    struct connections connections;
    struct call_group **groups; /* the calls by function and stack */
    size_t group_count;
    struct counted *counts; /* what was counted, other than time in the run queue */
    size_t count_count;

    /* for the model alone */
    struct listeners listeners;
    uint64_t now;            /* never goes back */
    struct heap exits;       /* processes by their end */
    struct thread **threads; /* by stream; NULL for a process's own stream */
    struct call **returning; /* by the numbers that the trace gives them */
    size_t returning_capacity;
    struct process **stream_processes;
    size_t process_capacity;
    size_t count_capacity;
    struct call_kind *kinds; /* by function */
    struct sites sites;
    struct call *unused; /* calls to be used again */
    struct marks marks;
    struct map files; /* whose locks were taken: model/locked_file.h */
};

/*
 * Reads all records of an open trace, and tells listeners, whose list is copied, what happens.
 *
 * `trace` and `symbols` must outlive the model. Cannot fail: damage is the reader's to warn of. The
 * caller releases the model with model_finish.
 */
void model_build(struct model *model, struct trace *trace, struct symbols *symbols,
                 const struct listeners *listeners);

/*
 * Gives the calls their functions and lines, by all that is known in the end, and puts together
 * what then looks alike: fills `groups`.
 */
void model_symbolise(struct model *model);

void model_finish(struct model *model);

/* The process that began first; NULL: there is none. */
const struct process *model_first_process(const struct model *model);

/* The process that exec made this one of; NULL: none. */
const struct process *model_before_exec(const struct model *model, const struct process *process);

/* The machine that a process ran on; NULL: not known. */
const char *model_host(const struct model *model, const struct process *process);

/* The name of a function, as in struct call_group. */
static inline const char *model_function(const struct model *model, unsigned function)
{
    return model->trace->functions.items[function]->name;
}

#endif
