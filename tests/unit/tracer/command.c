/* The command as a whole, with the library that lies next to it. */
#include "scratch.h"
#include "suite.h"
#include "synthetic.h"
#include "victim.h"

#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct scratch scratch;

static void begin(void)
{
    scratch_make(&scratch);
}

static void end(void)
{
    scratch_remove(&scratch);
}

static struct victim_result run(const char *const *argv)
{
    struct victim_result result;
    struct victim victim = {.argv = argv, .directory = scratch.path};
    victim_run(&result, &victim);
    return result;
}
#define GREQ(...) run(WORDS(GREQ_COMMAND, __VA_ARGS__))

static void expect(struct victim_result *result, int status, const char *out, const char *err)
{
    ck_assert_msg(result->exit_status == status, "status %d, not %d: %s", result->exit_status,
                  status, result->err.data);
    ck_assert_msg(strstr(result->out.data, out), "no '%s' in: %s", out, result->out.data);
    ck_assert_msg(strstr(result->err.data, err), "no '%s' in: %s", err, result->err.data);
}

/* One clear line, and nothing else. */
static void expect_refusal(struct victim_result result, int status, const char *err)
{
    expect(&result, status, "", err);
    ck_assert_str_eq(result.out.data, "");
    char *line_end = strchr(result.err.data, '\n');
    ck_assert_msg(line_end && !line_end[1], "not one line: %s", result.err.data);
    victim_result_free(&result);
}

/* argp's own complaints have a second line that points to --help. */
static void expect_usage(struct victim_result result, int status, const char *err)
{
    expect(&result, status, "", err);
    expect(&result, status, "", "--help");
    victim_result_free(&result);
}

START_TEST(version_and_help_are_told)
{
    static const char *const commands[] = {"run", "trace", "report"};
    begin();
    struct victim_result result = GREQ("--version");
    expect(&result, 0, "greq ", "");
    victim_result_free(&result);
    result = GREQ("--help");
    for (int i = 0; i < 3; i++)
        expect(&result, 0, commands[i], "");
    victim_result_free(&result);
    for (int i = 0; i < 3; i++) {
        char usage[64];
        snprintf(usage, sizeof usage, "Usage: greq %s [OPTION...]", commands[i]);
        result = GREQ(commands[i], "--help");
        expect(&result, 0, usage, "");
        victim_result_free(&result);
    }
    end();
}
END_TEST

START_TEST(wrong_usage_is_told_apart_by_its_status)
{
    begin();
    expect_usage(run(WORDS(GREQ_COMMAND)), 2, "which command?");
    expect_usage(GREQ("fly"), 2, "unknown command 'fly'; there are: run, trace, report");
    expect_usage(GREQ("--fly"), 2, "unrecognized option");
    expect_usage(GREQ("run"), 125, "which program?");
    expect_usage(GREQ("run", "--fly"), 125, "unrecognized option");
    expect_usage(GREQ("trace", "-q"), 125, "which program?");
    expect_usage(GREQ("report"), 2, "which trace?");
    expect_usage(
        GREQ("report", "--format", "pdf", "."), 2,
        "unknown format 'pdf'; there are: text, json, folded, pprof, perfetto, otlp, html, ledger");
    expect_usage(GREQ("report", "--top", "10", "."), 2, "--top is for the format json");
    expect_usage(GREQ("report", "-f", "json", "--top=0", "."), 2,
                 "--top=0: not a number from 1 to 10000");
    end();
}
END_TEST

START_TEST(run_passes_arguments_streams_and_status_on)
{
    begin();
    struct victim_result result =
        GREQ("run", "sh", "-c", "echo \"$@\"; echo oops >&2; exit 5", "sh", "--version", "-o");
    expect(&result, 5, "--version -o\n", "oops\n");
    ck_assert_str_eq(result.err.data, "oops\n");
    victim_result_free(&result);
    result = GREQ("run", "--patch", "all,-poll", "--", "sh", "-c", "echo $GREQ_PATCH; kill -9 $$");
    expect(&result, 137, "all,-poll\n", "");
    victim_result_free(&result);
    end();
}
END_TEST

