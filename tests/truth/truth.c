/*
 * The diagnosis against the truth: programs that know what they do to their own run are traced, and
 * the report must say the same: how long others waited, behind which call in which line, and what
 * the run would have taken otherwise, which is measured as well.
 */
#include "delay_server.h"
#include "expect.h"
#include "ledger_sum.h"
#include "scratch.h"
#include "suite.h"

#include <arpa/inet.h>
#include <jansson.h>
#include <linux/sockios.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static struct scratch scratch;
static struct delay_server server;
static char server_variable[64];
static const char *const environment[] = {server_variable, "SLOW_RESOLVER_MS=300", NULL};

/* A traced run. */
struct run {
    struct victim victim;
    struct victim_result result;
    json_t *report;
    double server_queued; /* s: the server waited for a processor meanwhile, and answered late */
};

static void begin(bool tls)
{
    scratch_make(&scratch);
    delay_server_start(&server);
    snprintf(server_variable, sizeof server_variable, "TRUTH_SERVER=%s",
             tls ? server.https : server.http);
}

static void end(void)
{
    delay_server_stop(&server);
    scratch_remove(&scratch);
}

/* ---- a run and its report ---- */

static const char *const trace_words[] = {"trace", "-q", "-o", "trace", "--"};
static const char *const run_words[] = {"run", "--trace", "trace", "--patch", "all,-poll", "--"};

/* "greq WORDS PROGRAM ARGUMENTS" */
static void put_words(const char *argv[24], const char *const *words, size_t count,
                      const char *const *program)
{
    static char path[512];
    size_t used = 0;
    argv[used++] = GREQ_COMMAND;
    for (size_t i = 0; i < count; i++)
        argv[used++] = words[i];
    snprintf(path, sizeof path, "%s", **program == '/' ? *program : victim_path(*program));
    argv[used++] = path;
    while (*++program)
        argv[used++] = *program;
    argv[used] = NULL;
}

/* The report in a format, to be freed by the caller. */
static char *print_report(const char *format)
{
    struct victim_result result;
    struct victim victim = {.argv = WORDS(GREQ_COMMAND, "report", "-f", format, "trace"),
                            .directory = scratch.path};
    victim_run(&result, &victim);
    expect_that(result.exit_status == 0, &victim, &result, "there is no report");
    char *text = strdup(result.out.data);
    victim_result_free(&result);
    return text;
}

/* Each figure is the sum of its lines in the ledger. */
static void check_ledger(const json_t *report)
{
    char *ledger = print_report("ledger");
    for (size_t i = 0; i < LEDGER_FIGURES; i++) {
        const char *figure = ledger_figures[i].figure;
        double said = json_number_value(json_object_get(report, figure));
        double sum = ledger_sum(ledger, ledger_figures[i].letter);
        ck_assert_msg(fabs(sum - said) < 1e-6, "%s is %.9f, its lines %.9f:\n%s", figure, said, sum,
                      ledger);
    }
    free(ledger);
}

/* The parts of each thread's time add up to all of it, by the kernel's own counts. */
static void check_balance(const json_t *report)
{
    static const char *const parts[] = {"cpu_s",       "calls_s",  "idle_s",
                                        "run_queue_s", "unseen_s", "not_known_s"};
    const json_t *thread;
    size_t i;
    json_array_foreach(json_object_get(report, "threads"), i, thread)
    {
        double wall = json_number_value(json_object_get(thread, "wall_s")), sum = 0;
        for (size_t part = 0; part < sizeof parts / sizeof *parts; part++)
            sum += json_number_value(json_object_get(thread, parts[part]));
        ck_assert_msg(fabs(sum - wall) <= fmax(0.01 * wall, 0.004),
                      "the parts come to %f s of %f s: %s", sum, wall, json_dumps(thread, 0));
    }
    ck_assert_uint_ge(i, 1);
}

static json_t *read_report(void)
{
    json_error_t error;
    char *text = print_report("json");
    json_t *report = json_loads(text, 0, &error);
    ck_assert_msg(report != NULL, "%s", error.text);
    free(text);
    check_ledger(report);
    check_balance(report);
    return report;
}

/* For how long the server has waited for a processor; 0 where the kernel does not tell. */
static double server_queued(void)
{
    char path[64];
    unsigned long long queued_ns = 0;
    snprintf(path, sizeof path, "/proc/%d/schedstat", (int)server.running.pid);
    char *text = scratch_read(path);
    if (text)
        sscanf(text, "%*u %llu", &queued_ns);
    free(text);
    return (double)queued_ns / 1e9;
}

static void run_with(struct run *run, const char *const *words, size_t count,
                     const char *const *program)
{
    static const char *argv[24];
    double before = server_queued();
    put_words(argv, words, count, program);
    run->victim = (struct victim){.argv = argv, .env = environment, .directory = scratch.path};
    free(expect_success(&run->victim, &run->result));
    run->server_queued = server_queued() - before;
    run->report = read_report();
}

static void run_traced(struct run *run, const char *const *program)
{
    run_with(run, trace_words, sizeof trace_words / sizeof *trace_words, program);
}

static void run_free(struct run *run)
{
    json_decref(run->report);
    victim_result_free(&run->result);
}

/* The wall time of the same work done overlapped: the shortest of some runs, for a machine that
 * does other things as well makes it longer, and never shorter. */
static double overlapped_s(const char *const *program)
{
    struct victim_result result;
    struct victim victim = {.argv = program, .env = environment, .directory = scratch.path};
    double shortest = 1e9;
    for (int i = 0; i < 3; i++) {
        free(expect_success(&victim, &result));
        shortest = result.elapsed_s < shortest ? result.elapsed_s : shortest;
        victim_result_free(&result);
    }
    return shortest;
}

/* ---- what it says ---- */

static double figure(const struct run *run, const char *key)
{
    return json_number_value(json_object_get(run->report, key));
}

static void expect_near(const struct run *run, const char *what, double said, double truth,
                        double share, double floor)
{
    double tolerance = truth * share > floor ? truth * share : floor;
    expect_that(fabs(said - truth) <= tolerance, &run->victim, &run->result,
                "%s is said to be %.4f, and is %.4f\n%s", what, said, truth,
                json_dumps(run->report, JSON_INDENT(1) | JSON_REAL_PRECISION(6)));
}

/* What the machine did for others meanwhile. */
static double queued(const struct run *run)
{
    return json_number_value(json_object_get(json_object_get(run->report, "trust"), "run_queue_s"));
}

/* By how much any one thing may have come late: an answer, or what was to be done with it. */
static double late(const struct run *run)
{
    return queued(run) + run->server_queued;
}

/* The wall time as it is estimated, against that of a run that does the same work overlapped. What
 * the machine did meanwhile for others is in the recording as well. */
static void expect_what_if(const struct run *run, double truth)
{
    expect_near(run, "what-if", figure(run, "what_if_s"), truth, 0, 0.1 * truth + 0.02 + late(run));
}

static bool has_pattern(const struct run *run, const char *name)
{
    const json_t *pattern;
    size_t i;
    json_array_foreach(json_object_get(run->report, "pattern"), i, pattern)
    {
        if (!strcmp(json_string_value(pattern), name))
            return true;
    }
    return false;
}

static void expect_pattern(const struct run *run, const char *name)
{
    expect_that(has_pattern(run, name), &run->victim, &run->result, "no pattern %s in %s", name,
                json_dumps(json_object_get(run->report, "pattern"), 0));
}

static void expect_coverage(const struct run *run)
{
    expect_that(figure(run, "coverage") >= 0.98, &run->victim, &run->result, "coverage is %f\n%s",
                figure(run, "coverage"), json_dumps(run->report, JSON_INDENT(1)));
}

/* Whether a frame is "FILE:LINE" or, by "FILE FUNCTION", in that function. */
static bool is_place(const json_t *frame, const char *file, const char *place)
{
    char line[32];
    const char *path = json_string_value(json_object_get(frame, "file"));
    const char *slash = strrchr(path, '/');
    snprintf(line, sizeof line, "%lld",
             (long long)json_integer_value(json_object_get(frame, "line")));
    return !strcmp(slash ? slash + 1 : path, file) &&
           (!strcmp(line, place) ||
            !strcmp(json_string_value(json_object_get(frame, "function")), place));
}

/* The line "blame CALL FILE:LINE" or "blame CALL FILE FUNCTION" of the program. */
static void expect_blamed_first(const struct run *run)
{
    char call[64], file[64], place[64];
    const char *line = strstr(run->result.out.data, "blame ");
    ck_assert_msg(line && sscanf(line, "blame %63s %63[^: ]%*[: ]%63s", call, file, place) == 3,
                  "whom does it blame? %s", run->result.out.data);
    const json_t *first = json_array_get(json_object_get(run->report, "calls"), 0), *frame;
    bool found = false;
    size_t i;
    json_array_foreach(json_object_get(first, "stack"), i, frame)
    {
        found |= is_place(frame, file, place);
    }
    expect_that(found && !strcmp(json_string_value(json_object_get(first, "call")), call),
                &run->victim, &run->result, "the first is not %s at %s:%s but\n%s", call, file,
                place, json_dumps(first, JSON_INDENT(1)));
}

static void expect_held(const struct run *run)
{
    expect_near(run, "serialized time", figure(run, "serialized_s"),
                expect_timing(&run->result, "serialized"), 0.03, 0.005 + late(run));
    expect_pattern(run, "stall");
    expect_blamed_first(run);
    expect_coverage(run);
}

