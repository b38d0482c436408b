/*
 * The one line at exit: only when tasks ran, only to a terminal, and not when it is unwanted.
 */
#include "expect.h"
#include "peer.h"
#include "suite.h"

#include <stdlib.h>
#include <string.h>

static void run(struct victim_result *result, struct victim victim)
{
    victim.preload = true;
    peer_start();
    victim_run(result, &victim);
    peer_stop();
    expect_that(result->exit_status == 0, &victim, result, "it failed");
}

START_TEST(line_on_a_terminal)
{
    struct victim_result result;
    run(&result, (struct victim){.argv = WORDS("variant_pie"), .terminal = true});
    ck_assert_msg(strncmp(result.err.data, "greq: ", 6) == 0, "no summary: %s", result.err.data);
    ck_assert_msg(strchr(result.err.data, '\n') == result.err.data + result.err.size - 1,
                  "not one line: %s", result.err.data);
    ck_assert_msg(strstr(result.err.data, "11 tasks"), "no count of tasks: %s", result.err.data);
    victim_result_free(&result);
}
END_TEST

START_TEST(unfinished_tasks_are_counted)
{
    struct victim_result result;
    run(&result, (struct victim){.argv = WORDS("api_unjoined"), .terminal = true});
    ck_assert_msg(strstr(result.err.data, "20 tasks"), "no count of tasks: %s", result.err.data);
    ck_assert_msg(strstr(result.err.data, "10 "), "no count of the dropped: %s", result.err.data);
    victim_result_free(&result);
}
END_TEST

static const struct victim silent[] = {
    {.argv = WORDS("variant_pie")},
    {.argv = WORDS("variant_pie"), .env = WORDS("GREQ_QUIET=1"), .terminal = true},
    {.argv = WORDS("variant_pie"), .env = WORDS("GREQ_PATCH=none"), .terminal = true},
    {.argv = WORDS("/bin/true"), .terminal = true},
    {.argv = WORDS("/bin/sleep", "0.01"), .terminal = true},
};
enum { SILENT = sizeof silent / sizeof *silent };

START_TEST(nothing_otherwise)
{
    struct victim_result result;
    run(&result, silent[_i]);
    ck_assert_str_eq(result.err.data, "");
    victim_result_free(&result);
}
END_TEST

SUITE("summary", ONCE(line_on_a_terminal), ONCE(unfinished_tasks_are_counted),
      EACH(nothing_otherwise, SILENT))