/* Else it would learn late of signals, and when the program ends. */
START_TEST(nothing_is_swept_while_the_program_runs)
{
    static const char *const script = "i=0; while test -e \"$0\" && test $i -lt 10; do sleep 0.01; "
                                      "i=$((i + 1)); done; test -e \"$0\"";
    begin();
    char left[600];
    strcpy(left, scratch_path(&scratch, "greq-temporary-hello.aaaaaa"));
    setenv("TMPDIR", scratch.path, 1);
    for (size_t i = 0; i < 2; i++) {
        static const struct timespec old[2];
        fclose(fopen(left, "w"));
        ck_assert_int_eq(utimensat(AT_FDCWD, left, old, 0), 0);
        struct victim_result result = i ? GREQ("trace", "-o", "t", "sh", "-c", script, left)
                                        : GREQ("run", "sh", "-c", script, left);
        expect(&result, 0, "", "");
        victim_result_free(&result);
        ck_assert_int_ne(access(left, F_OK), 0);
    }
    unsetenv("TMPDIR");
    end();
}
END_TEST

START_TEST(what_cannot_be_run_is_told_apart_by_its_status)
{
    begin();
    expect_refusal(GREQ("run", "no-such-program"), 127, "no-such-program: command not found");
    expect_refusal(GREQ("run", "./missing"), 127, "./missing: No such file");
    expect_refusal(GREQ("trace", "/"), 126, "/: Is a directory");
    fclose(fopen(scratch_path(&scratch, "data"), "w"));
    expect_refusal(GREQ("trace", "./data"), 126, "./data: Permission denied");
    ck_assert_int_eq(scratch_count(scratch.path), 1); /* no directory for a trace that is none */
    end();
}
END_TEST

START_TEST(trace_records_and_reports_on_standard_error)
{
    begin();
    struct victim_result result = GREQ("trace", "-o", "here", "--", "sleep", "0.1");
    expect(&result, 0, "", "sleep …\n");
    expect(&result, 0, "", "nanosleep");
    expect(&result, 0, "", "\ntrace: here\n");
    ck_assert_str_eq(result.out.data, "");
    victim_result_free(&result);

    expect_refusal(GREQ("trace", "-o", "here", "sleep", "0"), 125, "here: not empty");

    result = GREQ("trace", "sleep", "0");
    ck_assert_ptr_eq(strstr(result.err.data, "greq: the trace goes to greq-sleep."),
                     result.err.data);
    victim_result_free(&result);

    result = GREQ("report", "here");
    expect(&result, 0, "nanosleep", "");
    victim_result_free(&result);
    end();
}
END_TEST

START_TEST(a_program_that_was_killed_is_told_with_what_it_was_in)
{
    begin();
    struct victim_result result =
        GREQ("trace", "-o", "here", "--", "sh", "-c", "(sleep 0.3; kill -KILL $$) & exec sleep 30");
    expect(&result, 137, "", "was killed by signal 9 after ");
    expect(&result, 137, "", "nanosleep had not returned when process ");
    victim_result_free(&result);
    end();
}
END_TEST

START_TEST(a_quiet_trace_says_nothing_and_has_a_name)
{
    begin();
    struct victim_result result = GREQ("trace", "-q", "sh", "-c", "exit 3");
    expect(&result, 3, "", "");
    ck_assert_str_eq(result.err.data, "");
    victim_result_free(&result);
    ck_assert_int_eq(scratch_count(scratch.path), 1);
    result = run(WORDS("/bin/sh", "-c", "ls -d greq-sh.[1-9]*"));
    expect(&result, 0, "greq-sh.", "");
    victim_result_free(&result);
    end();
}
END_TEST

START_TEST(a_bad_trace_is_one_line)
{
    begin();
    synthetic_make(scratch_path(&scratch, "newer"));
    synthetic_metadata(scratch_path(&scratch, "newer"), "/* CTF 1.8 */ greq_format = 9;");
    expect_refusal(GREQ("report", "missing"), 2, "greq: missing: No such file or directory");
    expect_refusal(GREQ("report", "."), 2, "greq: .: not a trace");
    synthetic_make(scratch_path(&scratch, "empty"));
    expect_refusal(GREQ("report", ""), 2, "greq: '': No such file or directory\n");
    expect_refusal(GREQ("report", "empty"), 2,
                   "empty: no process recorded anything: was the disk full, or did the program not "
                   "start?");
    expect_refusal(GREQ("report", "newer"), 2,
                   "written by a newer greq (format 9, this one reads up to 6): use the greq "
                   "that made it");
    end();
}
END_TEST