static void expect_innocent(const struct run *run)
{
    expect_near(run, "serialized time", figure(run, "serialized_s"), 0, 0, 0.005);
    expect_that(!has_pattern(run, "stall") && !has_pattern(run, "convoy") &&
                    !has_pattern(run, "computing"),
                &run->victim, &run->result, "an innocent is blamed: %s",
                json_dumps(json_object_get(run->report, "findings"), JSON_INDENT(1)));
    expect_near(run, "what-if", figure(run, "what_if_s"), figure(run, "wall_s"), 0, 0.0001);
    expect_coverage(run);
}

/* ---- those that hold up others ---- */

static const struct guilty {
    const char *const *blocked, *const *overlapped;
} guilty[] = {
    {WORDS("truth_one_at_a_time"), WORDS("truth_one_at_a_time", "overlapped")},
    {WORDS("truth_streams"), WORDS("truth_streams", "overlapped")},
    {WORDS("truth_unread_behind"), WORDS("truth_unread_behind", "overlapped")},
    {WORDS("truth_looked_up"), WORDS("truth_looked_up", "overlapped")},
    {WORDS("truth_loop_stall", "blocked", "sleep"),
     WORDS("truth_loop_stall", "overlapped", "sleep")},
    {WORDS("truth_loop_stall", "blocked", "getaddrinfo"),
     WORDS("truth_loop_stall", "overlapped", "getaddrinfo")},
    {WORDS("truth_loop_stall", "blocked", "fsync"),
     WORDS("truth_loop_stall", "overlapped", "fsync")},
    {WORDS("truth_loop_stall", "blocked", "waitpid"),
     WORDS("truth_loop_stall", "overlapped", "waitpid")},
    {WORDS("truth_loop_stall", "blocked", "poll"), WORDS("truth_loop_stall", "overlapped", "poll")},
    {WORDS(PYTHON, PROGRAMS "/asyncio_sleep.py"),
     WORDS(PYTHON, PROGRAMS "/asyncio_sleep.py", "overlapped")},
    {WORDS(PYTHON, PROGRAMS "/greenlet_loop.py"),
     WORDS(PYTHON, PROGRAMS "/greenlet_loop.py", "overlapped")},
};
enum { GUILTY = sizeof guilty / sizeof *guilty };

/* The programs know when they asked, and when an answer to that is due: five may come late. */
START_TEST(guilty_is_blamed)
{
    const struct guilty *one = &guilty[_i];
    struct run run = {0};
    begin(false);
    run_traced(&run, one->blocked);
    expect_held(&run);
    expect_near(&run, "waiting", figure(&run, "waiting_conn_s"),
                expect_timing(&run.result, "waiting"), 0.03, 0.025 + 5 * late(&run));
    expect_what_if(&run, overlapped_s(one->overlapped));
    run_free(&run);
    end();
}
END_TEST

/* It waits for many, but not for those of the loop. A thread that makes the call holds nobody up.
 */
START_TEST(loop_inside_of_a_loop_is_a_stall)
{
    const char *const call = _i ? "epoll" : "two";
    struct run run = {0};
    begin(false);
    run_traced(&run, WORDS("truth_loop_stall", "blocked", call));
    expect_held(&run);
    run_free(&run);
    end();
    begin(false);
    run_traced(&run, WORDS("truth_loop_stall", "overlapped", call));
    expect_innocent(&run);
    run_free(&run);
    end();
}
END_TEST

/* Nobody is seen to wait, and yet nothing else on the loop could go on. */
START_TEST(loop_without_connections_is_stalled)
{
    struct run run = {0};
    begin(false);
    run_traced(&run, WORDS(PYTHON, PROGRAMS "/asyncio_timers.py"));
    expect_near(&run, "loop blocked", figure(&run, "loop_blocked_s"),
                expect_timing(&run.result, "loop_blocked"), 0.03, 0.005);
    expect_near(&run, "serialized time", figure(&run, "serialized_s"), 0, 0, 0.005);
    expect_pattern(&run, "stall");
    expect_blamed_first(&run);
    expect_coverage(&run);
    run_free(&run);
    end();
}
END_TEST

/* ---- those that do not ---- */

static const char *const *const innocent[] = {
    WORDS("truth_keep_alive"), WORDS("truth_opened_ahead"),
    WORDS("truth_overlapped"), WORDS("truth_serial_loop"),
    WORDS("truth_pool"),       WORDS("truth_job_queue"),
    WORDS("truth_one_left"),   WORDS("truth_looked_up", "ahead"),
    WORDS("truth_barrier"),    WORDS("truth_barrier", "own"),
};
enum { INNOCENT = sizeof innocent / sizeof *innocent };

START_TEST(innocent_is_not_blamed)
{
    struct run run = {0};
    begin(false);
    run_traced(&run, innocent[_i]);
    expect_innocent(&run);
    run_free(&run);
    end();
}
END_TEST

/* A program that is only recorded is not asked whether it has a hub. */
START_TEST(greenlets_that_are_only_loaded_are_not_held_up)
{
    struct run run = {0};
    begin(false);
    run_traced(&run, WORDS(PYTHON, PROGRAMS "/greenlets_loaded.py", "loaded"));
    expect_near(&run, "held tasks", figure(&run, "held_tasks_s"), 0, 0, 0.005);
    run_free(&run);
    end();
    begin(false);
    run_traced(&run, WORDS(PYTHON, PROGRAMS "/greenlets_loaded.py", "eventlet"));
    ck_assert_double_ge(figure(&run, "held_tasks_s"), 0.09);
    run_free(&run);
    end();
}
END_TEST

/* It is the other thread's loop. */
START_TEST(loop_in_a_thread_of_its_own_holds_no_greenlets_up)
{
    struct run run = {0};
    begin(false);
    run_traced(&run, WORDS(PYTHON, PROGRAMS "/greenlet_loop.py", "overlapped"));
    expect_near(&run, "serialized time", figure(&run, "serialized_s"), 0, 0, 0.005);
    expect_that(!has_pattern(&run, "stall"), &run.victim, &run.result, "an innocent is blamed: %s",
                json_dumps(json_object_get(run.report, "findings"), JSON_INDENT(1)));
    run_free(&run);
    end();
}
END_TEST

/* It could have taken the answer at once, had there been a processor. */
START_TEST(who_stands_in_the_run_queue_holds_nobody_up)
{
    struct run run = {0};
    begin(false);
    run_traced(&run, WORDS("truth_queued"));
    double queued = expect_timing(&run.result, "queued");
    expect_that(queued >= 0.1, &run.victim, &run.result, "it was in the run queue for %f s",
                queued);
    expect_that(figure(&run, "serialized_s") <= expect_timing(&run.result, "waited") + 0.01,
                &run.victim, &run.result, "serialized time is %f s", figure(&run, "serialized_s"));
    run_free(&run);
    end();
}
END_TEST

START_TEST(tickets_are_no_answers)
{
    struct run run = {0};
    begin(true);
    run_traced(&run, WORDS("truth_tls_tickets"));
    expect_innocent(&run);
    run_free(&run);
    end();
}
END_TEST

/* ---- time that is not seen ---- */

static const struct unseen {
    const char *how;
    bool is_seen;
    const char *where;
} unseen[] = {
    {"thread", false, ", which made no call"},
    {"between", false, ", between write and write of fd "},
    {"seen", true, NULL},
};
enum { UNSEEN = sizeof unseen / sizeof *unseen };

/* The text report with its lines joined. */
static char *print_text(void)
{
    char *text = print_report("text"), *to = text;
    for (const char *from = text; *from; from++)
        if (!strchr(" \n", *from) || (to > text && to[-1] != ' '))
            *to++ = *from == '\n' ? ' ' : *from;
    *to = '\0';
    return text;
}

/* What `greq check` says of the trace. */
static void expect_check(int status)
{
    struct victim_result result;
    struct victim victim = {.argv = WORDS(GREQ_COMMAND, "check", "trace"),
                            .directory = scratch.path};
    victim_run(&result, &victim);
    expect_that(result.exit_status == status, &victim, &result, "the check is not %d", status);
    victim_result_free(&result);
}

START_TEST(time_that_is_not_seen_is_measured)
{
    const struct unseen *one = &unseen[_i];
    struct run run = {0};
    begin(false);
    run_traced(&run, WORDS("truth_unseen", one->how));
    char *text = print_text();
    expect_near(
        &run, "unseen",
        json_number_value(json_object_get(json_object_get(run.report, "trust"), "unseen_s")),
        one->is_seen ? 0 : 0.4, 0.03, 0.012);
    expect_check(one->is_seen ? 0 : 2);
    ck_assert_msg(one->is_seen ? !strstr(text, "cannot tell") : !!strstr(text, "cannot tell: "),
                  "%s", text);
    ck_assert_msg(one->is_seen || strstr(text, one->where), "%s", text);
    free(text);
    run_free(&run);
    end();
}
END_TEST

/* ---- locks ---- */

static const char *const locks[] = {"mutex", "condition"};

START_TEST(holder_of_a_lock_is_blamed)
{
    struct run run = {0};
    begin(false);
    run_traced(&run, WORDS("truth_convoy", locks[_i]));
    expect_pattern(&run, "convoy");
    expect_near(&run, "lock-seconds", figure(&run, "lock_wait_s"),
                expect_timing(&run.result, "lock_wait"), 0.03, 0.005 + queued(&run));
    expect_blamed_first(&run);
    expect_coverage(&run);
    /* Nobody knows whether a condition stands for a lock or for a result. */
    if (_i == 0)
        expect_what_if(&run, overlapped_s(WORDS("truth_convoy", "overlapped")));
    run_free(&run);
    end();
}
END_TEST

