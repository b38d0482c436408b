#include "trace_text.h"

#include "expect.h"
#include "scratch.h"

#include <stdio.h>
#include <string.h>

void trace_text_read(struct victim_result *text, const char *trace)
{
    /* It is slow where a trace has thousands of processes. */
    struct victim reader = {.argv = WORDS("/usr/bin/babeltrace2", trace), .timeout_s = 120};
    victim_run(text, &reader);
    expect_that(text->exit_status == 0, &reader, text, "babeltrace2 cannot read the trace");
    /* That records are missing is said, not hidden: "discarded", "may have discarded". */
    expect_that(text->err.size == 0 || strstr(text->err.data, " discarded"), &reader, text,
                "babeltrace2 complains");
}

char *trace_text_of_run(struct victim_result *text, const char *const *argv,
                        struct victim_result *result)
{
    struct scratch scratch;
    char trace[256], log[256];
    scratch_make(&scratch);
    snprintf(trace, sizeof trace, "GREQ_TRACE=%s", scratch_path(&scratch, "trace"));
    snprintf(log, sizeof log, "GREQ_LOG=%s", scratch_path(&scratch, "log"));
    struct victim victim = {.argv = argv, .env = WORDS(trace, log), .preload = true};
    char *facts = expect_success(&victim, result);
    trace_text_read(text, scratch_path(&scratch, "trace"));
    scratch_remove(&scratch);
    return facts;
}

int trace_text_count(const struct victim_result *text, const char *what)
{
    int found = 0;
    for (const char *at = text->out.data; (at = strstr(at, what)); at += strlen(what))
        found++;
    return found;
}

int trace_text_count_calls(const struct victim_result *text, const char *function)
{
    char what[64];
    snprintf(what, sizeof what, "call = ( \"%s\" ", function);
    return trace_text_count(text, what);
}
