/*
 * Programs that a preloaded program starts. Where the child's loader could not take libgreq.so the
 * child is as alone: same output, same status, nothing on standard error. All others have it.
 */
#include "expect.h"
#include "scratch.h"
#include "suite.h"
#include "trace_text.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const ways[] = {"execve",
                                   "execv",
                                   "execvp",
                                   "execvpe",
                                   "execl",
                                   "execlp",
                                   "execle",
                                   "fexecve",
                                   "execveat",
                                   "fexecve_of_a_path",
                                   "execveat_of_nothing",
                                   "posix_spawn",
                                   "posix_spawnp",
                                   "system",
                                   "popen",
                                   "wordexp"};
enum { WAYS = sizeof ways / sizeof *ways };

/* A kernel may know no 32-bit programs. */
static bool can_run(const char *path)
{
    const struct victim victim = {.argv = WORDS("starts", "execve", path)};
    struct victim_result result;
    victim_run(&result, &victim);
    bool can = strstr(result.out.data, "fork: 127") == NULL;
    victim_result_free(&result);
    return can;
}

/* In every form: what this machine cannot build is not there, or cannot run. */
static const char *child(const char *form)
{
    static char path[512];
    snprintf(path, sizeof path, "%s", victim_path("starts"));
    sprintf(strrchr(path, '/') + 1, "child_%s", form);
    return access(path, X_OK) == 0 && (!strstr(form, "32_bit") || can_run(path)) ? path : NULL;
}

/* ---- loaders that cannot take it: rofl0r/proxychains-ng#36, rizsotto/Bear#510,
 * gianlucaborello/libprocesshider#4, JonathonReinhart/staticx#129, nodejitsu/forza#32 ---- */

static const char *const foreign[] = {"musl", "32_bit"};

/* Beside a sanitizer's runtime no foreign child could run. */
START_TEST(foreign_child_is_as_alone)
{
    const char *program = child(foreign[_i / WAYS]);
    if (GREQ_PLAIN_BUILD && program)
        expect_same(WORDS("starts", ways[_i % WAYS], program));
}
END_TEST

static const char *const environments[] = {"execve_of_the_preload", "execve_of_two_preloads",
                                           "execve_without", "execve_of_nothing", "execve_of_null"};
enum { ENVIRONMENTS = sizeof environments / sizeof *environments };

START_TEST(foreign_child_has_the_environment_that_it_was_given)
{
    const char *program = child(foreign[_i / ENVIRONMENTS]);
    if (GREQ_PLAIN_BUILD && program)
        expect_same(WORDS("starts", environments[_i % ENVIRONMENTS], program));
}
END_TEST

/* A sanitizer's runtime reads what it is given. */
START_TEST(what_cannot_be_read_is_the_kernels_to_refuse)
{
    if (GREQ_PLAIN_BUILD)
        expect_same(WORDS("exec_bad_pointers"));
}
END_TEST

/* ---- those that can, and those that have none ---- */

static const char *const own[] = {"glibc", "static", "static_musl", "static_32_bit"};

START_TEST(other_children_have_the_preload)
{
    const char *program = child(own[_i / WAYS]);
    if (!program)
        return;
    struct victim_result result;
    struct victim victim = {.argv = WORDS("starts", ways[_i % WAYS], program),
                            .env = WORDS("GREQ_NOTE=kept"),
                            .preload = true};
    free(expect_success(&victim, &result));
    char expected[1024];
    snprintf(expected, sizeof expected, ": preload %s", victim_preload());
    bool is_one_word = !strcmp(ways[_i % WAYS], "wordexp"); /* wordexp splits what was said */
    expect_that(strstr(result.out.data, is_one_word ? "wordexp: 0 child" : expected) != NULL,
                &victim, &result, "the child has no preload");
    victim_result_free(&result);
}
END_TEST

/* ---- a file that is not there any more, as in another root ---- */