/* ---- conditional figures ---- */

/* ---- requests ---- */

/* The longest of a part of the requests that were served, or made. */
static double longest(const struct run *run, bool served, const char *part)
{
    const json_t *row;
    size_t i;
    json_array_foreach(json_object_get(run->report, "request_table"), i, row)
    {
        if (json_is_true(json_object_get(row, "served")) == served)
            return json_number_value(json_object_get(json_object_get(row, part), "longest_s"));
    }
    return -1;
}

static void expect_segments_add_up(const struct run *run)
{
    const json_t *segment;
    double sum = 0;
    size_t i;
    json_array_foreach(json_object_get(run->report, "critical_path"), i, segment)
    {
        sum += json_number_value(json_object_get(segment, "seconds"));
    }
    expect_near(run, "the critical path", sum, figure(run, "wall_s"), 0, 0.0001);
}

static const char *const by_name[] = {"gethostbyname", "gethostbyname2", "gethostbyname_r",
                                      "gethostbyname2_r"};
enum { BY_NAME = sizeof by_name / sizeof *by_name };

START_TEST(hosts_have_the_names_that_they_were_looked_up_by)
{
    struct run run = {0};
    begin(false);
    run_traced(&run, WORDS("truth_host_names", by_name[_i]));
    const json_t *row = json_array_get(json_object_get(run.report, "request_table"), 0);
    const char *host = json_string_value(json_object_get(row, "name"));
    expect_that(host && !strcmp(host, "host-1"), &run.victim, &run.result, "the host is %s",
                host ? host : "not known");
    double look_up_s = longest(&run, false, "lookup_s");
    expect_that(look_up_s >= 0.299, &run.victim, &run.result, "the look-up took %f s", look_up_s);
    run_free(&run);
    end();
}
END_TEST

static const char *const backlogs[] = {"late", "prompt", "looking"};

START_TEST(parts_of_a_request_are_told)
{
    struct run run = {0};
    begin(false);
    run_traced(&run, WORDS("truth_backlog", backlogs[_i]));
    expect_near(&run, "backlog", longest(&run, true, "backlog_s"),
                expect_timing(&run.result, "backlog"), 0.03, 0.01);
    expect_near(&run, "work", longest(&run, true, "wait_s"), expect_timing(&run.result, "work"),
                0.03, 0.01);
    expect_near(&run, "wait", longest(&run, false, "wait_s"), expect_timing(&run.result, "wait"),
                0.03, 0.01);
    expect_near(&run, "serialized time", figure(&run, "serialized_s"),
                expect_timing(&run.result, "backlog"), 0.03, 0.01);
    expect_segments_add_up(&run);
    run_free(&run);
    end();
}
END_TEST

START_TEST(serial_requests_have_a_conditional_what_if)
{
    struct run run = {0};
    begin(false);
    run_traced(&run, WORDS("truth_serial_loop"));
    expect_pattern(&run, "serial");
    const json_t *serial = json_array_get(json_object_get(run.report, "serial"), 0);
    ck_assert_int_eq(json_integer_value(json_object_get(serial, "requests")), 6);
    const json_t *widths = json_object_get(serial, "if_independent");
    double all = json_number_value(
        json_object_get(json_array_get(widths, json_array_size(widths) - 1), "wall_s"));
    double two = json_number_value(json_object_get(json_array_get(widths, 0), "wall_s"));
    expect_near(&run, "all at once", all, overlapped_s(WORDS("truth_serial_loop", "overlapped")),
                0.1, 0);
    expect_near(&run, "two at once", two, figure(&run, "wall_s") / 2, 0.1, 0);
    run_free(&run);
    end();
}
END_TEST

static json_int_t count_of(const struct run *run, const char *name)
{
    return json_integer_value(json_object_get(run->report, name));
}

/* Of both ends nobody can tell which answer is whose. */
START_TEST(requests_over_http_2_are_not_counted)
{
    struct run run = {0};
    begin(false);
    run_traced(&run, WORDS("truth_speaks", "HTTP/1"));
    expect_pattern(&run, "serial");
    ck_assert_int_eq(count_of(&run, "requests"), 4);
    ck_assert_int_eq(count_of(&run, "uncounted_connections"), 0);
    run_free(&run);
    end();
    begin(false);
    run_traced(&run, WORDS("truth_speaks", "HTTP/2"));
    ck_assert_uint_eq(json_array_size(json_object_get(run.report, "serial")), 0);
    ck_assert_int_eq(count_of(&run, "requests"), 0);
    ck_assert_int_eq(count_of(&run, "uncounted_connections"), 2);
    run_free(&run);
    end();
}
END_TEST

/* Of five the first is for nothing that was answered before, and so may one be that found its
 * answer without a wait. What the main thread computes is not waited. */
START_TEST(requests_through_a_loop_are_a_row)
{
    static const char *const ways[] = {"channel", "condition"};
    struct run run = {0};
    begin(false);
    run_traced(&run, WORDS(PYTHON, PROGRAMS "/through_loop.py", ways[_i]));
    expect_pattern(&run, "serial");
    const json_t *serial = json_array_get(json_object_get(run.report, "serial"), 0);
    double requests = json_integer_value(json_object_get(serial, "requests"));
    double waited = json_number_value(json_object_get(serial, "waited_s"));
    ck_assert_double_ge(requests, 2);
    ck_assert_double_ge(waited, requests * 0.099);
    ck_assert_double_le(waited, expect_timing(&run.result, "waited"));
    run_free(&run);
    end();
    begin(false);
    run_traced(&run, WORDS(PYTHON, PROGRAMS "/through_loop.py", "paced"));
    ck_assert(!has_pattern(&run, "serial"));
    run_free(&run);
    end();
}
END_TEST

/* ---- several processes, tasks, servers ---- */

/* The finding of a kind, or NULL. */
static const json_t *finding(const struct run *run, const char *kind)
{
    const json_t *item;
    size_t i;
    json_array_foreach(json_object_get(run->report, "findings"), i, item)
    {
        if (!strcmp(json_string_value(json_object_get(item, "kind")), kind))
            return item;
    }
    return NULL;
}

static double fact(const json_t *finding, const char *name)
{
    return json_number_value(json_object_get(json_object_get(finding, "facts"), name));
}

START_TEST(pool_limit_is_found)
{
    struct run run = {0};
    begin(false);
    run_traced(&run, WORDS("truth_pool"));
    const json_t *found = finding(&run, "pool");
    expect_that(found != NULL, &run.victim, &run.result, "no limit is found");
    ck_assert_int_eq((int)figure(&run, "pool_limit"), 3);
    expect_near(&run, "in flight", fact(found, "busy_s"), 0.4, 0, 0.03 + late(&run));
    expect_near(&run, "all at once", fact(found, "longest_s"), 0.1, 0, 0.02 + late(&run));
    run_free(&run);
    end();
}
END_TEST

START_TEST(limit_of_look_ups_is_found)
{
    struct run run = {0};
    begin(false);
    run_traced(&run, WORDS("truth_look_ups", "pool"));
    const json_t *found = finding(&run, "lookups");
    expect_that(found != NULL, &run.victim, &run.result, "no limit is found");
    ck_assert_double_eq(fact(found, "limit"), 3);
    /* 9 where each place is filled before the next one is free. */
    ck_assert_double_le(fact(found, "later_starts"), 9);
    ck_assert_double_ge(fact(found, "later_starts"), 4);
    expect_near(&run, "look-ups", json_number_value(json_object_get(found, "seconds")), 1.2, 0.03,
                0.02);
    expect_near(&run, "all at once", fact(found, "longest_s"), 0.3, 0.03, 0.02);
    run_free(&run);
    end();
    begin(false);
    run_traced(&run, WORDS("truth_look_ups", "each"));
    ck_assert_ptr_null(finding(&run, "lookups"));
    run_free(&run);
    end();
}
END_TEST

START_TEST(address_that_does_not_answer_is_named)
{
    struct run run = {0};
    begin(false);
    run_traced(&run, WORDS("truth_dead_address"));
    const json_t *found = finding(&run, "dead");
    expect_that(found != NULL, &run.victim, &run.result, "no dead address");
    ck_assert_double_eq(fact(found, "attempts"), 1);
    expect_near(&run, "in vain", json_number_value(json_object_get(found, "seconds")), 0.3, 0.03,
                0.02);
    run_free(&run);
    end();
    begin(false);
    run_traced(&run, WORDS("truth_dead_address", "late"));
    ck_assert_ptr_null(finding(&run, "dead"));
    run_free(&run);
    end();
}
END_TEST

START_TEST(client_that_leaves_in_its_handshake_is_no_dead_address)
{
    struct run run = {0};
    begin(false);
    run_traced(&run, WORDS("truth_left_handshake"));
    ck_assert_ptr_null(finding(&run, "dead"));
    expect_that(json_integer_value(json_object_get(run.report, "connection_count")) == 2,
                &run.victim, &run.result, "not both ends were seen");
    run_free(&run);
    end();
}
END_TEST

