#include "breach.h"

#include <check.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

/* Returns how the child ended, and what it wrote. */
static int commit_in_child(const struct breach *breach, char *line, size_t size)
{
    int ends[2], status;
    ck_assert_int_eq(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        alarm(20);
        breach->commit();
        _exit(0);
    }
    close(ends[1]);
    ssize_t got = read(ends[0], line, size - 1);
    line[got > 0 ? got : 0] = '\0';
    close(ends[0]);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    return status;
}

void breach_expect(const struct breach *breach)
{
    char line[512], place[128];
    int status = commit_in_child(breach, line, sizeof line);
    snprintf(place, sizeof place, "%s:", breach->place);
    ck_assert_msg(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT, "status %d: %s", status,
                  line);
    ck_assert_msg(strncmp(line, "greq: ", 6) == 0 && strstr(line, place) &&
                      strstr(line, ": CHECK("),
                  "%s", line);
}
