/* The page for people. */
#include "scratch.h"
#include "suite.h"
#include "victim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct victim_result result;

static const char *page(const char *const *argv, int status)
{
    const struct victim victim = {.argv = argv, .env = WORDS("TERM=xterm", "NO_COLOR=")};
    victim_run(&result, &victim);
    ck_assert_msg(result.exit_status == status, "status %d: %s", result.exit_status,
                  result.err.data);
    return result.out.data;
}
#define PAGE(status, ...) page(WORDS(GREQ_COMMAND, "doctor", __VA_ARGS__), status)

static void begins(const char *text, const char *verdict, const char *victim)
{
    char line[4200];
    snprintf(line, sizeof line, "greq %s %s", verdict, victim_path(victim));
    ck_assert_msg(!strncmp(text, line, strlen(line)), "not '%s': %s", line, text);
}

static void says(const char *text, const char *part)
{
    ck_assert_msg(strstr(text, part), "no '%s' in: %s", part, text);
}

static size_t count_lines(const char *text)
{
    size_t lines = 0;
    for (; *text; text++)
        lines += *text == '\n';
    return lines;
}

static size_t longest_line(const char *text)
{
    size_t longest = 0;
    for (; *text; text += strcspn(text, "\n") + 1)
        if (strcspn(text, "\n") > longest)
            longest = strcspn(text, "\n");
    return longest;
}

START_TEST(the_verdict_comes_first)
{
    begins(PAGE(0, victim_path("doctor_calls")), "reaches", "doctor_calls\n");
    victim_result_free(&result);
    begins(PAGE(1, victim_path("variant_static")), "cannot reach",
           "variant_static\n  statically linked");
    victim_result_free(&result);
    begins(PAGE(1, victim_path("doctor_defines")), "reaches", "doctor_defines in part\n");
    says(result.out.data, "\nwho else: ");
    if (GREQ_PLAIN_BUILD) /* a sanitizer's runtime stands in between, with much else */
        says(result.out.data, "\n  recv: doctor_defines > libgreq.so > ");
    victim_result_free(&result);
}
END_TEST

START_TEST(what_is_imported_is_told_by_group)
{
    const char *text = PAGE(0, victim_path("doctor_calls"));
    says(text, "\nnot hooked: ");
    says(text, "\n  ipc      msgrcv (doctor_calls)\n");
    says(text, "\n  raw      syscall (any system call but a futex wait) (doctor_calls)\n");
    says(text, "\nhooked: ");
    says(text, "\n  self-test passed: ");
    ck_assert_ptr_null(strstr(text, "\n    recv"));
    victim_result_free(&result);
    text = PAGE(0, "--all", victim_path("doctor_calls"));
    says(text, "\n    recv ");
    victim_result_free(&result);
}
END_TEST

START_TEST(it_is_a_screen_in_plain_characters)
{
    const char *text = PAGE(0, "/usr/bin/curl");
    ck_assert_uint_le(count_lines(text), 45);
    ck_assert_uint_le(longest_line(text), 120);
    ck_assert_ptr_null(strchr(text, '\033'));
    victim_result_free(&result);
}
END_TEST

START_TEST(wrong_usage_is_told)
{
    static const char *const arguments[][2] = {
        {"--fly", NULL}, {"one", "two"}, {"--format=pdf", "one"}, {NULL, NULL}};
    static const char *const complaints[] = {"unrecognized option", "one program or process",
                                             "unknown format 'pdf'; there are: text, json",
                                             "which program or process?"};
    for (size_t i = 0; i < 4; i++) {
        page(WORDS(GREQ_COMMAND, "doctor", arguments[i][0], arguments[i][1]), 2);
        says(result.err.data, complaints[i]);
        ck_assert_str_eq(result.out.data, "");
        victim_result_free(&result);
    }
}
END_TEST

START_TEST(output_goes_to_a_file_or_it_is_told_why_not)
{
    struct scratch scratch;
    scratch_make(&scratch);
    const char *path = scratch_path(&scratch, "answer");
    ck_assert_str_eq(PAGE(0, "-o", path, victim_path("doctor_calls")), "");
    victim_result_free(&result);
    char *text = scratch_read(path);
    begins(text, "reaches", "doctor_calls\n");
    free(text);
    scratch_remove(&scratch);
    page(WORDS("/bin/sh", "-c", "exec \"$0\" doctor /bin/true >/dev/full", GREQ_COMMAND), 2);
    says(result.err.data, "cannot write to standard output: No space left");
    victim_result_free(&result);
}
END_TEST

/* A sanitizer's runtime, and its libraries, import functions of every group. */
SUITE("doctor: text", ONCE(the_verdict_comes_first),
      EACH(what_is_imported_is_told_by_group, GREQ_PLAIN_BUILD),
      ONCE(it_is_a_screen_in_plain_characters), ONCE(wrong_usage_is_told),
      ONCE(output_goes_to_a_file_or_it_is_told_why_not))