START_TEST(pool_of_one_connection_is_found)
{
    struct run run = {0};
    begin(false);
    run_traced(&run, WORDS("truth_pool_of_one", "pool"));
    const json_t *found = finding(&run, "pool_of_one");
    expect_that(found != NULL, &run.victim, &run.result, "no limit is found");
    ck_assert_double_eq(figure(&run, "pool_limit"), 1);
    ck_assert_double_eq(fact(found, "threads"), 5);
    ck_assert_double_eq(fact(found, "prompt_starts"), 4);
    expect_near(&run, "in flight", json_number_value(json_object_get(found, "seconds")), 1.0, 0.03,
                0.03);
    expect_near(&run, "all at once", fact(found, "longest_s"), 0.2, 0.03, 0.02);
    ck_assert(!has_pattern(&run, "serial"));
    run_free(&run);
    end();
    begin(false);
    run_traced(&run, WORDS("truth_pool_of_one", "row"));
    ck_assert_ptr_null(finding(&run, "pool_of_one"));
    expect_pattern(&run, "serial");
    run_free(&run);
    end();
}
END_TEST

/* ---- locks of files ---- */

static const char *const file_locks[] = {"flock", "lockf", "fcntl", "ofd"};

START_TEST(holder_of_a_files_lock_is_blamed)
{
    struct run run = {0};
    begin(false);
    run_traced(&run, WORDS("truth_file_lock", "same", file_locks[_i]));
    const json_t *found = finding(&run, "file_lock");
    expect_that(found != NULL, &run.victim, &run.result, "no lock of a file");
    double truth = expect_timing(&run.result, "lock_wait");
    expect_near(&run, "lock-seconds", figure(&run, "lock_wait_s"), truth, 0.03,
                0.03 * truth + queued(&run));
    /* What the machine does between a release and the next one's start is no call. */
    expect_near(&run, "the holder's", json_number_value(json_object_get(found, "seconds")), truth,
                0.03, 0.03 * truth + 3 * queued(&run));
    const char *file = json_string_value(json_object_get(json_object_get(found, "facts"), "file"));
    ck_assert_str_eq(strrchr(file, '/'), "/lock-0");
    expect_blamed_first(&run);
    expect_coverage(&run);
    expect_what_if(&run, overlapped_s(WORDS("truth_file_lock", "own", "flock")));
    run_free(&run);
    end();
}
END_TEST

/* It is in that call for longer than it is waited for. */
START_TEST(holder_is_blamed_for_who_gave_up)
{
    struct run run = {0};
    begin(false);
    run_traced(&run, WORDS("truth_file_lock", "impatient"));
    const json_t *found = finding(&run, "file_lock");
    expect_that(found != NULL, &run.victim, &run.result, "no lock of a file");
    double truth = expect_timing(&run.result, "lock_wait");
    expect_near(&run, "the holder's", json_number_value(json_object_get(found, "seconds")), truth,
                0.03, 0.01 + queued(&run));
    expect_blamed_first(&run);
    run_free(&run);
    end();
}
END_TEST

START_TEST(files_of_their_own_hold_nobody_up)
{
    struct run run = {0};
    begin(false);
    run_traced(&run, WORDS("truth_file_lock", "own", file_locks[_i]));
    expect_innocent(&run);
    expect_near(&run, "lock-seconds", figure(&run, "lock_wait_s"), 0, 0, 0.005);
    run_free(&run);
    end();
}
END_TEST

/* Each finding of this kind says how long its own call waited. Returns the sum. */
static double sum_of_calls(const struct run *run, const char *kind)
{
    const json_t *finding, *calls = json_object_get(run->report, "calls");
    double sum = 0;
    size_t i;
    json_array_foreach(json_object_get(run->report, "findings"), i, finding)
    {
        if (strcmp(json_string_value(json_object_get(finding, "kind")), kind) != 0)
            continue;
        double seconds = json_number_value(json_object_get(finding, "seconds"));
        const json_t *call =
            json_array_get(calls, json_integer_value(json_object_get(finding, "call")));
        ck_assert_double_eq_tol(json_number_value(json_object_get(call, "blocked_s")), seconds,
                                1e-6);
        sum += seconds;
    }
    return sum;
}

/* Where the other one is just writing, sqlite waits in another of its functions. */
START_TEST(wait_for_a_lock_of_sqlite_is_named)
{
    struct run run = {0};
    begin(false);
    run_traced(&run, WORDS(PYTHON, PROGRAMS "/sqlite_busy.py"));
    expect_near(&run, "sqlite", sum_of_calls(&run, "sqlite"), expect_timing(&run.result, "waited"),
                0.03, 0.02 + queued(&run));
    const json_t *found, *list = json_object_get(run.report, "findings");
    size_t i;
    json_array_foreach(list, i, found)
    {
        ck_assert_str_eq(json_string_value(json_object_get(found, "kind")), "sqlite");
    }
    run_free(&run);
    end();
}
END_TEST

/* No finding of this kind is there. */
static void expect_none(const struct run *run, const char *kind)
{
    expect_that(finding(run, kind) == NULL, &run->victim, &run->result, "%s is found", kind);
}

START_TEST(waits_for_monitors_are_told_by_their_stack)
{
    struct run run = {0};
    begin(false);
    run_traced(&run, WORDS("truth_monitors", "enter"));
    expect_near(&run, "waited", sum_of_calls(&run, "monitor"), expect_timing(&run.result, "waited"),
                0.03, 0.02 + queued(&run));
    const json_t *first = json_array_get(json_object_get(run.report, "calls"), 0);
    ck_assert_str_eq(json_string_value(json_object_get(first, "call")), "pthread_cond_wait");
    run_free(&run);
    end();
    begin(false);
    run_traced(&run, WORDS("truth_monitors", "wait"));
    expect_none(&run, "monitor");
    run_free(&run);
    end();
}
END_TEST

START_TEST(waits_of_runtimes_block_no_loop)
{
    static const char *const others[] = {"own", "v8"}, *const remedies[] = {
                                                           "do not wait in",
                                                           "V8 collects garbage there"};
    static const char *const whys[] = {"which thread computed meanwhile is not known",
                                       "nothing was left for the loop to do"};
    struct run run = {0};
    begin(false);
    run_traced(&run, WORDS("truth_capability", others[_i]));
    const json_t *found = finding(&run, "loop");
    expect_that(found != NULL, &run.victim, &run.result, "no loop is blocked");
    const char *remedy = json_string_value(json_object_get(found, "remedy"));
    ck_assert_msg(strstr(remedy, remedies[_i]) != NULL, "%s", remedy);
    expect_near(&run, "blocked", json_number_value(json_object_get(found, "seconds")),
                expect_timing(&run.result, "waited"), 0.03, 0.02 + queued(&run));
    expect_check(1);
    run_free(&run);
    end();
    begin(false);
    run_traced(&run, WORDS("truth_capability", _i ? "node" : "ghc"));
    expect_none(&run, "loop");
    char *json = print_report("json");
    ck_assert_msg(strstr(json, whys[_i]) != NULL, "%s", json);
    free(json);
    expect_near(&run, "blocked", figure(&run, "loop_blocked_s"),
                expect_timing(&run.result, "waited"), 0.03, 0.02 + queued(&run));
    expect_check(0);
    run_free(&run);
    end();
}
END_TEST

START_TEST(threads_that_put_into_a_full_queue_are_found)
{
    struct run run = {0};
    begin(false);
    run_traced(&run, WORDS(PYTHON, PROGRAMS "/full_queue.py", "full"));
    const json_t *found = finding(&run, "full_queue");
    expect_that(found != NULL, &run.victim, &run.result, "no full queue");
    expect_near(&run, "waited", json_number_value(json_object_get(found, "seconds")),
                expect_timing(&run.result, "waited"), 0.05, 0.02 + queued(&run));
    run_free(&run);
    end();
    begin(false);
    run_traced(&run, WORDS(PYTHON, PROGRAMS "/full_queue.py", "taken"));
    expect_near(&run, "waited", sum_of_calls(&run, "full_queue"),
                expect_timing(&run.result, "waited"), 0.05, 0.02 + queued(&run));
    expect_none(&run, "calls");
    run_free(&run);
    end();
    begin(false);
    run_traced(&run, WORDS(PYTHON, PROGRAMS "/full_queue.py", "empty"));
    expect_none(&run, "full_queue");
    run_free(&run);
    end();
    begin(false);
    run_traced(&run, WORDS(PYTHON, PROGRAMS "/full_queue.py", "seen"));
    expect_none(&run, "full_queue");
    expect_near(&run, "idle time", figure(&run, "idle_s"), expect_timing(&run.result, "waited"),
                0.05, 0.02 + queued(&run));
    run_free(&run);
    end();
}
END_TEST

/* ---- calls of which only so many are made at once ---- */

static const struct limited {
    const char *const *program;
    double limit;
} limited[] = {
    {WORDS("truth_calls", "semaphore"), 3},
    {WORDS("truth_calls", "late"), 3},
    {WORDS("truth_calls", "workers"), 3},
    {WORDS(PYTHON, PROGRAMS "/executor.py", "1"), 1},
    {WORDS(PYTHON, PROGRAMS "/executor.py", "4"), 4},
    {WORDS(PYTHON, PROGRAMS "/executor.py", "4", "all", "processes"), 4},
    {WORDS(PYTHON, PROGRAMS "/executor.py", "4", "all", "pool"), 4},
    {WORDS(PYTHON, PROGRAMS "/executor.py", "1", "all", "processes"), 1},
    {WORDS(PYTHON, PROGRAMS "/executor.py", "1", "all", "told"), 1},
    {WORDS(PYTHON, PROGRAMS "/semaphore.py"), 3},
    {WORDS(PYTHON, PROGRAMS "/queue_workers.py", "all"), 3},
    {WORDS(PYTHON, PROGRAMS "/dispatcher.py", "waiting"), 3},
};
enum { LIMITED = sizeof limited / sizeof *limited };

