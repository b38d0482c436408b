/* fork_storm: threads make calls all the time while the main thread, whose tasks wait, forks again
 * and again. A child whose parent was inside a hook must not find a lock that nobody will open. */
#include "facts.h"

#include <greq/greq.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* ASan makes a fork four times as dear. */
#ifdef __SANITIZE_ADDRESS__
enum { THREADS = 3, FORKS = 25 };
#else
enum { THREADS = 3, FORKS = 100 };
#endif

static atomic_bool over;

/* Also as tasks: each thread has a scheduler that is busy. */
static void *call_shortly(void *none)
{
    usleep(10);
    poll(NULL, 0, 0);
    return none;
}

static void *call_all_the_time(void *none)
{
    void *items[2] = {NULL, NULL};
    while (!over)
        greq_map(call_shortly, items, NULL, 2, 0);
    return none;
}

static int child_run(int number)
{
    void *items[3] = {NULL};
    int ends[2];
    char byte = 'x';
    bool right = pipe(ends) == 0 && write(ends[1], &byte, 1) == 1 && read(ends[0], &byte, 1) == 1 &&
                 usleep(100) == 0 && greq_map(call_shortly, items, NULL, 3, 0) == 0;
    if (number % 2)
        exit(right ? 0 : 1);
    return right ? 0 : 1;
}

static int fork_once(int number)
{
    int status = -1;
    pid_t child = must(fork(), "fork");
    if (child == 0)
        _exit(child_run(number));
    must(waitpid(child, &status, 0), "waitpid");
    return status == 0;
}

static void *wait_beside(void *none)
{
    for (int i = 0; i < 50; i++)
        usleep(1000);
    return none;
}

int main(void)
{
    pthread_t threads[THREADS];
    int right = 0;
    for (int i = 0; i < THREADS; i++)
        must(-pthread_create(&threads[i], NULL, call_all_the_time, NULL), "pthread_create");
    greq_task *task = greq_spawn(wait_beside, NULL);
    for (int i = 0; i < FORKS; i++) {
        right += fork_once(i);
        usleep(200);
    }
    over = true;
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    greq_join(task, NULL);
    fact("children that went well: %d", right);
}
