/*
 * GREQ_EXCLUDE: which programs it names, and that those are left alone while what they start is
 * not.
 */
#include "expect.h"
#include "overlap_run.h"
#include "scratch.h"
#include "suite.h"
#include "trace_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static struct scratch scratch;
static char trace_variable[256]; /* GREQ_TRACE=... */

static void begin(void)
{
    scratch_make(&scratch);
    snprintf(trace_variable, sizeof trace_variable, "GREQ_TRACE=%s",
             scratch_path(&scratch, "trace"));
}

/* Runs it, preloaded; it succeeds in silence. Returns whether it left a trace. */
static bool leaves_trace(const char *const *argv, const char *list)
{
    static char exclude[30000];
    snprintf(exclude, sizeof exclude, "GREQ_EXCLUDE=%s", list);
    free(expect_success(
        &(struct victim){.argv = argv, .env = WORDS(trace_variable, exclude), .preload = true},
        NULL));
    return scratch_count(scratch_path(&scratch, "trace")) > 0;
}

static const struct {
    const char *list;
    bool excludes; /* the program "chatter" */
} lists[] = {
    {"chatter", true},     {"ls,chatter", true},  {" ls , chatter ", true},
    {"chat*", true},       {"*", true},           {"c?atter", true},
    {"[a-d]hatter", true}, {"*/chatter", true},   {"/*/victims/chatter", true},
    {"", false},           {",", false},          {" ,, ", false},
    {"chat", false},       {"hatter", false},     {"/chatter", false},
    {"chatter/", false},   {"[", false},          {"\\", false},
    {"[chatter", false},   {"chatter;ls", false}, {"-chatter", false},
};
enum { LISTS = sizeof lists / sizeof *lists };

START_TEST(list_names_programs)
{
    begin();
    ck_assert_int_eq(leaves_trace(WORDS("chatter", "10"), lists[_i].list), !lists[_i].excludes);
    scratch_remove(&scratch);
}
END_TEST

START_TEST(long_word_excludes_nothing)
{
    static char list[20000];
    begin();
    memset(list, 'c', sizeof list - 1);
    ck_assert(leaves_trace(WORDS("chatter", "10"), list));
    scratch_remove(&scratch);
}
END_TEST

/* By the script's name, which no file that runs has. */
START_TEST(script_is_named)
{
    begin();
    char script[256];
    snprintf(script, sizeof script, "%s", scratch_path(&scratch, "job.sh"));
    FILE *file = fopen(script, "w");
    ck_assert_ptr_nonnull(file);
    fputs("#!/bin/sh\nexit 0\n", file);
    fclose(file);
    chmod(script, 0755);
    ck_assert(!leaves_trace(WORDS(script), "job.*"));
    scratch_remove(&scratch);
}
END_TEST

START_TEST(what_it_starts_is_not_excluded)
{
    char command[512];
    struct victim_result text;
    begin();
    snprintf(command, sizeof command, "%s 10; true", victim_path("chatter"));
    ck_assert(leaves_trace(WORDS("/bin/sh", "-c", command), "sh,dash,bash"));
    trace_text_read(&text, scratch_path(&scratch, "trace"));
    ck_assert_int_eq(trace_text_count(&text, " process_start: "), 1);
    ck_assert_int_ge(trace_text_count_calls(&text, "write"), 10);
    victim_result_free(&text);
    scratch_remove(&scratch);
}
END_TEST

/* Nothing is said of the other variables either. */
START_TEST(nothing_is_said)
{
    free(expect_success(&(struct victim){.argv = WORDS("chatter", "10"),
                                         .env = WORDS("GREQ_EXCLUDE=chatter", "GREQ_PATCH=nonsense",
                                                      "GREQ_STACK_SIZE=1", "GREQ_LOG=stderr"),
                                         .preload = true},
                        NULL));
}
END_TEST

START_TEST(nothing_cooperates)
{
    setenv("GREQ_EXCLUDE", "overlap_time", 1);
    overlap_expect_not("overlap_time", "usleep", "all");
    setenv("GREQ_EXCLUDE", "overlap_tim", 1);
    overlap_expect("overlap_time", "usleep", "all");
}
END_TEST

SUITE("excluded", EACH(list_names_programs, LISTS), ONCE(long_word_excludes_nothing),
      ONCE(script_is_named), ONCE(what_it_starts_is_not_excluded), ONCE(nothing_is_said),
      ONCE(nothing_cooperates))
