#include "child.h"

#include "sys/clock.h"
#include "sys/elf.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* What hangs is ended by its own alarm: the time limit of a test ends only the test. */
enum { CHILD_SECONDS = 60 };

static void become_body(void (*body)(void *), void *argument, const int pipe_ends[2])
{
    close(pipe_ends[0]);
    dup2(pipe_ends[1], STDERR_FILENO);
    close(pipe_ends[1]);
    alarm(CHILD_SECONDS);
    body(argument);
    _exit(0);
}

static void read_all(int fd, char *text, size_t size)
{
    size_t used = 0;
    ssize_t got;
    while (used < size - 1 && (got = read(fd, text + used, size - 1 - used)) > 0)
        used += (size_t)got;
    text[used] = '\0';
}

struct child_end child_run(void (*body)(void *argument), void *argument)
{
    struct child_end end;
    int pipe_ends[2], status;
    ck_assert_int_eq(pipe(pipe_ends), 0);
    /* As hook/fork.c does: the child could not free the loader's lock. */
    elf_hold(clock_after(NS_PER_SECOND));
    pid_t child = fork();
    if (child == 0) {
        elf_after_fork();
        become_body(body, argument, pipe_ends);
    }
    elf_release();
    ck_assert_int_ge(child, 0);
    close(pipe_ends[1]);
    read_all(pipe_ends[0], end.err, sizeof end.err);
    close(pipe_ends[0]);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    end.exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    end.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    return end;
}

void child_succeeds(void (*body)(void *argument), void *argument)
{
    struct child_end end = child_run(body, argument);
    ck_assert_msg(end.exit_status == 0 && !end.err[0], "status %d, signal %d, said: %s",
                  end.exit_status, end.signal, end.err);
}

void child_expect(int condition, const char *what)
{
    if (condition)
        return;
    dprintf(STDERR_FILENO, "not so: %s\n", what);
    _exit(1);
}
