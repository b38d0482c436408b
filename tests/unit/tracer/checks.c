/*
 * Each CHECK of the tracer fires when what it says is broken, as the shim's do. That of the
 * progress line is in progress.c.
 */
#include "blame/finding.h"
#include "breach.h"
#include "read.h"
#include "scratch.h"
#include "suite.h"
#include "synthetic.h"
#include "trace/reader.h"

#include <unistd.h>

static struct scratch scratch;

/* A stream that has ended is due before all others, and says that it is not. */
static void records_come_out_of_order(void)
{
    static struct stream streams[2];
    struct warned warned = {0};
    const struct trace_warnings warnings = warnings_into(&warned);
    char *paths[] = {scratch.path};
    struct trace trace;
    struct trace_event event;
    struct error error;
    synthetic_make(scratch.path);
    for (uint32_t thread = 0; thread < 2; thread++) {
        stream_begin(&streams[thread], scratch.path, 10, thread, 0);
        CALL(&streams[thread], .at = 1 + thread, .takes = 1, .function = FN_SLEEP);
        stream_end(&streams[thread]);
    }
    if (trace_open(&trace, paths, 1, &warnings, &error))
        _exit(1);
    struct trace_stream *first = heap_pop(&trace.waiting);
    first->time = UINT64_MAX;
    first->files_left = 0;
    heap_push(&trace.waiting, 0, first);
    trace_next(&trace, &event);
}

static void finding_has_too_many_facts(void)
{
    struct blame blame = {0};
    struct blame_finding *finding = finding_add(&blame, 0, NULL, 1, NULL);
    for (int i = 0; i <= FACTS_MAX; i++)
        finding_text(finding, "fact", "text");
}

static const struct breach breaches[] = {
    {records_come_out_of_order, "tracer/trace/reader.c"},
    {finding_has_too_many_facts, "tracer/blame/finding.c"},
};
enum { BREACHES = sizeof breaches / sizeof *breaches };

START_TEST(breach_is_told_and_ends_the_process)
{
    scratch_make(&scratch);
    breach_expect(&breaches[_i]);
    scratch_remove(&scratch);
}
END_TEST

SUITE("tracer: checks", EACH(breach_is_told_and_ends_the_process, BREACHES))
