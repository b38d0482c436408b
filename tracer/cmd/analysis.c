#include "cmd/analysis.h"

#include "cmd/cmd.h"
#include "cmd/progress.h"

/* A trace that is damaged all over need not say so for each of its files. */
enum { WARNINGS_MAX = 10 };

static void warn(void *data, const char *line)
{
    struct analysis *analysis = data;
    if (analysis->warnings++ < WARNINGS_MAX)
        cmd_complain("warning: %s", line);
}

/* Whether what was read can be judged. */
static int check(const struct analysis *analysis, const char *directory, struct error *error)
{
    if (!analysis->model.process_count)
        return error_set(error,
                         "%s: no process recorded anything: was the disk full, or did the "
                         "program not start?",
                         directory);
    return audience_finish(analysis->audience, error);
}

static int make(struct analysis *analysis, char *const directories[], size_t count,
                const struct symbol_paths *paths, struct error *error)
{
    const struct trace_warnings warnings = {warn, analysis};
    progress_begin("reading the trace");
    if (trace_open(&analysis->trace, directories, count, &warnings, error))
        return -1;
    progress_measure(&analysis->trace.done, analysis->trace.size);
    analysis->symbols = symbols_create(paths);
    accounts_build(&analysis->accounts, &analysis->model, &analysis->trace, analysis->symbols,
                   analysis->audience);
    if (analysis->warnings > WARNINGS_MAX)
        cmd_complain("warning: and %u more of these", analysis->warnings - WARNINGS_MAX);
    if (check(analysis, directories[0], error)) {
        accounts_finish(&analysis->accounts, &analysis->model);
        model_finish(&analysis->model);
        symbols_destroy(analysis->symbols);
        trace_close(&analysis->trace);
        return -1;
    }
    progress_begin("looking up names and lines");
    model_symbolise(&analysis->model);
    progress_begin("judging the run");
    blame_compute(&analysis->blame, &analysis->model, &analysis->accounts);
    return 0;
}

int analysis_make(struct analysis *analysis, char *const directories[], size_t count,
                  struct error *error)
{
    return analysis_make_as(analysis, directories, count, &(struct analysis_options){0}, error);
}

int analysis_make_as(struct analysis *analysis, char *const directories[], size_t count,
                     const struct analysis_options *options, struct error *error)
{
    *analysis = (struct analysis){.audience = options->audience};
    int status = make(analysis, directories, count, &options->paths, error);
    progress_end();
    if (status)
        audience_destroy(options->audience);
    return status;
}

void analysis_finish(struct analysis *analysis)
{
    blame_finish(&analysis->blame);
    accounts_finish(&analysis->accounts, &analysis->model);
    model_finish(&analysis->model);
    audience_destroy(analysis->audience);
    symbols_destroy(analysis->symbols);
    trace_close(&analysis->trace);
}

struct report analysis_report(const struct analysis *analysis)
{
    return (struct report){.model = &analysis->model,
                           .accounts = &analysis->accounts,
                           .blame = &analysis->blame,
                           .symbols = analysis->symbols,
                           .audience = analysis->audience};
}
