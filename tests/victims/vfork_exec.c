/* vfork_exec: every way to start another program, from main and from a task beside others. A
 * wrapped vfork returns through a frame that is gone: aether-lang-dev/aether#667. */
#include "facts.h"
#include "peer_client.h"

#include <greq/greq.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static void tell(const char *how, pid_t child)
{
    int status = -1;
    must(waitpid(child, &status, 0), "waitpid");
    fact("%s: %d", how, WEXITSTATUS(status));
}

static void by_vfork(void)
{
    pid_t child = vfork();
    if (child == 0) {
        execl("/bin/sh", "sh", "-c", "exit 3", (char *)NULL);
        _exit(127);
    }
    tell("vfork", child);
    child = vfork();
    if (child == 0)
        _exit(4);
    tell("vfork and out", child);
}

static void *receive_late(void *none)
{
    char byte;
    int fd = peer_open("wait 100 say a eof");
    fact("received beside it: %s", outcome(recv(fd, &byte, 1, 0)));
    close(fd);
    return none;
}

static __attribute__((noinline)) pid_t vfork_and_close(void)
{
    pid_t child = vfork();
    if (child == 0) {
        for (int fd = 3; fd < 64; fd++)
            close(fd);
        execl("/bin/sh", "sh", "-c", "exit 8", (char *)NULL);
        _exit(127);
    }
    return child;
}

/* A vfork child shares its parent's memory, not its descriptors: what it closes is its own. */
static void by_vfork_that_closes(void)
{
    greq_task *receiver = greq_spawn(receive_late, NULL);
    greq_yield();
    pid_t child = vfork_and_close();
    greq_join(receiver, NULL);
    tell("vfork that closes", child);
}

static void by_fork(void)
{
    pid_t child = must(fork(), "fork");
    if (child == 0) {
        execlp("sh", "sh", "-c", "sleep 0.01; exit 5", (char *)NULL);
        _exit(127);
    }
    tell("fork", child);
}

static void by_spawn(void)
{
    pid_t child;
    char *arguments[] = {"sh", "-c", "exit 6", NULL};
    must(-posix_spawnp(&child, "sh", NULL, NULL, arguments, environ), "posix_spawnp");
    tell("posix_spawnp", child);
}

static void by_stdio(void)
{
    char line[64] = "";
    FILE *pipe = popen("sleep 0.01; echo from a child", "r");
    must(pipe ? 0 : -1, "popen");
    must(fgets(line, sizeof line, pipe) ? 0 : -1, "fgets");
    fact("popen: %s%d", line, WEXITSTATUS(pclose(pipe)));
    fact("system: %d", WEXITSTATUS(system("exit 7")));
}

static void *scene(void *none)
{
    by_vfork();
    by_vfork_that_closes();
    by_fork();
    by_spawn();
    by_stdio();
    return none;
}

static void *wait_beside(void *none)
{
    for (int i = 0; i < 20; i++)
        usleep(1000);
    return none;
}

int main(void)
{
    scene(NULL);
    greq_task *beside = greq_spawn(wait_beside, NULL), *task = greq_spawn(scene, NULL);
    greq_join(task, NULL);
    greq_join(beside, NULL);
}
