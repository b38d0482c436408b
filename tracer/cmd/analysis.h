/*
 * analysis.h: from trace directories to a judged run: reader, model, symbols and blame in a row.
 */
#ifndef CMD_ANALYSIS_H
#define CMD_ANALYSIS_H

#include "account/accounts.h"
#include "blame/blame.h"
#include "model/model.h"
#include "render/render.h"
#include "symbol/symbols.h"
#include "trace/reader.h"

struct analysis {
    struct trace trace;
    struct model model;
    struct accounts accounts;
    struct symbols *symbols;
    struct blame blame;
    struct audience *audience; /* or NULL */
    unsigned warnings;         /* that the reader gave */
};

/*
 * Reads and judges traces, in place: the analysis must not be moved. What is damaged in them is
 * warned of on standard error; progress is shown there if it is a terminal and reading takes long.
 *
 * Returns 0, and the caller releases it with analysis_finish; or -1 with `error` set.
 */
int analysis_make(struct analysis *analysis, char *const directories[], size_t count,
                  struct error *error);

/* What a report may ask for beside. */
struct analysis_options {
    struct audience *audience; /* of one that shows a history, see render/render.h; or NULL */
    struct symbol_paths paths; /* where names are looked up */
};

/* The same for a report that does. The audience is released with the analysis, or here if there is
 * none. */
int analysis_make_as(struct analysis *analysis, char *const directories[], size_t count,
                     const struct analysis_options *options, struct error *error);

void analysis_finish(struct analysis *analysis);

/* What the renderers take. */
struct report analysis_report(const struct analysis *analysis);

#endif