START_TEST(limit_of_calls_is_found)
{
    struct run run = {0};
    begin(false);
    run_traced(&run, limited[_i].program);
    const json_t *found = finding(&run, "calls");
    expect_that(found != NULL, &run.victim, &run.result, "no limit is found");
    ck_assert_double_eq(fact(found, "limit"), limited[_i].limit);
    expect_near(&run, "busy", json_number_value(json_object_get(found, "seconds")),
                expect_timing(&run.result, "busy"), 0.03, 0.01);
    expect_near(&run, "all at once", fact(found, "longest_s"),
                expect_timing(&run.result, "longest"), 0.03, 0.01);
    run_free(&run);
    end();
}
END_TEST

START_TEST(limit_of_children_is_found)
{
    struct run run = {0};
    begin(false);
    run_traced(&run, WORDS("/bin/sh", "-c", "seq 12 | xargs -P 3 -I{} sleep 0.2"));
    const json_t *found = finding(&run, "children");
    expect_that(found != NULL, &run.victim, &run.result, "no limit is found");
    ck_assert_double_eq(fact(found, "limit"), 3);
    ck_assert_double_eq(fact(found, "children"), 12);
    ck_assert_double_ge(fact(found, "busy_s"), 0.8);
    ck_assert_double_ge(fact(found, "all_at_once_s"), 0.2);
    ck_assert_double_le(fact(found, "all_at_once_s"), fact(found, "busy_s") * 0.9);
    run_free(&run);
    end();
}
END_TEST

/* What lets one in at a time is a lock, and is told of as one. */
static const char *const *const unlimited[] = {
    WORDS("/bin/sh", "-c",
          "for i in 1 2 3; do sleep 0.1 & sleep 0.15 & sleep 0.2 & wait; done"), /* in batches */
    WORDS("/bin/sh", "-c", "for i in 1 2 3; do (sleep 0.1; sleep 0.15; sleep 0.1) & done; wait"),
    WORDS("truth_calls", "each"),
    WORDS("truth_calls", "rows"),
    WORDS("truth_calls", "queue"),
    WORDS("truth_calls", "turns"),
    WORDS(PYTHON, PROGRAMS "/executor.py", "12"),
    WORDS(PYTHON, PROGRAMS "/queue_workers.py", "few"),
    WORDS(PYTHON, PROGRAMS "/queue_workers.py", "batch"),
    WORDS(PYTHON, PROGRAMS "/dispatcher.py", "in_turn"),
    WORDS(PYTHON, PROGRAMS "/executor.py", "4", "batch"),
    WORDS(PYTHON, PROGRAMS "/executor.py", "4", "batch", "processes"),
    WORDS(PYTHON, PROGRAMS "/executor.py", "4", "batch", "pool"),
    WORDS(PYTHON, PROGRAMS "/executor.py", "1", "batch", "processes"),
    WORDS(PYTHON, PROGRAMS "/executor.py", "1", "batch", "forkserver"),
};
enum { UNLIMITED = sizeof unlimited / sizeof *unlimited };

START_TEST(threads_with_jobs_of_their_own_are_no_pool)
{
    struct run run = {0};
    begin(false);
    run_traced(&run, unlimited[_i]);
    ck_assert_ptr_null(finding(&run, "calls"));
    run_free(&run);
    end();
}
END_TEST

/* ---- ends of threads ---- */

START_TEST(join_is_charged_to_what_the_thread_was_in)
{
    struct run run = {0};
    begin(false);
    run_traced(&run, WORDS("truth_joining"));
    const json_t *found = finding(&run, "loop_awaited");
    expect_that(found != NULL, &run.victim, &run.result, "no join in a loop");
    expect_near(&run, "joined", json_number_value(json_object_get(found, "seconds")),
                expect_timing(&run.result, "joined"), 0.03, 0.01 + queued(&run));
    expect_near(&run, "slept", fact(found, "inner_s"), expect_timing(&run.result, "slept"), 0.03,
                0.01 + queued(&run));
    const char *inner =
        json_string_value(json_object_get(json_object_get(found, "facts"), "inner"));
    ck_assert_str_eq(inner, "usleep");
    run_free(&run);
    end();
}
END_TEST

START_TEST(both_processes_of_a_fork_are_seen)
{
    struct run run = {0};
    begin(false);
    run_traced(&run, WORDS("truth_forks"));
    /* The program tells what its own process held up; the child did the same. */
    expect_near(&run, "serialized time", figure(&run, "serialized_s"),
                2 * expect_timing(&run.result, "serialized"), 0.03, 0.01);
    expect_blamed_first(&run);
    expect_coverage(&run);
    ck_assert_uint_eq(json_array_size(json_object_get(run.report, "processes")), 2);
    run_free(&run);
    end();
}
END_TEST

START_TEST(unpatched_call_holds_up_tasks)
{
    struct run run = {0};
    begin(false);
    run_with(&run, run_words, sizeof run_words / sizeof *run_words, WORDS("truth_partial"));
    expect_pattern(&run, "partial");
    expect_held(&run);
    expect_what_if(&run,
                   overlapped_s(WORDS(GREQ_COMMAND, "run", "--", victim_path("truth_partial"))));
    run_free(&run);
    end();
}
END_TEST

/* Its tasks are parked in helper threads when the first of them blocks the thread. */
START_TEST(tasks_that_were_parked_when_a_call_held_them_up_need_not_wait)
{
    struct run run = {0};
    begin(false);
    run_with(&run, run_words, sizeof run_words / sizeof *run_words,
             WORDS("truth_partial", "look-up"));
    expect_pattern(&run, "partial");
    expect_what_if(&run, overlapped_s(WORDS(GREQ_COMMAND, "run", "--", victim_path("truth_partial"),
                                            "look-up")));
    run_free(&run);
    end();
}
END_TEST

static int dial(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec + now.tv_nsec / 1e9;
}

static void ask_byte(int fd, char byte)
{
    ck_assert_int_eq(write(fd, &byte, 1), 1);
}

static void take_byte(int fd)
{
    char byte;
    ck_assert_int_eq(read(fd, &byte, 1), 1);
}

/* Five clients: one asks for what is slow, the others 100 ms later for what is not. They know how
 * long they waited. */
START_TEST(slow_handler_of_a_server_is_blamed)
{
    enum { CLIENTS = 5 };
    static const char *argv[24];
    struct run run = {0};
    struct victim_running running;
    int fds[CLIENTS];
    begin(false);
    put_words(argv, trace_words, sizeof trace_words / sizeof *trace_words,
              WORDS("truth_epoll_server", "5"));
    run.victim = (struct victim){.argv = argv, .directory = scratch.path};
    victim_start(&running, &run.victim);
    char *line = victim_wait_line(&running, "port ");
    for (int i = 0; i < CLIENTS; i++)
        fds[i] = dial(atoi(line + strlen("port ")));
    ask_byte(fds[0], 's');
    usleep(100000);
    double asked = now_s();
    for (int i = 1; i < CLIENTS; i++)
        ask_byte(fds[i], 'f');
    take_byte(fds[0]);
    double waited = now_s() - asked;
    for (int i = 1; i < CLIENTS; i++)
        take_byte(fds[i]);
    for (int i = 0; i < CLIENTS; i++)
        close(fds[i]);
    victim_finish(&running, &run.result);
    expect_that(run.result.exit_status == 0, &run.victim, &run.result, "it failed");
    run.report = read_report();
    expect_near(&run, "serialized time", figure(&run, "serialized_s"), waited, 0.03, 0.005);
    expect_near(&run, "waiting", figure(&run, "waiting_conn_s"), waited * (CLIENTS - 1), 0.03,
                0.02);
    expect_blamed_first(&run);
    expect_coverage(&run);
    free(line);
    run_free(&run);
    end();
}
END_TEST

/* All requests are read before the first is answered. */
static void run_read_ahead(struct run *run, const char *how)
{
    enum { CLIENTS = 3 };
    static const char *argv[24];
    struct victim_running running;
    int fds[CLIENTS];
    put_words(argv, trace_words, sizeof trace_words / sizeof *trace_words,
              WORDS("truth_read_ahead", how));
    run->victim = (struct victim){.argv = argv, .directory = scratch.path};
    victim_start(&running, &run->victim);
    char *line = victim_wait_line(&running, "port ");
    for (int i = 0; i < CLIENTS; i++)
        fds[i] = dial(atoi(line + strlen("port ")));
    for (int i = 0; i < CLIENTS; i++)
        ask_byte(fds[i], 'a');
    for (int i = 0; i < CLIENTS; i++)
        take_byte(fds[i]);
    for (int i = 0; i < CLIENTS; i++)
        close(fds[i]);
    victim_finish(&running, &run->result);
    expect_that(run->result.exit_status == 0, &run->victim, &run->result, "it failed");
    run->report = read_report();
    free(line);
}

START_TEST(requests_that_were_read_wait_for_their_answers)
{
    struct run run = {0};
    begin(false);
    run_read_ahead(&run, "blocked");
    expect_held(&run);
    expect_near(&run, "waiting", figure(&run, "waiting_conn_s"),
                expect_timing(&run.result, "waiting"), 0.03, 0.025);
    run_free(&run);
    end();
    begin(false);
    run_read_ahead(&run, "waiting");
    expect_innocent(&run);
    run_free(&run);
    end();
}
END_TEST

/* ---- wake-ups ---- */

static const char *const *const woken[] = {
    WORDS("truth_wake_ups", "blocked", "eventfd"),    WORDS("truth_wake_ups", "blocked", "pipe"),
    WORDS("truth_wake_ups", "blocked", "socketpair"), WORDS("truth_wake_ups", "blocked", "timer"),
    WORDS(PYTHON, PROGRAMS "/asyncio_executor.py"),
};
enum { WOKEN = sizeof woken / sizeof *woken };

