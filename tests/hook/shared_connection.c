/*
 * Two tasks of one thread that meet in a connection are named by GREQ_LOG, once; those who share
 * one rightly are not. Of Python hosts: tests/python/meetings.c.
 */
#include "expect.h"
#include "peer.h"
#include "suite.h"

#include <string.h>

static const struct {
    const char *name, *first, *second; /* NULL: nobody is named */
} cases[] = {
    {"both_receive", " task 1 waits in recv at ", ", task 2 waits as well in recv at "},
    {"both_ask", " task 1 waits in recv at ", ", task 2 waits as well in recv at "},
    {"one_takes", " task 1 waits for its answer in recv at ", ", task 2 reads in recv at "},
    {"reader_and_writer", NULL, NULL},
    {"watcher", NULL, NULL},
    {"handed_on", NULL, NULL},
    {"given_up", NULL, NULL},
    {"of_two_threads", NULL, NULL},
};
enum { CASES = sizeof cases / sizeof *cases };

START_TEST(meeting)
{
    const struct victim victim = {.argv = WORDS("meetings", cases[_i].name),
                                  .env = WORDS("GREQ_LOG=stderr"),
                                  .preload = true};
    struct victim_result result;
    peer_start();
    victim_run(&result, &victim);
    peer_stop();
    expect_that(result.exit_status == 0 && strcmp(result.out.data, "over\n") == 0, &victim, &result,
                "it failed");
    const char *line = strstr(result.err.data, " shared connection fd ");
    expect_that(!line == !cases[_i].first, &victim, &result, "somebody is named, or not");
    if (line) {
        const char *first = strstr(line, cases[_i].first);
        expect_that(first && strstr(first, cases[_i].second), &victim, &result,
                    "the places are not named");
        expect_that(!strstr(line + 1, " shared connection "), &victim, &result, "twice");
    }
    victim_result_free(&result);
}
END_TEST

SUITE("shared_connection", EACH(meeting, CASES))