START_TEST(the_output_file_is_only_touched_by_a_report)
{
    begin();
    static struct stream stream;
    synthetic_make(scratch_path(&scratch, "trace"));
    stream_begin(&stream, scratch_path(&scratch, "trace"), 10, 0, 0);
    stream_end(&stream);
    FILE *file = fopen(scratch_path(&scratch, "report"), "w");
    fputs("precious", file);
    fclose(file);
    expect_refusal(GREQ("report", "-o", "report", "missing"), 2, "missing");
    char *text = scratch_read(scratch_path(&scratch, "report"));
    ck_assert_str_eq(text, "precious");
    free(text);

    struct victim_result result = GREQ("report", "--format=json", "-o", "report", "trace");
    expect(&result, 0, "", "");
    victim_result_free(&result);
    json_t *root = json_load_file(scratch_path(&scratch, "report"), 0, NULL);
    ck_assert_ptr_nonnull(root);
    json_decref(root);

    expect_refusal(GREQ("report", "-o", "no/such/file", "trace"), 2, "no/such/file: No such file");
    expect_refusal(GREQ("report", "-o", "/dev/full", "trace"), 2, "/dev/full: No space left");
    for (const char *const *words = WORDS("--version", "--help", "report --help"); *words;
         words++) {
        char script[256];
        snprintf(script, sizeof script, "exec %s %s >/dev/full", GREQ_COMMAND, *words);
        expect_refusal(run(WORDS("/bin/sh", "-c", script)), 2,
                       "greq: cannot write to standard output: No space left");
    }
    expect_refusal(GREQ("report", "no\nfile"), 2, "no?file");
    end();
}
END_TEST

/* Files that the command opens for itself are not what a closed stream is written to. */
START_TEST(closed_streams_stay_closed)
{
    static const char *const formats[] = {"text", "perfetto", "ledger"};
    static struct stream stream;
    char script[512];
    begin();
    synthetic_make(scratch_path(&scratch, "trace"));
    stream_begin(&stream, scratch_path(&scratch, "trace"), 10, 0, 0);
    stream_end(&stream);
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        snprintf(script, sizeof script, "%s report -f %s trace >&-", GREQ_COMMAND, formats[i]);
        expect_refusal(run(WORDS("/bin/sh", "-c", script)), 2,
                       "greq: cannot write to standard output: Bad file descriptor");
    }
    snprintf(script, sizeof script, "%s trace -q -- sh -c '! [ -e /proc/self/fd/1 ]' >&-",
             GREQ_COMMAND);
    struct victim_result result = run(WORDS("/bin/sh", "-c", script));
    expect(&result, 0, "", "");
    victim_result_free(&result);
    end();
}
END_TEST

static char *report_with(const char *variable)
{
    struct victim_result result;
    struct victim victim = {.argv = WORDS(GREQ_COMMAND, "trace", "-o", "t", "sleep", "0.01"),
                            .env = WORDS("TERM=xterm", variable),
                            .directory = scratch.path,
                            .terminal = true};
    victim_run(&result, &victim);
    char *text = strdup(result.err.data);
    victim_result_free(&result);
    return text;
}

START_TEST(colour_is_for_terminals_that_want_it)
{
    begin();
    char *text = report_with("NO_COLOR=");
    ck_assert_msg(strstr(text, "\033[1m"), "%s", text);
    free(text);
    end();
    begin();
    text = report_with("NO_COLOR=1");
    /* The progress of a slow reading clears its line, which is no colour. */
    ck_assert_msg(strstr(text, "nanosleep") && !strstr(text, "\033[1m") && !strstr(text, "\033[3"),
                  "%s", text);
    free(text);
    end();
}
END_TEST

