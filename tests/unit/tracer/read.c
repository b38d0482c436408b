#include "read.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

static void keep(void *data, const char *line)
{
    struct warned *warned = data;
    warned->count++;
    snprintf(warned->last, sizeof warned->last, "%s", line);
}

struct trace_warnings warnings_into(struct warned *warned)
{
    return (struct trace_warnings){keep, warned};
}

void run_read(struct run *run, const char *trace)
{
    run_read_told(run, trace, NULL);
}

void run_read_told(struct run *run, const char *trace, struct audience *audience)
{
    struct error error;
    char *paths[] = {(char *)trace};
    run->warned = (struct warned){0};
    const struct trace_warnings warnings = warnings_into(&run->warned);
    ck_assert_msg(trace_open(&run->trace, paths, 1, &warnings, &error) == 0, "%s", error.text);
    run->symbols = symbols_create(NULL);
    accounts_build(&run->accounts, &run->model, &run->trace, run->symbols, audience);
    model_symbolise(&run->model);
    blame_compute(&run->blame, &run->model, &run->accounts);
}

void run_finish(struct run *run)
{
    blame_finish(&run->blame);
    accounts_finish(&run->accounts, &run->model);
    model_finish(&run->model);
    symbols_destroy(run->symbols);
    trace_close(&run->trace);
}

struct call_totals run_totals(const struct run *run, const char *function)
{
    struct call_totals totals = {0};
    for (size_t i = 0; i < run->model.group_count; i++)
        if (!strcmp(model_function(&run->model, run->model.groups[i]->function), function))
            totals_add(&totals, &run->model.groups[i]->totals);
    return totals;
}
