/*
 * Two thousand tasks do all that tasks do, for 30 s, or for ten minutes in a full run; half of that
 * time they are recorded. Nothing is lost, nothing comes twice, nobody waits for ever, and no task,
 * descriptor or memory is left. CK_GREQ_SEED repeats a run as far as it depends on the seed.
 */
#include "expect.h"
#include "scratch.h"
#include "suite.h"
#include "sys/fault.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static const char truth[] = "descriptors left: 0\ntasks left: 0\nmemory is flat: 1\n";

/* With a sanitizer all is slower. */
static const char *scenes(void)
{
    return GREQ_PLAIN_BUILD ? "2000" : "400";
}

static int seconds(void)
{
    return getenv("CK_GREQ_FULL") ? 300 : 15;
}

static void soak(const char *variable)
{
    char time[16];
    snprintf(time, sizeof time, "%d", seconds());
    const struct victim victim = {
        .argv = WORDS("soak", time, scenes(), getenv("CK_GREQ_SEED")),
        .env = WORDS(variable),
        .preload = true,
        .timeout_s = 2 * seconds() + 60, /* a busy machine takes its time to end them all */
    };
    struct victim_result result;
    char *facts = expect_success(&victim, &result);
    printf("%s", result.out.data);
    expect_same_facts(victim.argv, truth, facts);
    victim_result_free(&result);
    free(facts);
}

START_TEST(tasks_last)
{
    soak(NULL);
}
END_TEST

START_TEST(tasks_last_while_recorded)
{
    struct scratch scratch;
    char trace[256];
    scratch_make(&scratch);
    snprintf(trace, sizeof trace, "GREQ_TRACE=%s", scratch_path(&scratch, "trace"));
    soak(trace);
    scratch_remove(&scratch);
}
END_TEST

/* Thousands of the shim's own calls are interrupted, one after another. */
START_TEST(tasks_last_while_calls_are_interrupted)
{
    struct fault_order order = {.error = EINTR, .first = 1000, .last = 5000};
    struct scratch scratch;
    char variable[256];
    scratch_make(&scratch);
    FILE *file = fopen(scratch_path(&scratch, "order"), "w+");
    fwrite(&order, sizeof order, 1, file);
    fflush(file);
    snprintf(variable, sizeof variable, "GREQ_FAULT=%s", scratch_path(&scratch, "order"));
    soak(variable);
    rewind(file);
    ck_assert_int_eq(fread(&order, sizeof order, 1, file), 1);
    ck_assert_uint_gt(order.seen, order.last);
    fclose(file);
    scratch_remove(&scratch);
}
END_TEST

/* They can fail in builds with checks only. */
SUITE("soak", ONCE(tasks_last), ONCE(tasks_last_while_recorded),
      EACH(tasks_last_while_calls_are_interrupted, OWN_CALLS_CAN_FAIL))
