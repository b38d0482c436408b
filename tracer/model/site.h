/*
 * site.h: the calls of a program, added up by where they were made. This is what the model keeps of
 * them when they are over, so its size is that of the program and not of the run.
 *
 * What is called in several parts that the program has named is a site in each of them, so what an
 * account books by site can be told apart by part. Who asks where a call was made asks for `place`
 * (model/place.h): the addresses of a stack may be others the next time.
 */
#ifndef MODEL_SITE_H
#define MODEL_SITE_H

#include "base/map.h"
#include "model/descriptor.h"
#include "model/names.h"
#include "model/place.h"

#include <greq/trace_format.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct call_group;
struct mark;
struct process;

/* Calls that were the real ones for one reason. */
struct refused_calls {
    uint64_t count;
    uint64_t held; /* ns: its thread had other tasks to run meanwhile */
};

/* Times in ns. */
struct call_totals {
    uint64_t count;
    uint64_t blocked;    /* the thread was in the call and not left to other tasks */
    uint64_t longest;    /* of one call, blocked */
    uint64_t parked;     /* the thread was left to other tasks */
    uint64_t left_out;   /* by long calls of a thread that had other tasks to run, though the
                            process was run to overlap its waits */
    uint64_t unfinished; /* calls that had not returned when their process ended */
    uint64_t unfinished_longest;         /* what the longest of them had taken, parked or not */
    const struct process *unfinished_in; /* its process; NULL: there is none */
};

/* What each call looks at comes first. */
struct site {
    unsigned function;             /* in trace.functions */
    unsigned generation;           /* of the process's modules */
    const struct process *process; /* whose addresses the frames are */
    size_t depth;
    uint64_t caller;         /* the first of its frames */
    const struct mark *mark; /* the part of the program that the calls were made in, or NULL */
    char *python;            /* the Python frames, as in struct trace_python_stack, or NULL */
    struct site *place;      /* where it is: the first one that looks alike (model/place.h) */
    bool waits_for_many;     /* of a place: a call of it did: it is a loop's own wait */
    struct call_totals totals;
    struct refused_calls refused[TRACE_REFUSAL_COUNT]; /* by enum trace_refusal */
    char *refuser;    /* the first module that a call was refused for, or NULL */
    uint64_t *frames; /* return addresses, innermost first; of short calls there is only one */
    size_t number;    /* from 0, in the table */
    const struct look *look;  /* of its place */
    struct call_group *group; /* what it is once it has been symbolised */
    struct descriptor on;
    struct names tasks; /* that made long calls, by the program's names for them */
    struct site *next;  /* with the same hash */
};

/* Where a site is, in whatever part of the program; NULL of none. */
static inline struct site *site_place(const struct site *site)
{
    return site ? site->place : NULL;
}

/* Whether the innermost frame is this function of Python's, in a file of this name. */
bool site_is_in_python(const struct site *site, const char *file, const char *function);

/* The frames outside of the innermost one of this function, of Python frames as in a site; NULL: it
 * is not among them. */
const char *python_below(const char *frames, const char *file, const char *function);

/* Whether any frame that is known is this function. */
bool site_is_below_python(const struct site *site, const char *file, const char *function);

/* I5, P8: whether a thread waits in Queue.put of Python's standard library, which waits for nothing
 * but room. Its files are in one folder, which tells it from others of their names. */
bool site_awaits_room(const struct site *site);

/* P7: the same of Queue.get, which waits for something to do. */
bool site_awaits_job(const struct site *site);

/* So many sites of short calls are found without a search: most calls are of few. */
enum { SITES_AT_HAND = 256 };

/* All zeros, but for where names come from, is an empty table. Owns the sites. */
struct sites {
    struct site *at_hand[SITES_AT_HAND]; /* by what tells a caller from others */
    struct map by_hash;
    struct places places;
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
    const char *python;      /* or NULL */
    const struct mark *mark; /* or NULL */
};

/* The site of a function called with this stack; made when it is new. Copies the stack. */
struct site *sites_find(struct sites *sites, const struct site_key *key);

/* The same for a stack of which only the caller is known. */
struct site *sites_find_caller(struct sites *sites, const struct process *process,
                               unsigned function, uint64_t caller, const struct mark *mark);

/* Adds `more` to `totals`. */
void totals_add(struct call_totals *totals, const struct call_totals *more);

void sites_finish(struct sites *sites);

#endif
