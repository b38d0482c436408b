/* Files that are there as a whole or not at all. */
#include "cmd/output.h"

#include "scratch.h"
#include "suite.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct scratch scratch;

static void write_plain(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    fputs(text, file);
    fclose(file);
}

static void write_output(const char *path, const char *text)
{
    struct output output;
    struct error error;
    ck_assert_msg(output_begin(&output, path, &error) == 0, "%s", error.text);
    fputs(text, output.stream);
    ck_assert_msg(output_end(&output, &error) == 0, "%s", error.text);
}

static void expect_content(const char *path, const char *content)
{
    char *text = scratch_read(path);
    ck_assert_ptr_nonnull(text);
    ck_assert_str_eq(text, content);
    free(text);
}

START_TEST(it_is_not_there_before_it_is_whole)
{
    struct output output;
    struct error error;
    scratch_make(&scratch);
    const char *path = scratch_path(&scratch, "report");
    ck_assert_int_eq(output_begin(&output, path, &error), 0);
    fputs("half", output.stream);
    fflush(output.stream);
    ck_assert_int_ne(access(path, F_OK), 0);
    ck_assert_int_eq(output_end(&output, &error), 0);
    expect_content(path, "half");
    ck_assert_int_eq(scratch_count(scratch.path), 1);
    scratch_remove(&scratch);
}
END_TEST

START_TEST(it_has_the_mode_that_it_would_have_had)
{
    struct stat status;
    scratch_make(&scratch);
    umask(027);
    write_output(scratch_path(&scratch, "new"), "x");
    ck_assert_int_eq(stat(scratch_path(&scratch, "new"), &status), 0);
    ck_assert_uint_eq(status.st_mode & 0777, 0640);
    write_plain(scratch_path(&scratch, "old"), "precious");
    chmod(scratch_path(&scratch, "old"), 0604);
    write_output(scratch_path(&scratch, "old"), "x");
    ck_assert_int_eq(stat(scratch_path(&scratch, "old"), &status), 0);
    ck_assert_uint_eq(status.st_mode & 0777, 0604);
    scratch_remove(&scratch);
}
END_TEST

START_TEST(a_link_stays_one)
{
    struct stat status;
    scratch_make(&scratch);
    write_plain(scratch_path(&scratch, "target"), "old");
    ck_assert_int_eq(symlink("target", scratch_path(&scratch, "link")), 0);
    write_output(scratch_path(&scratch, "link"), "new");
    ck_assert_int_eq(lstat(scratch_path(&scratch, "link"), &status), 0);
    ck_assert(S_ISLNK(status.st_mode));
    expect_content(scratch_path(&scratch, "target"), "new");
    scratch_remove(&scratch);
}
END_TEST

/* What was there before stays, and nothing else. */
START_TEST(a_failure_leaves_what_was_there)
{
    struct output output;
    struct error error;
    scratch_make(&scratch);
    const char *path = scratch_path(&scratch, "report");
    write_plain(path, "precious");
    ck_assert_int_eq(output_begin(&output, path, &error), 0);
    close(fileno(output.stream)); /* as a disk that went away */
    fputs("x", output.stream);
    ck_assert_int_eq(output_end(&output, &error), -1);
    ck_assert_msg(strstr(error.text, "cannot write to ") && strstr(error.text, "report: "), "%s",
                  error.text);
    expect_content(path, "precious");
    ck_assert_int_eq(scratch_count(scratch.path), 1);
    scratch_remove(&scratch);
}
END_TEST

START_TEST(a_pipe_is_written_to_as_it_is)
{
    char path[32], text[8] = "";
    int ends[2];
    ck_assert_int_eq(pipe(ends), 0);
    snprintf(path, sizeof path, "/dev/fd/%d", ends[1]);
    write_output(path, "whole");
    ck_assert_int_eq(read(ends[0], text, sizeof text - 1), 5);
    ck_assert_str_eq(text, "whole");
    close(ends[0]);
    close(ends[1]);
}
END_TEST

/* As with `greq report -o /dev/stdout >>log`. */
START_TEST(an_open_file_is_not_replaced)
{
    char path[32];
    struct stat before, after;
    scratch_make(&scratch);
    FILE *file = fopen(scratch_path(&scratch, "log"), "a");
    ck_assert_int_eq(fstat(fileno(file), &before), 0);
    snprintf(path, sizeof path, "/dev/fd/%d", fileno(file));
    write_output(path, "line\n");
    fclose(file);
    ck_assert_int_eq(stat(scratch_path(&scratch, "log"), &after), 0);
    ck_assert_uint_eq(before.st_ino, after.st_ino);
    expect_content(scratch_path(&scratch, "log"), "line\n");
    scratch_remove(&scratch);
}
END_TEST

SUITE("tracer: output", ONCE(it_is_not_there_before_it_is_whole),
      ONCE(it_has_the_mode_that_it_would_have_had), ONCE(a_link_stays_one),
      ONCE(a_failure_leaves_what_was_there), ONCE(a_pipe_is_written_to_as_it_is),
      ONCE(an_open_file_is_not_replaced))