/* The kernel's own clock says when, so nothing depends on a tick. */
START_TEST(loop_that_was_woken_waits_behind_a_call)
{
    struct run run = {0};
    begin(false);
    run_traced(&run, woken[_i]);
    expect_held(&run);
    ck_assert_ptr_nonnull(finding(&run, "woken"));
    expect_near(&run, "waiting", figure(&run, "waiting_conn_s"), 0, 0, 0);
    run_free(&run);
    end();
}
END_TEST

START_TEST(loop_that_was_woken_waits_while_its_thread_computes)
{
    struct run run = {0};
    begin(false);
    run_traced(&run, WORDS("truth_wake_ups", "computing", "eventfd"));
    double truth = expect_timing(&run.result, "computed");
    /* What it computed before that is 100 ms at most; on a quiet machine the kernel tells them
     * apart. */
    expect_near(&run, "computing", figure(&run, "computing_s"), truth, 0,
                0.03 * truth + fmin(queued(&run), 0.1));
    ck_assert_ptr_nonnull(finding(&run, "computing_woken"));
    run_free(&run);
    end();
}
END_TEST

static const char *const wakers[] = {"eventfd", "timer"};

START_TEST(loop_that_takes_its_wake_ups_is_innocent)
{
    struct run run = {0};
    begin(false);
    run_traced(&run, WORDS("truth_wake_ups", "free", wakers[_i]));
    expect_innocent(&run);
    expect_near(&run, "computing", figure(&run, "computing_s"), 0, 0, 0.005);
    run_free(&run);
    end();
}
END_TEST

/* ---- the interpreter's lock ---- */

/* The call that has most of a figure. */
static const json_t *most(const struct run *run, const char *name)
{
    const json_t *call, *found = NULL;
    size_t i;
    json_array_foreach(json_object_get(run->report, "calls"), i, call)
    {
        if (!found || json_number_value(json_object_get(call, name)) >
                          json_number_value(json_object_get(found, name)))
            found = call;
    }
    return found;
}

static bool is_called_by(const json_t *call, const char *function)
{
    const json_t *frame;
    size_t i;
    json_array_foreach(json_object_get(call, "stack"), i, frame)
    {
        if (!strcmp(json_string_value(json_object_get(frame, "function")), function))
            return true;
    }
    return false;
}

/* Whoever has the lock may wait for a processor, also for one that the machine's host gave to
 * others: that is nobody's computing, and charged to nobody. */
START_TEST(thread_that_computes_is_charged_with_waits_for_the_interpreters_lock)
{
    struct run run = {0};
    begin(false);
    run_traced(&run, WORDS(PYTHON, PROGRAMS "/interpreter.py", "held"));
    const json_t *found = finding(&run, "interpreter");
    expect_that(found != NULL, &run.victim, &run.result, "no wait for the interpreter's lock");
    expect_near(&run, "waits", figure(&run, "interpreter_lock_s"),
                expect_timing(&run.result, "waited"), 0.2, 0.02 + 2 * queued(&run));
    const json_t *call = most(&run, "interpreter_lock_s");
    expect_that(is_called_by(call, "compute"), &run.victim, &run.result, "it ends in\n%s",
                json_dumps(call, JSON_INDENT(1)));
    run_free(&run);
    end();
    begin(false);
    run_traced(&run, WORDS(PYTHON, PROGRAMS "/interpreter.py", "released"));
    /* Who is preempted with the lock keeps it meanwhile. */
    expect_near(&run, "waits", figure(&run, "interpreter_lock_s"), 0, 0, 0.005 + queued(&run));
    run_free(&run);
    end();
}
END_TEST

static void run_ruby(struct run *run, const char *mode)
{
    run_traced(run, WORDS(RUBY, "--disable-gems", PROGRAMS "/interpreter.rb", mode));
}

START_TEST(waits_of_ruby_for_its_lock_are_found)
{
    struct run run = {0};
    if (access(RUBY, X_OK) != 0)
        return;
    begin(false);
    run_ruby(&run, "lock");
    expect_that(finding(&run, "interpreter") != NULL, &run.victim, &run.result,
                "no wait for the interpreter's lock");
    expect_near(&run, "waits", figure(&run, "interpreter_lock_s"),
                expect_timing(&run.result, "waited"), 0.05, 0.02 + 2 * queued(&run));
    run_free(&run);
    end();
}
END_TEST

/* As one thread computes: each of the others would wait as long. */
START_TEST(waits_of_ruby_for_others_are_none_for_its_lock)
{
    static const char *const modes[] = {"others", "children"};
    struct run run = {0};
    if (access(RUBY, X_OK) != 0)
        return;
    begin(false);
    run_ruby(&run, modes[_i]);
    expect_near(&run, "waits", figure(&run, "interpreter_lock_s"), 0, 0, 0.05 + 2 * queued(&run));
    run_free(&run);
    end();
}
END_TEST

/* ---- shapes ---- */

START_TEST(connections_that_could_have_been_kept_are_named)
{
    struct run run = {0};
    begin(true);
    run_traced(&run, WORDS(PYTHON, PROGRAMS "/reconnect.py", "each"));
    const json_t *found = finding(&run, "reconnect");
    expect_that(found != NULL, &run.victim, &run.result, "nothing is said of reconnecting");
    ck_assert_double_eq(fact(found, "count"), 9);
    expect_near(&run, "opening", json_number_value(json_object_get(found, "seconds")),
                expect_timing(&run.result, "opened"), 0.1, 0.01 + queued(&run));
    run_free(&run);
    end();
    begin(true);
    run_traced(&run, WORDS(PYTHON, PROGRAMS "/reconnect.py", "keep"));
    ck_assert_ptr_null(finding(&run, "reconnect"));
    run_free(&run);
    end();
}
END_TEST

/* How the other side acknowledges is its kernel's: the program tells which requests took long. */
START_TEST(small_writes_that_wait_for_each_other_are_named)
{
    struct run run = {0};
    begin(false);
    run_traced(&run, WORDS("truth_nagle", "two"));
    const json_t *found = finding(&run, "nagle");
    expect_that(found != NULL, &run.victim, &run.result, "nothing is said of small writes");
    expect_near(&run, "held back", json_number_value(json_object_get(found, "seconds")),
                expect_timing(&run.result, "held"), 0.15, 0.05 + queued(&run));
    run_free(&run);
    end();
    begin(false);
    run_traced(&run, WORDS("truth_nagle", "nodelay"));
    ck_assert_ptr_null(finding(&run, "nagle"));
    run_free(&run);
    end();
}
END_TEST

START_TEST(a_second_before_the_rest_of_a_request_is_named)
{
    struct run run = {0};
    begin(false);
    run_traced(&run, WORDS("truth_expect", "wait"));
    const json_t *found = finding(&run, "expect");
    expect_that(found != NULL, &run.victim, &run.result, "nothing is said of the pause");
    expect_near(&run, "pause", json_number_value(json_object_get(found, "seconds")),
                expect_timing(&run.result, "paused"), 0.03, 0.01);
    run_free(&run);
    end();
    begin(false);
    run_traced(&run, WORDS("truth_expect", "sleep"));
    ck_assert_ptr_null(finding(&run, "expect"));
    run_free(&run);
    end();
}
END_TEST

/* ---- calls that do not return ---- */

static const char *function_of(const json_t *stack, size_t frame)
{
    return json_string_value(json_object_get(json_array_get(stack, frame), "function"));
}

/* Whether the functions of a line stand one after another in a call's stack. Python's own modules
 * may come before them. */
static bool has_functions(const json_t *call, const char *line)
{
    char *words = strdup(line), *rest = NULL, *word = strtok_r(words, " ", &rest);
    const json_t *stack = json_object_get(call, "stack");
    size_t depth = json_array_size(stack), i = 0;
    while (i < depth && strcmp(word, function_of(stack, i)) != 0)
        i++;
    while (word && i < depth && !strcmp(word, function_of(stack, i))) {
        word = strtok_r(NULL, " ", &rest);
        i++;
    }
    free(words);
    return !word;
}

static const char *const *const endless[] = {WORDS("truth_never_returns"),
                                             WORDS(PYTHON, PROGRAMS "/never_returns.py")};

START_TEST(call_in_progress_has_its_whole_stack)
{
    struct run run = {0};
    const json_t *call;
    size_t i;
    int words = 0;
    char function[16];
    bool found = false;
    begin(false);
    run_traced(&run, endless[_i]);
    char *line = strstr(run.result.out.data, "stack ");
    ck_assert(line && sscanf(line, "stack %15s %n", function, &words) == 1);
    line[strcspn(line, "\n")] = '\0';
    json_array_foreach(json_object_get(run.report, "calls"), i, call)
    {
        found |= json_integer_value(json_object_get(call, "unfinished")) == 1 &&
                 !strcmp(json_string_value(json_object_get(call, "call")), function) &&
                 has_functions(call, line + words);
    }
    expect_that(found, &run.victim, &run.result, "no call in progress from %s in\n%s", line,
                json_dumps(json_object_get(run.report, "calls"), JSON_INDENT(1)));
    run_free(&run);
    end();
}
END_TEST

/* ---- computing ---- */

enum { ASKING = 4, WAVES = 2, ANSWERS = ASKING * WAVES };

/* Who waited for less was not held up (TRACE_LONG_CALL_NS). */
#define HELD_UP_S 0.001

