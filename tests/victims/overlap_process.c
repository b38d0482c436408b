/* overlap_process: tasks that wait for a child which takes its time. */
#include "facts.h"
#include "overlap.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t start_child(int index)
{
    pid_t pid = must(fork(), "fork");
    if (pid == 0) {
        raw_sleep_ms(overlap_wait_ms);
        _exit(index + 1);
    }
    return pid;
}

static bool exited_with(int status, int index)
{
    return WIFEXITED(status) && WEXITSTATUS(status) == index + 1;
}

/* Where any child will do it may be another task's. */
static bool exited(int status)
{
    return WIFEXITED(status) && WEXITSTATUS(status) > 0;
}

static bool wait_waitpid(int index)
{
    int status;
    pid_t pid = start_child(index);
    return waitpid(pid, &status, 0) == pid && exited_with(status, index);
}

static bool wait_wait(int index)
{
    int status;
    start_child(index);
    return wait(&status) > 0 && exited(status);
}

static bool wait_wait3(int index)
{
    int status;
    struct rusage usage = {.ru_maxrss = -1};
    start_child(index);
    return wait3(&status, 0, &usage) > 0 && exited(status) && usage.ru_maxrss >= 0;
}

static bool wait_wait4(int index)
{
    int status;
    struct rusage usage = {.ru_maxrss = -1};
    pid_t pid = start_child(index);
    return wait4(pid, &status, 0, &usage) == pid && exited_with(status, index) &&
           usage.ru_maxrss >= 0;
}

static bool wait_waitid(int index)
{
    siginfo_t info;
    pid_t pid = start_child(index);
    return waitid(P_PID, (id_t)pid, &info, WEXITED) == 0 && info.si_pid == pid &&
           info.si_code == CLD_EXITED && info.si_status == index + 1;
}

/* The child goes on until the pipe ends, and then takes its time. */
static bool wait_pclose(int index)
{
    char command[64];
    snprintf(command, sizeof command, "cat >/dev/null; sleep %d.%03d; exit %d",
             overlap_wait_ms / 1000, overlap_wait_ms % 1000, index + 1);
    FILE *pipe = popen(command, "w");
    fputs("text", pipe);
    return exited_with(pclose(pipe), index);
}

static bool wait_system(int index)
{
    char command[64];
    snprintf(command, sizeof command, "sleep %d.%03d; exit %d", overlap_wait_ms / 1000,
             overlap_wait_ms % 1000, index + 1);
    return exited_with(system(command), index);
}

int main(int argc, char **argv)
{
    static const struct overlap_case cases[] = {
        {"waitpid", wait_waitpid}, {"wait", wait_wait},
        {"wait3", wait_wait3},     {"wait4", wait_wait4},
        {"waitid", wait_waitid},   {"pclose", wait_pclose},
        {"system", wait_system},   {NULL, NULL},
    };
    return overlap_main(argc, argv, cases);
}
