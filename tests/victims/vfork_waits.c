/* vfork_waits: a child that has its parent's memory and thread waits, and no task of the parent
 * runs in there, where a descriptor that it opens would not be the parent's. */
#include "company.h"
#include "facts.h"
#include "must_tasks.h"

#include <fcntl.h>
#include <greq/greq.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WAIT_MS = 10, STATUS = 3 };

static pid_t parent;
static bool is_over;
static int elsewhere, lost; /* turns in another process, and descriptors that are not there */

static void *open_and_wait(void *none)
{
    while (!is_over) {
        int fd = socket(AF_UNIX, SOCK_STREAM, 0);
        elsewhere += getpid() != parent;
        usleep(1000);
        lost += fcntl(fd, F_GETFD) < 0;
        close(fd);
    }
    return none;
}

static int wait_in_child(void *none)
{
    (void)none;
    usleep(1000 * WAIT_MS);
    poll(NULL, 0, WAIT_MS);
    return STATUS;
}

static pid_t by_vfork(void)
{
    pid_t child = vfork();
    if (child == 0)
        _exit(wait_in_child(NULL));
    return child;
}

static void *set(void *flag)
{
    *(bool *)flag = true;
    return NULL;
}

/* It has memory of its own, so tasks may run there. */
static int run_a_task(void)
{
    bool ran = false;
    greq_task *task = greq_spawn(set, &ran);
    return task && greq_join(task, NULL) == 0 && ran;
}

static pid_t by_fork_in_vfork(void)
{
    pid_t child = vfork();
    if (child == 0) {
        int status = 0;
        pid_t grandchild = fork();
        if (grandchild == 0)
            _exit(run_a_task());
        waitpid(grandchild, &status, 0);
        _exit(WEXITSTATUS(status));
    }
    return child;
}

static pid_t by_clone(void)
{
    static char stack[64 << 10] __attribute__((aligned(16)));
    return clone(wait_in_child, stack + sizeof stack, CLONE_VM | CLONE_VFORK | SIGCHLD, NULL);
}

static void make(const char *name, pid_t (*make_child)(void))
{
    int status;
    is_over = !greq_active(); /* alone it would not end */
    greq_task *task = must_spawn(open_and_wait, NULL);
    greq_yield();
    pid_t child = must(make_child(), name);
    must(waitpid(child, &status, 0), "waitpid");
    is_over = true;
    greq_join(task, NULL);
    fact("%s: ended with %d", name, WEXITSTATUS(status));
}

static void scene(void)
{
    parent = getpid();
    make("vfork", by_vfork);
    make("clone", by_clone);
    make("fork in vfork", by_fork_in_vfork);
    fact("turns elsewhere %d, descriptors lost %d", elsewhere, lost);
}

int main(void)
{
    play(scene);
}
