/* The line that tells what takes so long, on a terminal of the test's own. */
#include "cmd/progress.h"

#include "cmd/cmd.h"
#include "suite.h"

#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int controller, old_stderr;

static void begin(const char *terminal)
{
    int side;
    ck_assert_int_eq(openpty(&controller, &side, NULL, NULL, NULL), 0);
    fflush(stderr);
    old_stderr = dup(STDERR_FILENO);
    dup2(side, STDERR_FILENO);
    close(side);
    setenv("TERM", terminal, 1);
}

/* What was shown, to be freed by the caller. What is written to a terminal arrives a little later;
 * when nobody has its other side open any more, all of it does, and then an error. */
static char *end(void)
{
    enum { SIZE = 4096 };
    char *text = calloc(1, SIZE);
    size_t length = 0;
    ssize_t size;
    fflush(stderr);
    dup2(old_stderr, STDERR_FILENO);
    close(old_stderr);
    while (length < SIZE - 1 && (size = read(controller, text + length, SIZE - 1 - length)) > 0)
        length += size;
    close(controller);
    return text;
}

START_TEST(quick_work_says_nothing)
{
    begin("xterm");
    progress_begin("reading");
    progress_end();
    char *text = end();
    ck_assert_str_eq(text, "");
    free(text);
}
END_TEST

START_TEST(slow_work_says_what_it_does_and_clears_it)
{
    static const char cleared[] = "\r\033[K";
    begin("xterm");
    uint64_t done = 42;
    progress_begin("reading");
    progress_measure(&done, 100);
    usleep(1300000);
    progress_begin("judging");
    usleep(300000);
    progress_end();
    char *text = end();
    ck_assert_msg(strstr(text, "greq: reading, 42 % ("), "%s", text);
    ck_assert_msg(strstr(text, "greq: judging ("), "%s", text);
    ck_assert_str_eq(text + strlen(text) - strlen(cleared), cleared);
    free(text);
}
END_TEST

START_TEST(a_complaint_has_a_line_of_its_own)
{
    begin("xterm");
    progress_begin("reading");
    usleep(1300000);
    cmd_complain("it is damaged");
    progress_end();
    char *text = end();
    ck_assert_msg(strstr(text, "...\r\033[Kgreq: it is damaged\r\n"), "%s", text);
    free(text);
}
END_TEST

START_TEST(a_terminal_without_escape_sequences_is_left_alone)
{
    begin("dumb");
    progress_begin("reading");
    usleep(1300000);
    progress_end();
    char *text = end();
    ck_assert_str_eq(text, "");
    free(text);
}
END_TEST

/* ---- the CHECK that says so, in builds that have it ---- */

#ifdef GREQ_CHECKS
enum { CHECKED = 1 };
#else
enum { CHECKED = 0 };
#endif

/* A terminal that becomes a file while the work goes on. */
static void lose_the_terminal(void)
{
    begin("xterm");
    FILE *file = tmpfile();
    progress_begin("reading");
    dup2(fileno(file), STDERR_FILENO);
    usleep(1500000);
}

START_TEST(only_a_terminal_is_written_to)
{
    int status;
    (void)_i;
    pid_t child = fork();
    if (child == 0) {
        alarm(20);
        lose_the_terminal();
        _exit(0);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_msg(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT, "status %d", status);
}
END_TEST

SUITE("tracer: progress", ONCE(quick_work_says_nothing),
      ONCE(slow_work_says_what_it_does_and_clears_it), ONCE(a_complaint_has_a_line_of_its_own),
      ONCE(a_terminal_without_escape_sequences_is_left_alone),
      EACH(only_a_terminal_is_written_to, CHECKED))
