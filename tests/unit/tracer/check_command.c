/* greq check and greq diff as a whole: what is told where, and the exit status. */
#include "delay_server.h"
#include "json_report.h"
#include "scratch.h"
#include "suite.h"
#include "synthetic.h"
#include "victim.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct scratch scratch;

static void begin(void)
{
    scratch_make(&scratch);
    setenv("TMPDIR", scratch.path, 1);
    unsetenv("GITHUB_ACTIONS");
    unsetenv("GITHUB_WORKSPACE");
    unsetenv("CI_PROJECT_DIR");
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
#define CHECK_COMMAND(...) run(WORDS(GREQ_COMMAND, "check", __VA_ARGS__))
#define DIFF_COMMAND(...)  run(WORDS(GREQ_COMMAND, "diff", __VA_ARGS__))

static void expect(struct victim_result *result, int status, const char *out, const char *err)
{
    ck_assert_msg(result->exit_status == status, "status %d, not %d: %s%s", result->exit_status,
                  status, result->out.data, result->err.data);
    ck_assert_msg(strstr(result->out.data, out), "no '%s' in: %s", out, result->out.data);
    ck_assert_msg(strstr(result->err.data, err), "no '%s' in: %s", err, result->err.data);
}

static void expect_only(struct victim_result result, int status, const char *out, const char *err)
{
    expect(&result, status, out, err);
    victim_result_free(&result);
}

static void expect_refusal(struct victim_result result, const char *err)
{
    expect(&result, 2, "", err);
    ck_assert_str_eq(result.out.data, "");
    char *line_end = strchr(result.err.data, '\n');
    ck_assert_msg(line_end && !line_end[1], "not one line: %s", result.err.data);
    victim_result_free(&result);
}

static void write_text(const char *name, const char *text)
{
    FILE *file = fopen(scratch_path(&scratch, name), "w");
    fputs(text, file);
    fclose(file);
}

/* A run in which poll serialized so much. */
static void write_run(const char *name, double serialized)
{
    json_t *report = json_report_make();
    REPORTED(report, .call = "poll", .stack = "wait w.c:33", .count = 3, .blocked_s = serialized,
             .longest_s = 1, .serialized_s = serialized);
    json_report_write(report, scratch_path(&scratch, name));
}

/* --- what was recorded --- */

START_TEST(the_exit_status_is_the_outcome)
{
    begin();
    write_run("quick.json", 0.1);
    write_run("slow.json", 2);
    json_t *report = json_report_make();
    json_report_set(report, "coverage", 0.5);
    json_report_write(report, scratch_path(&scratch, "unseen.json"));
    expect_only(CHECK_COMMAND("quick.json"), 0, "\nwithin the default limits: quick.json\n", "");
    expect_only(CHECK_COMMAND("slow.json"), 1, "\nover budget: slow.json\n", "");
    expect_only(CHECK_COMMAND("unseen.json"), 2, "\nnot measurable: unseen.json\n", "");
    write_text("budget.ini", "[budget]\nserialized_s = 3\n");
    expect_only(CHECK_COMMAND("--budget", "budget.ini", "slow.json"), 0, "\nwithin: ", "");
    end();
}
END_TEST

START_TEST(a_trace_is_judged_as_its_report_is)
{
    static struct stream stream;
    begin();
    synthetic_make(scratch_path(&scratch, "trace"));
    stream_begin(&stream, scratch_path(&scratch, "trace"), 10, 0, 0);
    CALL(&stream, .at = 100, .takes = 2 * SECOND, .function = FN_SLEEP, .caller = 0x5040);
    stream_add_thread_end(&stream, 2 * SECOND + 200, 100);
    stream_end(&stream);
    write_text("budget.ini", "[budget]\nlongest_call_s = 1\n");
    expect_only(CHECK_COMMAND("--budget=budget.ini", "trace"), 1,
                "over budget     longest_call_s             2.000 s  at most 1.000 s\n    "
                "sleep from ",
                "");
    expect_only(run(WORDS(GREQ_COMMAND, "report", "-f", "json", "-o", "report", "trace")), 0, "",
                "");
    expect_only(CHECK_COMMAND("--budget=budget.ini", "report"), 1,
                "longest_call_s             2.000 s", "");
    end();
}
END_TEST

START_TEST(a_damaged_trace_never_passes)
{
    static struct stream stream;
    begin();
    synthetic_make(scratch_path(&scratch, "trace"));
    stream_begin(&stream, scratch_path(&scratch, "trace"), 10, 0, 0);
    stream_end(&stream);
    write_text("trace/foreign", "no chunk");
    expect_only(CHECK_COMMAND("trace"), 2, "not measurable  damaged_parts                    1",
                "foreign");
    end();
}
END_TEST

START_TEST(a_baseline_is_compared_with)
{
    begin();
    write_run("old.json", 2);
    write_run("new.json", 3);
    expect_only(CHECK_COMMAND("--baseline", "old.json", "old.json"), 0, "within: ", "");
    expect_only(CHECK_COMMAND("--baseline", "old.json", "new.json"), 1,
                "over budget     baseline_calls                   1  at most 0\n    poll from wait",
                "");
    expect_only(CHECK_COMMAND("--baseline", "old.json", "--tolerance", "0.6", "new.json"), 0, "",
                "");
    write_text("budget.ini", "[baseline]\nfile = old.json\ntolerance = 0.6\n");
    expect_only(CHECK_COMMAND("--budget", "budget.ini", "new.json"), 0, "", "");
    expect_only(CHECK_COMMAND("--budget", "budget.ini", "--tolerance=0.1", "new.json"), 1, "", "");
    end();
}
END_TEST

START_TEST(what_cannot_be_used_is_one_line)
{
    begin();
    write_run("run.json", 0);
    json_t *report = json_report_make();
    json_report_set(report, "lost", 3);
    json_report_write(report, scratch_path(&scratch, "unseen.json"));
    write_text("budget.ini", "[budget]\nserialized_s = much\n");
    expect_refusal(CHECK_COMMAND("missing"), "greq: missing: No such file");
    expect_refusal(CHECK_COMMAND("."), "greq: .: not a trace");
    expect_refusal(CHECK_COMMAND("budget.ini"), "greq: budget.ini:1: not JSON: ");
    expect_refusal(CHECK_COMMAND("--budget", "budget.ini", "run.json"),
                   "greq: budget.ini:2: serialized_s = much: not a number");
    expect_refusal(CHECK_COMMAND("--budget", "none.ini", "run.json"), "none.ini: No such file");
    expect_refusal(CHECK_COMMAND("--baseline", "none.json", "run.json"), "none.json");
    expect_refusal(CHECK_COMMAND("--baseline", "unseen.json", "run.json"),
                   "unseen.json: too little of this run was seen to compare with it");
    expect_refusal(CHECK_COMMAND("--tolerance", "20%", "run.json"), "--tolerance=20%: not a");
    end();
}
END_TEST

START_TEST(wrong_usage_is_told)
{
    begin();
    expect_only(run(WORDS(GREQ_COMMAND, "check")), 2, "", "what is to be checked?");
    expect_only(CHECK_COMMAND("trace", "--", "true"), 2, "", "name either recorded runs or");
    expect_only(CHECK_COMMAND("--fly"), 2, "", "unrecognized option");
    expect_only(CHECK_COMMAND("-o", "t", "run.json"), 2, "",
                "--output is for a program that is run: name it after --");
    expect_only(CHECK_COMMAND("run.json", "--http"), 2, "", "--http is for a program that is run");
    expect_only(run(WORDS(GREQ_COMMAND, "diff", "one")), 2, "", "which runs? Name two");
    expect_only(DIFF_COMMAND("1", "2", "3"), 2, "", "'3' is one too many");
    expect_only(DIFF_COMMAND("-f", "pdf", "1", "2"), 2, "", "unknown format 'pdf'");
    expect_only(DIFF_COMMAND("--tolerance=a", "1", "2"), 2, "", "'a' is no tolerance");
    expect_only(CHECK_COMMAND("--help"), 0, "Usage: greq check [OPTION...] DIR...\n", "");
    expect_only(DIFF_COMMAND("--help"), 0, "Usage: greq diff [OPTION...] OLD NEW\n", "");
    end();
}
END_TEST

/* --- what is run now --- */

/* A program of milliseconds waits for a processor as well as for anything else, and that is not
 * seen: on a busy machine its coverage is anything. */
static void write_lenient_budget(const char *limits)
{
    char text[256];
    snprintf(text, sizeof text, "[budget]\nmin_coverage = 0\n%s", limits);
    write_text("budget.ini", text);
}

START_TEST(a_program_keeps_its_streams_and_leaves_no_trace)
{
    begin();
    write_lenient_budget("");
    struct victim_result result =
        CHECK_COMMAND("--budget=budget.ini", "--", "sh", "-c", "echo \"$@\"", "sh", "--budget");
    expect(&result, 0, "--budget\n", "\nwithin the default limits: sh -c … --budget\n");
    ck_assert_str_eq(result.out.data, "--budget\n");
    victim_result_free(&result);
    ck_assert_int_eq(scratch_count(scratch.path), 1); /* the budget */
    end();
}
END_TEST

/* As with `greq check -- ... | head`. */
START_TEST(a_closed_pipe_leaves_no_trace)
{
    char script[512];
    begin();
    write_lenient_budget("");
    snprintf(script, sizeof script, "%s check --budget=budget.ini -- true 2>&1 | false",
             GREQ_COMMAND);
    expect_only(run(WORDS("/bin/sh", "-c", script)), 1, "", "");
    ck_assert_int_eq(scratch_count(scratch.path), 1);
    end();
}
END_TEST

START_TEST(a_program_can_be_over_its_budget)
{
    begin();
    write_lenient_budget("longest_call_s = 0.1\n");
    expect_only(CHECK_COMMAND("--budget", "budget.ini", "--", "sleep", "0.2"), 1, "",
                "over budget     longest_call_s");
    ck_assert_int_eq(scratch_count(scratch.path), 1);
    end();
}
END_TEST

/* The victim sleeps twice 20 ms in one of its parts: no less, however long the machine takes. */
START_TEST(a_part_of_a_program_has_a_budget)
{
    begin();
    write_lenient_budget("[mark alone]\nwall_s = 0.03\n[mark with*]\nwall_s = 20\n");
    expect_only(CHECK_COMMAND("--budget=budget.ini", "--", victim_path("marks")), 1, "",
                "over budget     wall_s [alone]");
    write_lenient_budget("[mark alone]\nwall_s = 20\n");
    expect_only(CHECK_COMMAND("--budget=budget.ini", "--", victim_path("marks")), 0, "",
                "within          wall_s [alone]");
    write_lenient_budget("[mark lonely]\nwall_s = 20\n");
    expect_only(CHECK_COMMAND("--budget=budget.ini", "--", victim_path("marks")), 2, "",
                "not measurable  missing_marks [lonely]");
    end();
}
END_TEST

START_TEST(a_trace_is_kept_on_request)
{
    begin();
    write_lenient_budget("");
    expect_only(CHECK_COMMAND("--budget=budget.ini", "-o", "kept", "--", "true"), 0, "",
                "within the default limits: true");
    expect_only(CHECK_COMMAND("--budget=budget.ini", "kept"), 0, "within the default limits: kept",
                "");
    expect_refusal(CHECK_COMMAND("-o", "kept", "--", "true"), "kept: not empty");
    end();
}
END_TEST

/* The budget is exceeded as well. */
START_TEST(a_failing_program_has_its_own_status)
{
    begin();
    write_lenient_budget("longest_call_s = 0.01\n");
    expect_only(CHECK_COMMAND("--budget", "budget.ini", "--", "sh", "-c", "sleep 0.1; exit 3"), 3,
                "", "greq: sh failed by itself: the exit status 3 is its own\n");
    expect_only(CHECK_COMMAND("--", "sh", "-c", "kill -9 $$"), 137, "",
                "greq: sh failed by itself: the exit status 137 is its own\n");
    end();
}
END_TEST

START_TEST(a_program_that_cannot_be_run_is_unusable)
{
    begin();
    expect_refusal(CHECK_COMMAND("--", "no-such-program"), "no-such-program: command not found");
    write_text("budget.ini", "[budget]\nfly = 1\n");
    expect_refusal(CHECK_COMMAND("--budget=budget.ini", "--", "touch", "ran"), "budget.ini:2: ");
    ck_assert_int_eq(scratch_count(scratch.path), 1); /* it was not run */
    end();
}
END_TEST

/* The example as it is, and with its waits made cooperative. */
START_TEST(serial_requests_are_over_and_overlapped_ones_within)
{
    struct delay_server server;
    char url[64];
    begin();
    write_lenient_budget("min_concurrency = 2\n");
    delay_server_start(&server);
    snprintf(url, sizeof url, "https://%s/delay/0.3", server.https);
    expect_only(
        CHECK_COMMAND("--budget=budget.ini", "--", LEGACY_FETCHER, "-q", "--serial", "--count=3",
                      "--cacert", server.certificates, url),
        1, "3 ok, 0 failed",
        "over budget     min_concurrency                  1  at least 2\n    SSL_read from ");
    expect_only(CHECK_COMMAND("--budget=budget.ini", "--patch=all", "--", LEGACY_FETCHER, "-q",
                              "--count=3", "--cacert", server.certificates, url),
                0, "3 ok, 0 failed", "\nwithin: ");
    delay_server_stop(&server);
    end();
}
END_TEST

/* --- for CI --- */

START_TEST(annotations_are_for_github)
{
    begin();
    write_run("slow.json", 2);
    struct victim_result result = CHECK_COMMAND("slow.json");
    ck_assert_ptr_null(strstr(result.out.data, "::error"));
    victim_result_free(&result);
    setenv("GITHUB_ACTIONS", "true", 1);
    expect_only(CHECK_COMMAND("slow.json"), 1,
                "\n::error title=greq%3A over budget,file=w.c,line=33::poll from wait: ", "");
    end();
}
END_TEST

START_TEST(files_are_written_whatever_the_outcome)
{
    begin();
    write_run("slow.json", 2);
    expect_only(
        CHECK_COMMAND("--junit", "j.xml", "--sarif", "s.sarif", "--markdown", "m.md", "slow.json"),
        1, "", "");
    char *junit = scratch_read(scratch_path(&scratch, "j.xml"));
    ck_assert_msg(strstr(junit, "failures=\"2\""), "%s", junit);
    free(junit);
    char *markdown = scratch_read(scratch_path(&scratch, "m.md"));
    ck_assert_msg(strstr(markdown, "### greq: over budget: "), "%s", markdown);
    free(markdown);
    json_t *sarif = json_load_file(scratch_path(&scratch, "s.sarif"), 0, NULL);
    ck_assert_ptr_nonnull(sarif);
    json_decref(sarif);
    ck_assert_int_eq(scratch_count(scratch.path), 4);
    expect_only(CHECK_COMMAND("--junit", "/dev/full", "slow.json"), 2, "",
                "greq: cannot write to /dev/full: No space left");
    expect_only(run(WORDS("/bin/sh", "-c", GREQ_COMMAND " check slow.json >/dev/full")), 2, "",
                "greq: cannot write to standard output: No space left");
    expect_only(
        run(WORDS("/bin/sh", "-c", GREQ_COMMAND " check --junit beside.xml slow.json >/dev/full")),
        2, "", "greq: cannot write to standard output: No space left");
    ck_assert_int_eq(access(scratch_path(&scratch, "beside.xml"), R_OK), 0);
    expect_only(CHECK_COMMAND("--junit", "", "slow.json"), 2, "",
                "greq: '' names no file to write to\n");
    expect_only(CHECK_COMMAND("--sarif", "no/such/file", "slow.json"), 2, "",
                "greq: no/such/file: No such file");
    end();
}
END_TEST

/* --- diff --- */

START_TEST(diff_compares_traces_and_reports)
{
    static struct stream stream;
    begin();
    write_run("old.json", 2);
    write_run("new.json", 3);
    synthetic_make(scratch_path(&scratch, "trace"));
    stream_begin(&stream, scratch_path(&scratch, "trace"), 10, 0, 0);
    stream_add_thread_end(&stream, SECOND, 100);
    stream_end(&stream);
    expect_only(DIFF_COMMAND("old.json", "new.json"), 0,
                "worse      2.000 s     3.000 s     2.000 s     3.000 s  poll from wait (w.c:33)",
                "");
    expect_only(DIFF_COMMAND("old.json", "trace"), 0, "\ngone ", "");
    expect_only(DIFF_COMMAND("-f", "json", "-o", "diff.json", "new.json", "old.json"), 0, "", "");
    char *text = scratch_read(scratch_path(&scratch, "diff.json"));
    ck_assert_msg(strstr(text, "\"change\": \"better\""), "%s", text);
    free(text);
    expect_refusal(DIFF_COMMAND("old.json", "missing"), "greq: missing: No such file");
    end();
}
END_TEST

SUITE("tracer: check command", ONCE(the_exit_status_is_the_outcome),
      ONCE(a_trace_is_judged_as_its_report_is), ONCE(a_damaged_trace_never_passes),
      ONCE(a_baseline_is_compared_with), ONCE(what_cannot_be_used_is_one_line),
      ONCE(wrong_usage_is_told), ONCE(a_program_keeps_its_streams_and_leaves_no_trace),
      ONCE(a_closed_pipe_leaves_no_trace), ONCE(a_program_can_be_over_its_budget),
      ONCE(a_part_of_a_program_has_a_budget), ONCE(a_trace_is_kept_on_request),
      ONCE(a_failing_program_has_its_own_status), ONCE(a_program_that_cannot_be_run_is_unusable),
      ONCE(serial_requests_are_over_and_overlapped_ones_within), ONCE(annotations_are_for_github),
      ONCE(files_are_written_whatever_the_outcome), ONCE(diff_compares_traces_and_reports))
