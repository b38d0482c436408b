#include "overlap_run.h"

#include "expect.h"
#include "peer.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

/* Waits are long where they shall overlap and the machine's delays must not matter, and short where
 * it is enough that they add up. */
enum { OVERLAPPED_MS = 300, SERIAL_MS = 40, TASKS = 10 };

double overlap_run(const struct overlap_run *run)
{
    char tasks[16], wait[16], variable[256];
    snprintf(tasks, sizeof tasks, "%d", run->tasks);
    snprintf(wait, sizeof wait, "%d", run->wait_ms);
    snprintf(variable, sizeof variable, "GREQ_PATCH=%s", run->patch ? run->patch : "");
    struct victim victim = {.argv = WORDS(run->victim, run->function, tasks, wait),
                            .env = run->patch ? WORDS(variable) : NULL,
                            .preload = run->patch != NULL};
    struct victim_result result;
    peer_start();
    free(expect_success(&victim, &result));
    peer_stop();
    double slow = expect_timing(&result, "elapsed") * 1000 / run->wait_ms;
    victim_result_free(&result);
    return slow;
}

void overlap_expect(const char *victim, const char *function, const char *patch)
{
    double slow = overlap_run(&(struct overlap_run){victim, function, patch, TASKS, OVERLAPPED_MS});
    ck_assert_msg(slow < TASKS / 2, "%s %s, patched %s: %d tasks took %.2f waits", victim, function,
                  patch, TASKS, slow);
}

void overlap_expect_not(const char *victim, const char *function, const char *patch)
{
    double slow = overlap_run(&(struct overlap_run){victim, function, patch, TASKS, SERIAL_MS});
    ck_assert_msg(slow >= TASKS * 0.99, "%s %s, patched %s: %d tasks took only %.2f waits", victim,
                  function, patch, TASKS, slow);
}
