/*
 * legacy_fetcher against delay_server: the story that the project is for, measured.
 */
#include "delay_server.h"
#include "expect.h"
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct delay_server server;
static char url[128], cacert[160];

static void scene_begin(const char *path)
{
    delay_server_start(&server);
    snprintf(url, sizeof url, "https://%s%s", server.https, path);
    snprintf(cacert, sizeof cacert, "--cacert=%s", server.certificates);
}

static double fetch(bool preload, const char *patch, const char *count, const char *how,
                    const char *wait)
{
    char variable[64];
    snprintf(variable, sizeof variable, "GREQ_PATCH=%s", patch);
    struct victim victim = {
        .argv = WORDS(LEGACY_FETCHER, "--no-times", "-q", cacert, "-n", count, how, wait, url),
        .env = WORDS(variable),
        .preload = preload};
    struct victim_result result;
    free(expect_success(&victim, &result));
    double elapsed = result.elapsed_s;
    victim_result_free(&result);
    return elapsed;
}

/* ---- ten requests of 0.4 seconds ---- */

static const struct stage {
    bool preload;
    const char *patch, *how, *wait;
    bool fast;
} stages[] = {
    {false, "all", "--serial", "--wait=none", false},
    {false, "all", "--limit=1000", "--wait=none", false},
    {true, "all", "--limit=1000", "--wait=none", true},
    {true, "all", "--limit=1000", "--reader=read_ex", true},
    {true, "all", "--limit=1000", "--wait=select", true},
    {true, "all", "--limit=1000", "--wait=poll", true},
    {true, "all,-select", "--limit=1000", "--wait=select", false},
    {true, "all,-poll", "--limit=1000", "--wait=select", true},
    {true, "all,-poll", "--limit=1000", "--wait=poll", false},
    {true, "all,-ssl", "--limit=1000", "--wait=none", false},
    {false, "all", "--threads", "--wait=none", true},
    {true, "all", "--threads", "--wait=none", true},
};
enum { STAGES = sizeof stages / sizeof *stages };

/* Ten handshakes are computing, of which a sanitizer makes more. */
static const double fast_s = GREQ_PLAIN_BUILD ? 1.6 : 2.5;

START_TEST(stage_is_fast_or_slow)
{
    const struct stage *stage = &stages[_i];
    scene_begin("/delay/0.4");
    double elapsed = fetch(stage->preload, stage->patch, "10", stage->how, stage->wait);
    if (stage->fast)
        ck_assert_double_lt(elapsed, fast_s);
    else
        ck_assert_double_ge(elapsed, 4.0);
    delay_server_stop(&server);
}
END_TEST

START_TEST(a_thousand_at_once)
{
    scene_begin("/delay/0.4");
    /* A thousand handshakes take their CPU time, here and in the server. */
    double elapsed = fetch(true, "all", "1000", "--limit=1000", "--wait=none");
    ck_assert_double_lt(elapsed, 40.0);
    delay_server_stop(&server);
}
END_TEST

/* ---- good ones among bad ones ---- */

START_TEST(each_fails_by_itself)
{
    char urls[8][128];
    scene_begin("/delay/0.5");
    snprintf(urls[0], sizeof urls[0], "https://%s/bytes/1000", server.expired);
    snprintf(urls[1], sizeof urls[1], "https://%s/truncate/1000", server.https);
    snprintf(urls[2], sizeof urls[2], "https://%s/close", server.https);
    snprintf(urls[3], sizeof urls[3], "https://%s/stall", server.https);
    snprintf(urls[4], sizeof urls[4], "http://%s/bytes/100000", server.http);
    snprintf(urls[5], sizeof urls[5], "https://%s/stream-bytes/100000", server.https);
    snprintf(urls[6], sizeof urls[6], "https://%s/delay/1", server.https);
    struct victim_result results[2];
    for (int preload = 0; preload < 2; preload++) {
        struct victim victim = {.argv = WORDS(LEGACY_FETCHER, "--no-times", "--timeout=2", cacert,
                                              url, urls[0], "http://127.0.0.1:1/refused", urls[1],
                                              "https://no.such.host.invalid/", urls[2], urls[3],
                                              urls[4], urls[5], urls[6]),
                                .preload = preload};
        victim_run(&results[preload], &victim);
        expect_that(results[preload].exit_status == 1, &victim, &results[preload],
                    "failures are no success");
        expect_same_facts(victim.argv, results[0].out.data, results[preload].out.data);
        expect_same_facts(victim.argv, results[0].err.data, results[preload].err.data);
    }
    ck_assert_msg(strstr(results[1].out.data, "expired") || strstr(results[1].err.data, "expired"),
                  "nothing about the expired certificate: %s%s", results[1].out.data,
                  results[1].err.data);
    ck_assert_double_lt(results[1].elapsed_s, 3.5);
    victim_result_free(&results[0]);
    victim_result_free(&results[1]);
    delay_server_stop(&server);
}
END_TEST

SUITE("fetcher", EACH(stage_is_fast_or_slow, STAGES), ONCE(a_thousand_at_once),
      ONCE(each_fails_by_itself))
