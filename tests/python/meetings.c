/*
 * Two tasks that meet in a connection, because their calls leave the thread to others, are found:
 * GREQ_LOG, the report and `greq check` name the descriptor and both places. Those who share one
 * rightly are not.
 */
#include "scene.h"
#include "scratch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const hosts[] = {"gevent", "asyncio"};
enum { HOSTS = sizeof hosts / sizeof *hosts };

/* Runs these cases with a log and a trace. Returns what the log says of shared connections, which
 * the caller frees. */
static char *shared_lines(struct scratch *scratch, const char *host, const char *cases)
{
    char trace[512], *lines = calloc(1, 1 << 14);
    struct victim_result result;
    scratch_make(scratch);
    snprintf(trace, sizeof trace, "GREQ_TRACE=%s", scratch_path(scratch, "trace"));
    const struct victim victim = {
        .argv = PYTHON("meetings.py", host, cases),
        .env = scene_environment_with(WORDS("GREQ_LOG=stderr", "GREQ_PATCH=all,asyncio", trace)),
        .preload = true};
    victim_run(&result, &victim);
    expect_that(result.exit_status == 0 && strcmp(result.out.data, "over\n") == 0, &victim, &result,
                "it failed");
    expect_that(strstr(result.err.data, " parked ") != NULL, &victim, &result, "nobody was parked");
    for (const char *at = result.err.data; (at = strstr(at, "shared connection fd "));) {
        const char *end = strchr(at, '\n');
        strncat(lines, at, (size_t)(end - at) + 1);
        at = end;
    }
    victim_result_free(&result);
    return lines;
}

static int count_of(const char *text, const char *part)
{
    int count = 0;
    for (const char *at = text; (at = strstr(at, part)); at += strlen(part))
        count++;
    return count;
}

static void write_budget(const char *path)
{
    FILE *budget = fopen(path, "w");
    ck_assert_ptr_nonnull(budget);
    fputs("[budget]\nshared_connections = 0\nmin_coverage = 0\n", budget);
    ck_assert_int_eq(fclose(budget), 0);
}

static void expect_check(struct scratch *scratch, int status, const char *said)
{
    struct victim_result result;
    char option[512];
    write_budget(scratch_path(scratch, "budget"));
    snprintf(option, sizeof option, "--budget=%s", scratch_path(scratch, "budget"));
    const struct victim check = {.argv =
                                     WORDS(GREQ, "check", option, scratch_path(scratch, "trace"))};
    victim_run(&result, &check);
    expect_that(result.exit_status == status && strstr(result.out.data, said), &check, &result,
                "no %s", said);
    victim_result_free(&result);
}

static void expect_report(struct scratch *scratch, const char *said)
{
    struct victim_result result;
    const struct victim report = {
        .argv = WORDS(GREQ, "report", "-f", "json", scratch_path(scratch, "trace"))};
    free(expect_success(&report, &result));
    expect_that(strstr(result.out.data, said) != NULL, &report, &result, "no %s", said);
    victim_result_free(&result);
}

START_TEST(innocents_stay_innocent)
{
    struct scratch scratch;
    char *lines = shared_lines(&scratch, hosts[_i], "innocent");
    ck_assert_str_eq(lines, "");
    expect_check(&scratch, 0, "within          shared_connections               0  at most 0\n");
    scratch_remove(&scratch);
    free(lines);
}
END_TEST

/* One line for each connection, with both places. */
static void expect_lines(const char *lines)
{
    ck_assert_msg(count_of(lines, "shared connection fd ") == 4, "%s", lines);
    ck_assert_msg(count_of(lines, " waits in recv at ") == 1, "%s", lines);
    ck_assert_msg(count_of(lines, " waits in poll at ") == 1, "%s", lines);
    ck_assert_msg(count_of(lines, " waits in select at ") == 1, "%s", lines);
    ck_assert_msg(count_of(lines, " waits for its answer in recv at ") == 1, "%s", lines);
    ck_assert_msg(count_of(lines, " another one reads in recv at ") == 1, "%s", lines);
    ck_assert_msg(count_of(lines, " waits as well in ") == 3, "%s", lines);
    ck_assert_msg(count_of(lines, "/meetings.py:") == 8, "%s", lines);
    ck_assert_msg(count_of(lines, " ask") == 6, "%s", lines);
    ck_assert_msg(count_of(lines, " take") == 1, "%s", lines);
    ck_assert_msg(count_of(lines, " send_and_watch") == 1, "%s", lines);
}

START_TEST(log_report_and_check_name_both_places)
{
    static const char *const who[] = {"while task 2 already did in recv at ask (meetings.py:",
                                      "while Task-2 already did in recv at ask (meetings.py:"};
    struct scratch scratch;
    char *lines = shared_lines(&scratch, hosts[_i], "guilty");
    expect_lines(lines);
    expect_report(&scratch, "\"shared_connections\": 4,");
    expect_report(&scratch, who[_i]);
    expect_report(&scratch, "for the answer to its own request");
    expect_check(&scratch, 1, "over budget     shared_connections               4  at most 0\n");
    expect_check(&scratch, 1, "    recv from take (");
    scratch_remove(&scratch);
    free(lines);
}
END_TEST

PYTHON_SUITE("meetings", WORDS(NULL), EACH(innocents_stay_innocent, HOSTS),
             EACH(log_report_and_check_name_both_places, HOSTS))
