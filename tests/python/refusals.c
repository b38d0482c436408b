/*
 * Why a call was the real one is in the trace and in the reports: nothing is said not to be patched
 * that was.
 */
#include "scene.h"
#include "scratch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name, *patch;
    const char *word, *text; /* in the JSON report and in the other one */
} cases[] = {
    {"rlock", "all", "exclusive", "was the real call (in an RLock"},
    {"recursive_mutex", "all", "shared_lock", "was the real call (with a lock that takes"},
    {"system", "all", "logged_only", "was the real call (greq has no other form"},
    {"standard_stream", "all", "standard_stream", "was the real call (standard stream)"},
    {"in_hub", "all", "in_hub", "was the real call (in the hub itself)"},
    {"forked_in_greenlet", "all", "forked", "was the real call (forked child"},
    {"thread_start", "all", "no_switch", "was the real call (in a thread's start"},
    {"initialiser", "all", "initialiser", "was the real call (in an initialiser"},
    {"thread_state", "all", "thread_state",
     "keeps something per thread: libscopes_variable.so) and blocked"},
    {"holds_gil", "all", "holds_gil", "where no thread could run either: statics.so) and blocked"},
    {"runtime_loop", "all", "runtime_loop", "was the real call (in a loop of asyncio or trio"},
    {"not_patched", "all,-time", "not_patched", "was not patched (GREQ_PATCH)"},
};
enum { CASES = sizeof cases / sizeof *cases };

static void trace_case(int number, const char *trace)
{
    const struct victim traced = {.argv =
                                      WORDS(GREQ, "trace", "--patch", cases[number].patch, "-o",
                                            trace, "--quiet", "--", "/usr/bin/python3", "-B",
                                            PROGRAMS "refused.py", cases[number].name, MODULES)};
    free(expect_success(&traced, NULL));
}

/* The report with its lines put together, to be freed by the caller. */
static char *report_on(const char *trace, const char *format)
{
    const struct victim report = {.argv = WORDS(GREQ, "report", "--format", format, trace)};
    char *text = expect_success(&report, NULL), *to = text;
    for (const char *from = text; *from; from++)
        if (*from != '\n' && (*from != ' ' || to == text || to[-1] != ' '))
            *to++ = *from;
        else if (to != text && to[-1] != ' ')
            *to++ = ' ';
    *to = '\0';
    return text;
}

static void expect_in(const char *report, const char *part)
{
    ck_assert_msg(strstr(report, part), "no '%s' in:\n%s", part, report);
}

START_TEST(reason_is_reported)
{
    struct scratch scratch;
    char word[64];
    scratch_make(&scratch);
    const char *trace = scratch_path(&scratch, "trace");
    trace_case(_i, trace);
    char *text = report_on(trace, "text"), *json = report_on(trace, "json");
    expect_in(text, cases[_i].text);
    snprintf(word, sizeof word, "\"%s\": { \"count\": 1", cases[_i].word);
    expect_in(json, word);
    bool patched = strcmp(cases[_i].word, "not_patched") != 0;
    ck_assert_msg(!patched || !strstr(text, "not patched"), "said not to be patched:\n%s", text);
    free(text);
    free(json);
    scratch_remove(&scratch);
}
END_TEST

PYTHON_SUITE("refusals", WORDS(NULL), EACH(reason_is_reported, CASES))
