/*
 * summary.h: a run as it is judged and compared: its figures, and its calls by call site. Read from
 * a JSON report, whether that is a file or was made of a trace a moment ago, so both are judged
 * alike. Owns all that it holds; judges and prints nothing.
 *
 * The report of a trace is made in memory first. So a run comes out alike as a trace and as a
 * report, a baseline is nothing special, and what CI says can be redone by hand from one file. The
 * price is a few thousand lines of JSON, written and read again.
 */
#ifndef CHECK_SUMMARY_H
#define CHECK_SUMMARY_H

#include "base/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A frame of a stack. The texts are clean (render/clean.h) and never NULL. */
struct site_frame {
    char *function;
    char *file; /* as the compiler recorded it, or "" */
    unsigned line;
    char *module;
    bool is_installed; /* not of the program's own code; older reports do not say so */
    bool is_runtime;   /* of a library that calls pass through */
};

enum summary_figure {
#define FIGURE(name, ...) SUMMARY_##name,
#include "base/figures.def"
#undef FIGURE
    SUMMARY_FIGURES,
};

/* The calls of a function from one place, wherever in its function that is: what stays the same
 * when lines move. */
struct call_site {
    uint64_t fingerprint; /* of the names below, see call_site.h */
    char *call;
    uint64_t count;
    double blocked_s;
    double longest_s;
#define FIGURE(name, ...) double name; /* base/figures.def */
#include "base/figures.def"
#undef FIGURE
    double excused[SUMMARY_FIGURES]; /* seconds of these that are no finding */
    char *excuses[SUMMARY_FIGURES];  /* why not; NULL: nothing is excused */
    double shared;                   /* connections in which one of its calls met another task's */
    char *evidence; /* of the worst that was found about it, and what to do; "": nothing */
    char *remedy;
    struct site_frame *stack; /* innermost first, one frame at least; of the worst of the calls */
    size_t depth;
};

/* A part that the program has named, and its calls: each a copy of the call's site, with the
 * figures that it has here. They share the site's texts. */
struct summary_part {
    char *mark;
    double wall_s;
#define FIGURE(name, ...) double name;
#include "base/figures.def"
#undef FIGURE
    double excused[SUMMARY_FIGURES]; /* what was taken out of these sums */
    struct call_site *calls;
    size_t call_count;
};

struct summary {
    char *name; /* the directory or file that it is of, for messages */
    double wall_s;
#define FIGURE(name, ...) double name; /* the sums over all calls */
#include "base/figures.def"
#undef FIGURE
    double excused[SUMMARY_FIGURES]; /* what was taken out of these sums */
    double effective_concurrency;
    double peak_in_flight;
    double what_if_s;
    double coverage;
    uint64_t lost;
    uint64_t cut;
    double shared_connections; /* in which two tasks met; older reports do not say so */
    uint64_t damaged; /* warnings of the reader; not in the JSON report, set by who read a trace */
    struct call_site *sites; /* in the report's order: worst first */
    size_t site_count;
    struct summary_part *parts; /* older reports have none */
    size_t part_count;
};

/*
 * Takes the figures out of a JSON report.
 *
 * `name` is used for messages and copied; `report` stays the caller's. Returns 0, and the caller
 * releases `summary` with summary_finish; or -1 with `error` set: no report of greq's, a newer
 * schema, or a key that is missing or of a wrong type.
 */
int summary_read(struct summary *summary, const char *name, const json_t *report,
                 struct error *error);

/* The same from a file. */
int summary_load(struct summary *summary, const char *path, struct error *error);

/* Takes out of all sums, and of the figures of calls and parts, what the report excuses: it is then
 * in `excused` alone. Without `computing` nothing is excused of computing_s, of which the excuse
 * does not say that it was otherwise, but that it is usual. To be done once. */
void summary_excuse(struct summary *summary, bool computing);

/* A figure of a site, a part or the run as the report has it, what is excused included. */
#define SUMMARY_WHOLE(of, name) ((of)->name + (of)->excused[SUMMARY_##name])

/* Whether enough of the run was seen for its figures to mean anything. */
bool summary_is_complete(const struct summary *summary, double min_coverage);

void summary_finish(struct summary *summary);

#endif