static const char *library(void)
{
    const char *colon = strrchr(victim_preload(), ':');
    return colon ? colon + 1 : victim_preload();
}

/* Runs `starts` under a copy of the library that is gone when the child starts. `preload` is the
 * value of LD_PRELOAD as a format of the copy's path and two other libraries' paths, and `expected`
 * a format of the same. */
static void start_without_file(const char *way, const char *preload, const char *expected)
{
    struct scratch scratch;
    struct victim_result result;
    char lost[256], first[256], variable[1024], said[1024];
    scratch_make(&scratch);
    snprintf(lost, sizeof lost, "%s", scratch_path(&scratch, "libgreq.so"));
    snprintf(first, sizeof first, "%s", victim_path("libslow_disk.so"));
    const char *second = victim_path("libslow_resolver.so");
    free(expect_success(&(struct victim){.argv = WORDS("/bin/cp", library(), lost)}, NULL));
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(variable, sizeof variable, preload, lost, first, second);
    snprintf(said, sizeof said, expected, lost, first, second);
#pragma GCC diagnostic pop
    struct victim victim = {.argv = WORDS("starts", way, child("glibc"), lost),
                            .env = WORDS(variable, "GREQ_NOTE=kept")};
    free(expect_success(&victim, &result));
    expect_that(strstr(result.out.data, said) != NULL, &victim, &result, "expected: %s", said);
    victim_result_free(&result);
    scratch_remove(&scratch);
}

START_TEST(lost_file_is_not_missed)
{
    const char *way = ways[_i];
    bool is_one_word = !strcmp(way, "wordexp");
    if (GREQ_PLAIN_BUILD)
        start_without_file(way, "LD_PRELOAD=%1$s",
                           is_one_word ? "wordexp: 0 child" : ": preload none, note kept");
}
END_TEST

/* ValdikSS/skype-poll-fix#16: scripts that put their own before what is there, or not. */
static const char *const lists[][2] = {
    {"LD_PRELOAD=%2$s:%1$s:%3$s", ": preload %2$s:%3$s, note kept"},
    {"LD_PRELOAD= %1$s  %2$s:%3$s", ": preload %2$s:%3$s, note kept"},
    {"LD_PRELOAD=%2$s %3$s:%1$s:", ": preload %2$s %3$s, note kept"},
    {"LD_PRELOAD=%2$s:%1$s:%1$s", ": preload %2$s, note kept"},
};
enum { LISTS = sizeof lists / sizeof *lists };

START_TEST(other_preloads_stay_in_order)
{
    if (GREQ_PLAIN_BUILD)
        start_without_file("execve", lists[_i][0], lists[_i][1]);
}
END_TEST

/* ---- scripts are what their interpreters are ---- */

static void make_script(const char *path, const char *first_line)
{
    FILE *script = fopen(path, "w");
    ck_assert_ptr_nonnull(script);
    fprintf(script, "%s\n", first_line);
    fclose(script);
    chmod(path, 0755);
}

static const char *const interpreters[] = {
    "#!%s",  "#! \t%s  word", "#!%s\t", "#!/usr/bin/env %2$s", "#!/usr/bin/env -S %2$s word",
    "#!%3$s"};
enum { INTERPRETERS = sizeof interpreters / sizeof *interpreters };

/* The last form is a script whose interpreter is a script. env finds the program in PATH, where
 * `starts` has put the directory of what it starts. */
START_TEST(script_is_what_its_interpreter_is)
{
    const char *form = child("musl");
    struct scratch scratch;
    char script[256], inner[256], line[1024], program[512];
    if (!GREQ_PLAIN_BUILD || !form)
        return;
    scratch_make(&scratch);
    snprintf(script, sizeof script, "%s", scratch_path(&scratch, "script"));
    snprintf(inner, sizeof inner, "%s", scratch_path(&scratch, "inner"));
    snprintf(program, sizeof program, "%s", scratch_path(&scratch, "child"));
    ck_assert_int_eq(symlink(form, program), 0);
    snprintf(line, sizeof line, "#!%s", form);
    make_script(inner, line);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-extra-args"
    snprintf(line, sizeof line, interpreters[_i], program, "child", inner);
#pragma GCC diagnostic pop
    make_script(script, line);
    expect_same(WORDS("starts", "execvp", script));
    expect_same(WORDS("starts", "posix_spawn", script));
    scratch_remove(&scratch);
}
END_TEST

