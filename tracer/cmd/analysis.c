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

static int make(struct analysis *analysis, char *const directories[], size_t count,
                struct error *error)
{
    const struct trace_warnings warnings = {warn, analysis};
    *analysis = (struct analysis){0};
    progress_begin("reading the trace");
    if (trace_open(&analysis->trace, directories, count, &warnings, error))
        return -1;
    model_build(&analysis->model, &analysis->trace);
    if (analysis->warnings > WARNINGS_MAX)
        cmd_complain("warning: and %u more of these", analysis->warnings - WARNINGS_MAX);
    if (!analysis->model.process_count) {
        model_finish(&analysis->model);
        trace_close(&analysis->trace);
        return error_set(error,
                         "%s: no process recorded anything: was the disk full, or did the "
                         "program not start?",
                         directories[0]);
    }
    progress_begin("looking up names and lines");
    analysis->symbols = symbols_create();
    model_symbolise(&analysis->model, analysis->symbols);
    progress_begin("judging the run");
    blame_compute(&analysis->blame, &analysis->model);
    return 0;
}

int analysis_make(struct analysis *analysis, char *const directories[], size_t count,
                  struct error *error)
{
    int status = make(analysis, directories, count, error);
    progress_end();
    return status;
}

void analysis_finish(struct analysis *analysis)
{
    blame_finish(&analysis->blame);
    model_finish(&analysis->model);
    symbols_destroy(analysis->symbols);
    trace_close(&analysis->trace);
}

struct report analysis_report(const struct analysis *analysis)
{
    return (struct report){&analysis->model, &analysis->blame, analysis->symbols};
}