START_TEST(every_format_can_be_had_and_a_terminal_gets_text)
{
    static const char *const beginnings[][2] = {{"text", "sleep …"},
                                                {"json", "{"},
                                                {"folded", "blocked (nothing was serialized);"},
                                                {"pprof", "\n"},    /* as below */
                                                {"perfetto", "\n"}, /* field 1, a message */
                                                {"html", "<!DOCTYPE html>"},
                                                {"ledger", "rule\tsince_s\tuntil_s\t"}};
    begin();
    struct victim_result result = GREQ("trace", "-q", "-o", "t", "sleep", "0.01");
    victim_result_free(&result);
    for (size_t i = 0; i < sizeof beginnings / sizeof *beginnings; i++) {
        result = GREQ("report", "-f", beginnings[i][0], "t");
        expect(&result, 0, "", "");
        ck_assert_int_eq(strncmp(result.out.data, beginnings[i][1], strlen(beginnings[i][1])), 0);
        victim_result_free(&result);
    }
    struct victim victim = {
        .argv = WORDS("/bin/sh", "-c", "exec \"$0\" report -f perfetto t >&2", GREQ_COMMAND),
        .directory = scratch.path,
        .terminal = true};
    victim_run(&result, &victim);
    expect(&result, 2, "", "greq: perfetto is no text for a terminal: name a file with -o");
    victim_result_free(&result);
    end();
}
END_TEST

/* Threads that keep one of two connections waiting by a call each, and one that makes so many calls
 * meanwhile that not all of the former are known any more when the connections are used. */
static void make_trace_of_many_calls(void)
{
    enum { WAITERS = 20, CALLS = 3000, PER_CHUNK = 400 };
    static struct stream streams[WAITERS + 1];
    static const uint64_t frames[] = {0x100, 0x200};
    streams_begin(streams, WAITERS + 1, scratch_path(&scratch, "trace"));
    for (unsigned i = 0; i < WAITERS; i++) {
        const struct synthetic_call sleep = {
            .at = MS, .takes = 100 * MS, .function = FN_SLEEP, .fd = -1};
        const uint64_t used = (200 + 2 * CALLS) * MS + 200 * i;
        const int fd = 5 + (int)i, other = fd + WAITERS;
        stream_add_peer(&streams[i], i, 0, fd, TRACE_PEER_CONNECT, "127.0.0.1:443");
        CALL(&streams[i], .at = i, .takes = 10, .function = FN_CONNECT, .fd = fd);
        stream_add_peer(&streams[i], 100 + i, 0, other, TRACE_PEER_CONNECT, "127.0.0.1:443");
        CALL(&streams[i], .at = 100 + i, .takes = 10, .function = FN_CONNECT, .fd = other);
        stream_add_long_call(&streams[i], sleep, 0, frames, 2);
        CALL(&streams[i], .at = used, .takes = 5, .function = FN_SEND, .fd = fd, .result = 9);
        CALL(&streams[i], .at = used + 10, .takes = 5, .function = FN_RECV, .fd = fd, .result = 9);
        CALL(&streams[i], .at = used + 20, .takes = 5, .function = FN_CLOSE, .fd = fd);
    }
    for (unsigned i = 0; i < CALLS; i++) {
        const struct synthetic_call sleep = {
            .at = (102 + 2 * i) * MS, .takes = MS + 1, .function = FN_SLEEP, .fd = -1};
        stream_add_long_call(&streams[WAITERS], sleep, 0, frames, 2);
        if (i % PER_CHUNK == PER_CHUNK - 1)
            stream_next(&streams[WAITERS]);
    }
    streams_end(streams, WAITERS + 1);
}

START_TEST(what_is_left_out_is_the_same_each_time)
{
    begin();
    make_trace_of_many_calls();
    struct victim_result first = GREQ("report", "--format", "otlp", "trace");
    expect(&first, 0, "greq.links_left_out", "");
    struct victim_result second = GREQ("report", "--format", "otlp", "trace");
    ck_assert_str_eq(first.out.data, second.out.data);
    victim_result_free(&first);
    victim_result_free(&second);
    end();
}
END_TEST

SUITE("tracer: command", ONCE(version_and_help_are_told),
      ONCE(wrong_usage_is_told_apart_by_its_status), ONCE(what_is_left_out_is_the_same_each_time),
      ONCE(run_passes_arguments_streams_and_status_on),
      ONCE(nothing_is_swept_while_the_program_runs),
      ONCE(what_cannot_be_run_is_told_apart_by_its_status),
      ONCE(trace_records_and_reports_on_standard_error),
      ONCE(a_program_that_was_killed_is_told_with_what_it_was_in),
      ONCE(a_quiet_trace_says_nothing_and_has_a_name), ONCE(a_bad_trace_is_one_line),
      ONCE(the_output_file_is_only_touched_by_a_report), ONCE(closed_streams_stay_closed),
      ONCE(colour_is_for_terminals_that_want_it),
      ONCE(every_format_can_be_had_and_a_terminal_gets_text))
