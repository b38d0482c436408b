/*
 * site.h: the calls of a program, added up by where they were made. This is what the model keeps of
 * them when they are over, so its size is that of the program and not of the run.
 */
#ifndef MODEL_SITE_H
#define MODEL_SITE_H

#include "base/map.h"

#include <greq/trace_format.h>

#include <stddef.h>
#include <stdint.h>

struct call_group;
struct process;

/* Calls that were the real ones for one reason. */
struct refused_calls {
    uint64_t count;
    uint64_t held; /* ns: part of call_totals.held */
};

/* Times in ns. */
struct call_totals {
    uint64_t count;
    uint64_t blocked;    /* the thread was in the call and not left to other tasks */
    uint64_t longest;    /* of one call, blocked */
    uint64_t parked;     /* the thread was left to other tasks */
    uint64_t held;       /* part of `blocked`: by long calls of a thread that had other tasks */
    uint64_t left_out;   /* part of `held`: though the process was run to overlap its waits */
    uint64_t unfinished; /* calls that had not returned when their process ended */
    uint64_t unfinished_longest;         /* what the longest of them had taken, parked or not */
    const struct process *unfinished_in; /* its process; NULL: there is none */
    uint64_t serialized;                 /* blocked while a connection waited for the thread */
    uint64_t waiting;                    /* the same, times the connections that waited */
    uint64_t waits;                      /* how many waits that were */
    uint64_t loop_blocked;               /* blocked a thread between two of its waits for many */
    struct refused_calls refused[TRACE_REFUSAL_COUNT]; /* by enum trace_refusal; of NONE `held` */
};

/* A connection that waited behind a site; `peer` is a copy. */
struct site_victim {
    uint64_t connection; /* its number */
    char *peer;
    uint64_t waited;
};

/* Those that waited longest, in no order. */
enum { VICTIMS_MAX = 8 };
struct victims {
    struct site_victim items[VICTIMS_MAX];
    size_t count;
};

struct site {
    unsigned function;             /* in trace.functions */
    const struct process *process; /* whose addresses the frames are */
    unsigned generation;           /* of the process's modules */
    size_t depth;
    size_t number;    /* from 0, in the table */
    uint64_t *frames; /* return addresses, innermost first; of short calls there is only one */
    struct call_group *group; /* what it is once it has been symbolised */
    char *python;             /* the Python frames, as in struct trace_python_stack, or NULL */
    char *refuser;            /* the first module that a call was refused for, or NULL */
    struct call_totals totals;
    struct victims victims;
    struct site *next; /* with the same hash */
};

/* All zeros is an empty table. Owns the sites. */
struct sites {
    struct map by_hash;
    struct site **items;
    size_t count;
    size_t capacity;
};

/* What identifies a site. The texts and frames are the caller's. */
struct site_key {
    const struct process *process;
    unsigned function;
    const uint64_t *frames;
    size_t depth;
    const char *python; /* or NULL */
};

/* The site of a function called with this stack; made when it is new. Copies the stack. */
struct site *sites_find(struct sites *sites, const struct site_key *key);

/* A connection waited behind the site for `waited` ns, of which nobody else waited for `alone`. */
void site_add_wait(struct site *site, uint64_t connection, const char *peer, uint64_t waited,
                   uint64_t alone);

/* Adds `more` to `totals`. */
void totals_add(struct call_totals *totals, const struct call_totals *more);

/* Adds a wait to those that are kept, if it is one of the longest. Copies `peer`. */
void victims_add(struct victims *victims, uint64_t connection, const char *peer, uint64_t waited);

void victims_finish(struct victims *victims);

void sites_finish(struct sites *sites);

#endif
