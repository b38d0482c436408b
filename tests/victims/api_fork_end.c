/* api_fork_end: a task forks while others are ready, and in the child it ends at once, without any
 * call. The others have run in the parent then, and in the parent alone. */
#include "facts.h"
#include "must_tasks.h"

#include <greq/greq.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { OTHERS = 3 };

static pid_t child;
static int *runs; /* shared with the child */

static void *fork_and_end(void *none)
{
    child = must(fork(), "fork");
    return none;
}

static void *count(void *none)
{
    __atomic_fetch_add(runs, 1, __ATOMIC_SEQ_CST);
    return none;
}

static void end_child(void)
{
    if (child == 0)
        _exit(7);
}

int main(void)
{
    greq_task *others[OTHERS];
    int status;
    runs = mmap(NULL, sizeof *runs, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    must(runs == MAP_FAILED ? -1 : 0, "mmap");
    child = -1;
    greq_task *forking = must_spawn(fork_and_end, NULL);
    end_child();
    for (int i = 0; i < OTHERS; i++)
        others[i] = must_spawn(count, NULL);
    greq_join(forking, NULL);
    end_child();
    for (int i = 0; i < OTHERS; i++)
        greq_join(others[i], NULL);
    must(waitpid(child, &status, 0), "waitpid");
    fact("child exited %d, with %d", WIFEXITED(status), WEXITSTATUS(status));
    fact("others ran %d times", *runs);
}
