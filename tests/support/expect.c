#include "expect.h"

#include <check.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A task may be held up for this long by the machine; by a call that blocks, for longer. */
#define LONGEST_STALL_S 0.35

/* Of what is told when a test fails: characters of each stream, lines that differ and their size.
 */
enum { SHOWN = 3000, MOST_DIFFERENCES = 12, LONGEST_LINE = 200 };

static void describe(char *text, size_t size, const struct victim *victim)
{
    size_t used = 0;
    text[0] = '\0';
    for (const char *const *entry = victim->env; entry && *entry; entry++)
        used += (size_t)snprintf(text + used, used < size ? size - used : 0, "%s ", *entry);
    for (const char *const *word = victim->argv; *word && used < size; word++)
        used += (size_t)snprintf(text + used, size - used, "%s ", *word);
}

void expect_that(int condition, const struct victim *victim, const struct victim_result *result,
                 const char *format, ...)
{
    if (condition)
        return;
    char complaint[1024], command[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(complaint, sizeof complaint, format, arguments);
    va_end(arguments);
    describe(command, sizeof command, victim);
    ck_abort_msg("%s\n%s%s\nexit %d, signal %d, %s%.3f s\n-- output:\n%.*s\n-- errors:\n%.*s\n--",
                 complaint, victim->preload ? "preloaded: " : "", command, result->exit_status,
                 result->signal, result->timed_out ? "timed out, " : "", result->elapsed_s, SHOWN,
                 result->out.data, SHOWN, result->err.data);
}

static char *facts_of(const char *output)
{
    char *facts = calloc(1, strlen(output) + 1), *end = facts;
    ck_assert_ptr_nonnull(facts);
    while (*output) {
        size_t size = strcspn(output, "\n");
        size += output[size] == '\n';
        if (*output != '~') {
            memcpy(end, output, size);
            end += size;
        }
        output += size;
    }
    return facts;
}

static const char *timing_find(const struct victim_result *result, const char *name)
{
    char start[128];
    snprintf(start, sizeof start, "~%s ", name);
    const char *line = strstr(result->out.data, start);
    return line ? line + strlen(start) : NULL;
}

double expect_timing(const struct victim_result *result, const char *name)
{
    const char *seconds = timing_find(result, name);
    ck_assert_msg(seconds, "no timing '%s' in: %s", name, result->out.data);
    return strtod(seconds, NULL);
}

/* What a run that succeeded says; see expect_success(). */
static char *facts_of_success(const struct victim *victim, const struct victim_result *run)
{
    expect_that(!run->timed_out, victim, run, "it did not end in time");
    expect_that(run->exit_status == 0, victim, run, "it failed");
    expect_that(run->err.size == 0, victim, run, "it wrote to standard error");
    expect_that(!run->left_someone, victim, run, "it left a process behind");
    if (victim->preload && timing_find(run, "stall"))
        expect_that(expect_timing(run, "stall") < LONGEST_STALL_S, victim, run,
                    "a call held up the other tasks");
    return facts_of(run->out.data);
}

char *expect_success(const struct victim *victim, struct victim_result *result)
{
    struct victim_result own;
    struct victim_result *run = result ? result : &own;
    victim_run(run, victim);
    char *facts = facts_of_success(victim, run);
    if (!result)
        victim_result_free(&own);
    return facts;
}

/* Appends the lines in which two texts differ, the first few of them. */
static void differences_tell(char *text, size_t size, const char *truth, const char *facts)
{
    size_t used = 0;
    for (int line = 1, told = 0; (*truth || *facts) && told < MOST_DIFFERENCES; line++) {
        int wanted = (int)strcspn(truth, "\n"), got = (int)strcspn(facts, "\n");
        if (wanted != got || strncmp(truth, facts, (size_t)got) != 0) {
            used += (size_t)snprintf(text + used, size - used, "line %d: %.*s\n  without: %.*s\n",
                                     line, got < LONGEST_LINE ? got : LONGEST_LINE, facts,
                                     wanted < LONGEST_LINE ? wanted : LONGEST_LINE, truth);
            told++;
        }
        truth += wanted + (truth[wanted] == '\n');
        facts += got + (facts[got] == '\n');
    }
}

void expect_same_facts(const char *const *argv, const char *truth, const char *facts)
{
    char text[MOST_DIFFERENCES * (2 * LONGEST_LINE + 64)], command[256];
    if (strcmp(truth, facts) == 0)
        return;
    describe(command, sizeof command, &(struct victim){.argv = argv});
    differences_tell(text, sizeof text, truth, facts);
    ck_abort_msg("%s differs under the preload:\n%s", command, text);
}

/* Side by side, since both wait most of the time; with a sanitizer they compute. */
static void run_both(const struct victim *first, struct victim_result *result,
                     const struct victim *second, struct victim_result *second_result)
{
    if (*VICTIM_RUNTIME) {
        victim_run(result, first);
        victim_run(second_result, second);
        return;
    }
    struct victim_running running, second_running;
    victim_start(&running, first);
    victim_start(&second_running, second);
    victim_finish(&running, result);
    victim_finish(&second_running, second_result);
}

void expect_same(const char *const *argv)
{
    const struct victim plain = {.argv = argv};
    const struct victim preloaded = {.argv = argv, .preload = true};
    struct victim_result result, result_preloaded;
    run_both(&plain, &result, &preloaded, &result_preloaded);
    char *truth = facts_of_success(&plain, &result);
    ck_assert_msg(*truth, "%s prints no facts", argv[0]);
    char *facts = facts_of_success(&preloaded, &result_preloaded);
    expect_same_facts(argv, truth, facts);
    free(truth);
    free(facts);
    victim_result_free(&result);
    victim_result_free(&result_preloaded);
}

void expect_preloaded(const char *const *argv, const char *expected)
{
    const struct victim preloaded = {.argv = argv, .preload = true};
    char *facts = expect_success(&preloaded, NULL);
    ck_assert_str_eq(facts, expected);
    free(facts);
}