static const struct computer {
    const char *const *program;
    const char *const *alone; /* the same for one client */
} computers[] = {
    {WORDS("truth_computing", "4"), WORDS("truth_computing", "1")},
    {WORDS("truth_computing", "4", "lines"), WORDS("truth_computing", "1", "lines")},
    {WORDS(PYTHON, PROGRAMS "/asyncio_computing.py", "4"),
     WORDS(PYTHON, PROGRAMS "/asyncio_computing.py", "1")},
};
enum { COMPUTERS = sizeof computers / sizeof *computers };

/* Between two times of ours each request came to the server's socket. */
struct asking {
    double since, until;
};

/* What the server tells of an answer: for whom it computed, between which times and for how long by
 * its own clock of the CPU. */
struct stretch {
    int client;
    double begin, end, cpu;
};

/* It has come when it is acknowledged: on a busy machine even the loopback's kernel thread has to
 * wait for a processor. */
static void ask(int fd, int client, struct asking *asking)
{
    int on_the_way = 0;
    asking->since = now_s();
    ask_byte(fd, (char)('a' + client));
    while (ioctl(fd, SIOCOUTQ, &on_the_way) == 0 && on_the_way)
        usleep(100);
    asking->until = now_s();
}

/* All clients ask at once, each with a letter of its own, and once more when they have their
 * answer. */
static void ask_in_waves(int port, int clients, struct asking asked[ASKING][WAVES])
{
    struct pollfd polled[ASKING];
    int answered[ASKING] = {0};
    for (int i = 0; i < clients; i++)
        polled[i] = (struct pollfd){dial(port), POLLIN, 0};
    usleep(50000); /* all are accepted */
    for (int i = 0; i < clients; i++)
        ask(polled[i].fd, i, &asked[i][0]);
    for (int left = clients * WAVES; left;) {
        ck_assert_int_gt(poll(polled, clients, 20000), 0);
        for (int i = 0; i < clients; i++) {
            if (!(polled[i].revents & POLLIN))
                continue;
            take_byte(polled[i].fd);
            left--;
            if (++answered[i] < WAVES)
                ask(polled[i].fd, i, &asked[i][answered[i]]);
        }
    }
    for (int i = 0; i < clients; i++)
        close(polled[i].fd);
}

static void run_computing(struct run *run, const char *const *program, int clients,
                          struct asking asked[ASKING][WAVES])
{
    static const char *argv[24];
    struct victim_running running;
    put_words(argv, trace_words, sizeof trace_words / sizeof *trace_words, program);
    run->victim = (struct victim){.argv = argv, .directory = scratch.path};
    victim_start(&running, &run->victim);
    char *line = victim_wait_line(&running, "port ");
    ask_in_waves(atoi(line + strlen("port ")), clients, asked);
    victim_finish(&running, &run->result);
    expect_that(run->result.exit_status == 0, &run->victim, &run->result, "it failed");
    run->report = read_report();
    free(line);
}

static void read_stretches(const struct run *run, struct stretch stretches[ANSWERS])
{
    const char *line = run->result.out.data;
    for (int i = 0; i < ANSWERS; i++) {
        char letter;
        struct stretch *each = &stretches[i];
        line = strstr(line, "computed for ");
        ck_assert_msg(line && sscanf(line, "computed for %c from %lf to %lf: %lf", &letter,
                                     &each->begin, &each->end, &each->cpu) == 4,
                      "what did it compute? %s", run->result.out.data);
        each->client = letter - 'a';
        line++;
    }
}

/* What was computed of it after a time: nobody knows when it was off the CPU, so at least or at
 * most. */
static double computed_after(const struct stretch *stretch, double time, bool most)
{
    double left = most ? stretch->end - time : stretch->cpu - fmax(time - stretch->begin, 0);
    return fmin(fmax(left, 0), stretch->cpu);
}

/* Whoever asks while it computes for others waits for the rest of that, and for what is computed
 * for himself. Who asks late, as a busy machine lets him, may wait for nobody. `precision`: that of
 * the time at which a request came. */
static void add_up_waits(const struct stretch stretches[ANSWERS],
                         struct asking asked[ASKING][WAVES], double precision, bool most,
                         double *computing, double *waiting)
{
    double since[ANSWERS]; /* somebody waited for that stretch */
    int waves[ASKING] = {0};
    *computing = *waiting = 0;
    for (int i = 0; i < ANSWERS; i++) {
        const struct stretch *own = &stretches[i];
        const struct asking *asking = &asked[own->client][waves[own->client]++];
        double time =
            most ? asking->since - precision : fmin(asking->until, own->begin) + precision;
        double for_others = 0;
        for (int other = 0; other < i; other++)
            for_others += computed_after(&stretches[other], time, most);
        since[i] = INFINITY;
        if (for_others <= (most ? 0 : HELD_UP_S))
            continue;
        *waiting += for_others + computed_after(own, time, most);
        for (int each = 0; each <= i; each++)
            since[each] = fmin(since[each], time);
    }
    for (int i = 0; i < ANSWERS; i++)
        *computing += computed_after(&stretches[i], since[i], most);
}

static void expect_between(const struct run *run, const char *what, double said, double least,
                           double most)
{
    expect_that(said >= least * 0.97 && said <= most * 1.03, &run->victim, &run->result,
                "%s is said to be %.4f, and is %.4f to %.4f", what, said, least, most);
}

START_TEST(server_that_computes_is_blamed)
{
    struct run run = {0};
    struct asking asked[ASKING][WAVES];
    struct stretch stretches[ANSWERS];
    double computing[2], waiting[2];
    begin(false);
    run_computing(&run, computers[_i].program, ASKING, asked);
    read_stretches(&run, stretches);
    double precision = json_number_value(
        json_object_get(json_object_get(run.report, "trust"), "arrival_precision_s"));
    for (int most = 0; most < 2; most++)
        add_up_waits(stretches, asked, precision, most, &computing[most], &waiting[most]);
    expect_between(&run, "computing", figure(&run, "computing_s"), computing[0], computing[1]);
    expect_between(&run, "waiting", figure(&run, "computing_conn_s"), waiting[0], waiting[1]);
    expect_pattern(&run, "computing");
    /* On a machine that is short of memory programs wait for their own pages. */
    expect_check(figure(&run, "coverage") < 0.95 ? 2 : 1);
    run_free(&run);
    end();
}
END_TEST

START_TEST(computing_for_one_client_is_innocent)
{
    struct run run = {0};
    struct asking asked[ASKING][WAVES];
    begin(false);
    run_computing(&run, computers[_i].alone, 1, asked);
    expect_near(&run, "computing", figure(&run, "computing_s"), 0, 0, 0.005);
    ck_assert(!has_pattern(&run, "computing"));
    run_free(&run);
    end();
}
END_TEST

/* ---- the critical path ---- */

/* The seconds that the run waited for calls of a function. */
static double waited_for(const struct run *run, const char *function)
{
    const json_t *calls = json_object_get(run->report, "calls"), *segment;
    double sum = 0;
    size_t i;
    json_array_foreach(json_object_get(run->report, "critical_path"), i, segment)
    {
        const json_t *number = json_object_get(segment, "call");
        const json_t *call = json_array_get(calls, (size_t)json_integer_value(number));
        if (json_is_integer(number) &&
            !strcmp(json_string_value(json_object_get(call, "call")), function))
            sum += json_number_value(json_object_get(segment, "seconds"));
    }
    return sum;
}

/* Of a thread that is waited for, and of a child, the path has what they were in. */
START_TEST(run_is_as_long_as_its_critical_path)
{
    static const char *const functions[] = {"poll", "usleep", "nanosleep", "recv"};
    struct run run = {0};
    begin(false);
    run_traced(&run, WORDS("truth_critical"));
    expect_segments_add_up(&run);
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        double truth = expect_timing(&run.result, functions[i]);
        expect_near(&run, functions[i], waited_for(&run, functions[i]), truth, 0,
                    0.03 * truth + 0.01 + queued(&run));
    }
    expect_near(&run, "what nothing waited for", waited_for(&run, "select"), 0, 0, 0.001);
    run_free(&run);
    end();
}
END_TEST

/* ---- a program that is killed ---- */

/* What lasted until the end was a bit longer than the program could tell: a busy machine has it die
 * late. */
static void expect_not_less(const struct run *run, const char *what, double said, double truth)
{
    expect_that(said >= truth - 0.001 && said <= truth + 0.3 + queued(run), &run->victim,
                &run->result, "%s is said to be %.4f, and was %.4f before it was killed", what,
                said, truth);
}

/* What was known up to then is told, and the call that it was in. */
START_TEST(killed_program_is_told_of_up_to_its_end)
{
    static const char *argv[24];
    struct run run = {0};
    const json_t *call;
    size_t i;
    double read_s = 0;
    begin(false);
    put_words(argv, trace_words, sizeof trace_words / sizeof *trace_words, WORDS("truth_killed"));
    run.victim = (struct victim){.argv = argv, .env = environment, .directory = scratch.path};
    victim_run(&run.result, &run.victim);
    expect_that(run.result.exit_status == 128 + SIGKILL, &run.victim, &run.result,
                "it was not killed");
    run.report = read_report();
    const json_t *process = json_array_get(json_object_get(run.report, "processes"), 0);
    ck_assert_int_eq(json_integer_value(json_object_get(process, "signal")), SIGKILL);
    expect_near(&run, "serialized time", figure(&run, "serialized_s"),
                expect_timing(&run.result, "serialized"), 0, 0.02 + queued(&run));
    expect_not_less(&run, "its life", figure(&run, "wall_s"), expect_timing(&run.result, "life"));
    json_array_foreach(json_object_get(run.report, "calls"), i, call)
    {
        if (!strcmp(json_string_value(json_object_get(call, "call")), "recv"))
            read_s += json_number_value(json_object_get(call, "unfinished_longest_s"));
    }
    expect_not_less(&run, "the last read", read_s, expect_timing(&run.result, "read"));
    run_free(&run);
    end();
}
END_TEST