/* ---- a shell's children, and those of a static program ---- */

START_TEST(shell_starts_a_foreign_program)
{
    char command[600];
    const char *program = child(foreign[_i]);
    if (!GREQ_PLAIN_BUILD || !program)
        return;
    snprintf(command, sizeof command, "%s one; echo $?; %s two | cat; exec %s three", program,
             program, program);
    struct victim_result result, alone;
    struct victim victim = {.argv = WORDS("/bin/sh", "-c", command), .preload = true};
    victim_run(&result, &victim);
    victim.preload = false;
    victim_run(&alone, &victim);
    victim.preload = true;
    expect_that(result.exit_status == 7 && alone.exit_status == 7, &victim, &result, "status");
    expect_that(!result.err.size, &victim, &result, "it wrote to standard error");
    ck_assert_str_eq(result.out.data, alone.out.data);
    victim_result_free(&result);
    victim_result_free(&alone);
}
END_TEST

START_TEST(child_of_a_static_program_is_in_the_trace)
{
    struct scratch scratch;
    struct victim_result text;
    char trace[256];
    const char *launcher = child("static_launcher");
    ck_assert_ptr_nonnull(launcher);
    scratch_make(&scratch);
    snprintf(trace, sizeof trace, "GREQ_TRACE=%s", scratch_path(&scratch, "trace"));
    struct victim victim = {
        .argv = WORDS("starts", "execve", launcher), .env = WORDS(trace), .preload = true};
    free(expect_success(&victim, NULL));
    trace_text_read(&text, scratch_path(&scratch, "trace"));
    ck_assert_msg(strstr(text.out.data, "/child_glibc") != NULL, "no grandchild: %s",
                  text.out.data);
    victim_result_free(&text);
    scratch_remove(&scratch);
}
END_TEST

/* ---- threads that start programs while others do ---- */

START_TEST(programs_are_started_side_by_side)
{
    bool is_foreign = _i && GREQ_PLAIN_BUILD && child("musl");
    expect_same(WORDS("starts_beside", child(is_foreign ? "musl" : "glibc")));
}
END_TEST

/* ---- an environment that does not fit on a stack is left as it is, and the child starts ---- */

START_TEST(large_environment)
{
    static char texts[3000][16];
    static const char *variables[3001];
    for (size_t i = 0; i < 3000; i++) {
        snprintf(texts[i], sizeof texts[i], "V%zu=x", i);
        variables[i] = texts[i];
    }
    struct victim victim = {.argv = WORDS("starts", "execve", child(_i ? "static" : "glibc")),
                            .env = variables,
                            .preload = true};
    free(expect_success(&victim, NULL));
}
END_TEST

SUITE("children", ONCE(what_cannot_be_read_is_the_kernels_to_refuse),
      EACH(foreign_child_is_as_alone, 2 * WAYS), EACH(other_children_have_the_preload, 4 * WAYS),
      EACH(lost_file_is_not_missed, WAYS), EACH(other_preloads_stay_in_order, LISTS),
      EACH(script_is_what_its_interpreter_is, INTERPRETERS),
      EACH(shell_starts_a_foreign_program, 2), ONCE(child_of_a_static_program_is_in_the_trace),
      EACH(foreign_child_has_the_environment_that_it_was_given, 2 * ENVIRONMENTS),
      EACH(programs_are_started_side_by_side, 2), EACH(large_environment, 2))
