#include "doctor/self_test.h"

#include "launch/probe.h"
#include "launch/temporary.h"
#include "trace/reader.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char function[] = "poll";

void self_test_call(void)
{
    poll(NULL, 0, 1);
}

/* --- the trace --- */

static void ignore(void *data, const char *line)
{
    (void)data;
    (void)line;
}

static bool is_the_call(const struct trace *trace, const struct trace_event *event)
{
    if (!event->record || event->record->id != TRACE_CALL)
        return false;
    const struct trace_call *call = (const struct trace_call *)event->record;
    unsigned number = trace_function(trace, event->stream->directory, call->call);
    return !strcmp(trace->functions.items[number]->name, function);
}

static bool has_call(char *directory, struct error *error)
{
    const struct trace_warnings warnings = {ignore, NULL};
    struct trace trace;
    struct trace_event event;
    bool found = false;
    if (trace_open(&trace, &directory, 1, &warnings, error))
        return false;
    error_set(error, "its trace does not have the call of %s that was made", function);
    while (!found && trace_next(&trace, &event))
        found = is_the_call(&trace, &event);
    trace_close(&trace);
    return found;
}

/* --- the test --- */

/* Why there is no call in the trace, if how the probe ended tells more than its trace. */
static void explain(const struct capture *capture, struct error *error)
{
    if (capture->timed_out)
        error_set(error, "greq timed out when run under libgreq.so");
    else if (*capture->err)
        error_set(error, "%.*s", (int)strcspn(capture->err, "\n"), capture->err);
    else if (WIFSIGNALED(capture->status))
        error_set(error, "greq under it was killed by signal %d", WTERMSIG(capture->status));
    else if (capture->status)
        error_set(error, "greq under it ended with status %d", WEXITSTATUS(capture->status));
}

static bool test_in(char *directory, const char *library, struct error *error)
{
    static const char *const arguments[] = {"doctor", "--" SELF_TEST_OPTION, NULL};
    struct capture capture;
    if (probe_run(&capture, library, directory, arguments, error))
        return false;
    bool passed = has_call(directory, error);
    if (!passed)
        explain(&capture, error);
    capture_finish(&capture);
    return passed;
}

static void test(struct self_test *test, const char *library)
{
    struct temporary directory;
    struct error error = {""};
    *test = (struct self_test){.done = false};
    if (temporary_make_directory(&directory, "doctor", &error)) {
        snprintf(test->text, sizeof test->text, "%s", error.text);
        return;
    }
    test->done = true;
    test->passed = test_in(directory.path, library, &error);
    temporary_remove(&directory);
    if (test->passed)
        snprintf(test->text, sizeof test->text, "a call of %s under it was recorded", function);
    else
        snprintf(test->text, sizeof test->text, "%s", error.text);
}

/* What would end greq waits until the directory is gone. */
void self_test_run(struct self_test *result, const char *library)
{
    sigset_t ending, old;
    sigemptyset(&ending);
    sigaddset(&ending, SIGINT);
    sigaddset(&ending, SIGTERM);
    sigaddset(&ending, SIGHUP);
    sigprocmask(SIG_BLOCK, &ending, &old);
    test(result, library);
    sigprocmask(SIG_SETMASK, &old, NULL);
}