/* ---- a program that another one takes the place of ---- */

/* It made no call between what it computed and its exec. */
START_TEST(what_is_computed_before_exec_is_known)
{
    struct run run = {0};
    const json_t *thread;
    size_t i;
    double most_s = 0, not_known_s = 0;
    begin(false);
    run_traced(&run, WORDS("truth_execs"));
    json_array_foreach(json_object_get(run.report, "threads"), i, thread)
    {
        double cpu_s = json_number_value(json_object_get(thread, "cpu_s"));
        most_s = cpu_s > most_s ? cpu_s : most_s;
        not_known_s += json_number_value(json_object_get(thread, "not_known_s"));
    }
    expect_near(&run, "not known", not_known_s, 0, 0, 1e-6);
    /* What the program's start took, and exec, is its time as well. */
    expect_near(&run, "computed", most_s, expect_timing(&run.result, "computed"), 0.03, 0.05);
    run_free(&run);
    end();
}
END_TEST

/* ---- the last of a process ---- */

/* How a server ends that does not answer its last request, and where what it computed ended. */
static const struct last {
    const char *const *program;
    const char *call, *function;
} lasts[] = {
    {WORDS("truth_exits", "return"), "exit", "main"},
    {WORDS("truth_exits", "_exit", "lines"), "write", "compute"},
    {WORDS("truth_exits", "quick_exit"), "exit", "main"},
    {WORDS("truth_exits", "handler"), "exit", "end_in_handler"},
};
enum { LASTS = sizeof lasts / sizeof *lasts };

/* Asks twice, and waits until the server has gone. */
static void run_to_its_end(struct run *run, const char *const *program)
{
    static const char *argv[24];
    struct victim_running running;
    char byte;
    put_words(argv, trace_words, sizeof trace_words / sizeof *trace_words, program);
    run->victim = (struct victim){.argv = argv, .directory = scratch.path};
    victim_start(&running, &run->victim);
    char *line = victim_wait_line(&running, "port ");
    int fd = dial(atoi(line + strlen("port ")));
    ask_byte(fd, 'a');
    take_byte(fd);
    usleep(20000); /* the kernel's clock for what was sent is not exact */
    ask_byte(fd, 'b');
    while (read(fd, &byte, 1) > 0)
        continue;
    close(fd);
    free(line);
    victim_finish(&running, &run->result);
    expect_that(run->result.exit_status == 0, &run->victim, &run->result, "it failed");
    run->report = read_report();
}

/* What the account says of a call that was made in a function. */
static double computed_before(const struct run *run, const char *name, const char *function)
{
    const json_t *call;
    size_t i;
    double sum = 0;
    json_array_foreach(json_object_get(run->report, "calls"), i, call)
    {
        const json_t *frame = json_array_get(json_object_get(call, "stack"), 0);
        if (!strcmp(json_string_value(json_object_get(call, "call")), name) &&
            !strcmp(json_string_value(json_object_get(frame, "function")), function))
            sum += json_number_value(json_object_get(call, "computing_s"));
    }
    return sum;
}

START_TEST(server_that_ends_without_an_answer_is_blamed)
{
    const struct last *last = &lasts[_i];
    struct run run = {0};
    begin(false);
    run_to_its_end(&run, last->program);
    double truth = expect_timing(&run.result, "computed");
    expect_near(&run, "computing", figure(&run, "computing_s"), truth, 0.03, 0.01);
    expect_near(&run, "waiting", figure(&run, "computing_conn_s"), truth, 0.03, 0.01);
    expect_near(&run, "before its end", computed_before(&run, last->call, last->function), truth,
                0.03, 0.01);
    expect_pattern(&run, "computing");
    run_free(&run);
    end();
}
END_TEST

START_TEST(computing_at_the_end_with_nobody_waiting_is_innocent)
{
    const char *const *const programs[] = {WORDS("truth_exits", "alone"),
                                           WORDS("truth_exits", "close")};
    struct run run = {0};
    begin(false);
    run_to_its_end(&run, programs[_i]);
    expect_near(&run, "computing", figure(&run, "computing_s"), 0, 0, 0.001);
    ck_assert(!has_pattern(&run, "computing"));
    run_free(&run);
    end();
}
END_TEST

/* Each thread's time is the sum of its parts, and all that the kernel counted is in there. */
START_TEST(whoever_makes_no_call_has_its_time)
{
    static const char *const parts[] = {"cpu_s",       "calls_s",  "idle_s",
                                        "run_queue_s", "unseen_s", "not_known_s"};
    struct run run = {0};
    const json_t *thread;
    size_t i;
    double used = 0;
    begin(false);
    run_traced(&run, WORDS("truth_lives"));
    json_array_foreach(json_object_get(run.report, "threads"), i, thread)
    {
        double wall = json_number_value(json_object_get(thread, "wall_s")), sum = 0;
        for (size_t part = 0; part < sizeof parts / sizeof *parts; part++)
            sum += json_number_value(json_object_get(thread, parts[part]));
        expect_near(&run, "a thread's time", sum, wall, 0.01, 0.004);
        expect_near(&run, "not known of it",
                    json_number_value(json_object_get(thread, "not_known_s")), 0, 0, 1e-6);
        used += json_number_value(json_object_get(thread, "cpu_s"));
    }
    ck_assert_uint_eq(json_array_size(json_object_get(run.report, "threads")), 5);
    /* What a program's start and end take is not all in its trace. Each computes for 50 ms. */
    expect_near(&run, "used", used, expect_timing(&run.result, "used"), 0.03, 0.015);
    run_free(&run);
    end();
}
END_TEST

SUITE("truth", EACH(guilty_is_blamed, GUILTY), EACH(loop_inside_of_a_loop_is_a_stall, 2),
      ONCE(loop_without_connections_is_stalled), EACH(innocent_is_not_blamed, INNOCENT),
      ONCE(loop_in_a_thread_of_its_own_holds_no_greenlets_up),
      ONCE(greenlets_that_are_only_loaded_are_not_held_up), EACH(holder_of_a_lock_is_blamed, 2),
      ONCE(who_stands_in_the_run_queue_holds_nobody_up), ONCE(tickets_are_no_answers),
      EACH(hosts_have_the_names_that_they_were_looked_up_by, BY_NAME),
      EACH(parts_of_a_request_are_told, 3), ONCE(serial_requests_have_a_conditional_what_if),
      ONCE(requests_over_http_2_are_not_counted), EACH(requests_through_a_loop_are_a_row, 2),
      ONCE(pool_limit_is_found), ONCE(limit_of_look_ups_is_found),
      ONCE(pool_of_one_connection_is_found), ONCE(address_that_does_not_answer_is_named),
      ONCE(client_that_leaves_in_its_handshake_is_no_dead_address),
      ONCE(both_processes_of_a_fork_are_seen), ONCE(unpatched_call_holds_up_tasks),
      ONCE(tasks_that_were_parked_when_a_call_held_them_up_need_not_wait),
      ONCE(slow_handler_of_a_server_is_blamed),
      ONCE(requests_that_were_read_wait_for_their_answers),
      EACH(loop_that_was_woken_waits_behind_a_call, WOKEN),
      ONCE(loop_that_was_woken_waits_while_its_thread_computes),
      ONCE(connections_that_could_have_been_kept_are_named),
      ONCE(a_second_before_the_rest_of_a_request_is_named),
      ONCE(small_writes_that_wait_for_each_other_are_named),
      ONCE(thread_that_computes_is_charged_with_waits_for_the_interpreters_lock),
      ONCE(waits_of_ruby_for_its_lock_are_found),
      EACH(waits_of_ruby_for_others_are_none_for_its_lock, 2),
      EACH(loop_that_takes_its_wake_ups_is_innocent, 2),
      EACH(time_that_is_not_seen_is_measured, UNSEEN),
      EACH(call_in_progress_has_its_whole_stack, 2),
      EACH(server_that_computes_is_blamed, COMPUTERS),
      EACH(computing_for_one_client_is_innocent, COMPUTERS),
      EACH(holder_of_a_files_lock_is_blamed, 4), EACH(files_of_their_own_hold_nobody_up, 4),
      ONCE(holder_is_blamed_for_who_gave_up), ONCE(waits_for_monitors_are_told_by_their_stack),
      EACH(waits_of_runtimes_block_no_loop, 2), ONCE(threads_that_put_into_a_full_queue_are_found),
      ONCE(wait_for_a_lock_of_sqlite_is_named), EACH(limit_of_calls_is_found, LIMITED),
      ONCE(limit_of_children_is_found), EACH(threads_with_jobs_of_their_own_are_no_pool, UNLIMITED),
      ONCE(join_is_charged_to_what_the_thread_was_in), ONCE(run_is_as_long_as_its_critical_path),
      ONCE(killed_program_is_told_of_up_to_its_end), ONCE(what_is_computed_before_exec_is_known),
      EACH(server_that_ends_without_an_answer_is_blamed, LASTS),
      EACH(computing_at_the_end_with_nobody_waiting_is_innocent, 2),
      ONCE(whoever_makes_no_call_has_its_time))
