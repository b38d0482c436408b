/* Scenes of soak in which a process or a thread with tasks ends. */
#include "soak.h"

#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

/* Those of one kind at a time; the others of the kind leave. */
static bool enter(bool *taken)
{
    return !__atomic_exchange_n(taken, true, __ATOMIC_ACQ_REL);
}

static void leave(bool *taken)
{
    __atomic_store_n(taken, false, __ATOMIC_RELEASE);
}

/* ---- fork: the child has tasks of its own ---- */

static int child_ends[2];

static void *child_write(void *item)
{
    usleep(100);
    return write(child_ends[1], "abc", 3) == 3 ? item : NULL;
}

static void *child_read(void *item)
{
    char data[3];
    return read(child_ends[0], data, 3) == 3 && data[2] == 'c' ? item : NULL;
}

static void *child_run(void *item)
{
    return item == child_ends ? child_read(item) : child_write(item);
}

static int child_play(int status)
{
    void *items[2] = {child_ends, &status}, *results[2] = {NULL, NULL};
    signal(SIGALRM, SIG_DFL);
    alarm(60);
    if (pipe(child_ends) < 0 || greq_map(child_run, items, results, 2, 0) != 0)
        return 0;
    return results[0] && results[1] ? status : 0;
}

void scene_fork(struct scene *scene)
{
    static bool taken;
    struct side *side = &scene->lead;
    int status = 1 + (int)draw(side, 100), got = 0;
    if (!enter(&taken))
        return;
    doing(side, "fork");
    pid_t child = fork();
    check(child >= 0, side, "fork");
    if (child == 0)
        _exit(child_play(status));
    doing(side, "waitpid");
    check(TEMP_FAILURE_RETRY(waitpid(child, &got, 0)) == child, side, "waitpid");
    check(WIFEXITED(got) && WEXITSTATUS(got) == status, side, "a child's status");
    rest(side, 200);
    leave(&taken);
    ++*scene->kind->done;
}

/* ---- drop: a thread ends while its tasks wait ---- */

static void *wait_in_vain(void *argument)
{
    char byte;
    while (read(*(int *)argument, &byte, 1) < 0 && errno == EINTR)
        ;
    _exit(1); /* nothing was written */
}

static void *leave_tasks(void *argument)
{
    for (int i = 0; i < 2; i++)
        greq_spawn(wait_in_vain, argument);
    usleep(100);
    return argument;
}

void scene_drop(struct scene *scene)
{
    static bool taken;
    struct side *side = &scene->lead;
    pthread_t thread;
    int ends[2];
    void *result;
    if (!enter(&taken))
        return;
    pair_open(side, ends);
    errno = pthread_create(&thread, NULL, leave_tasks, ends);
    check(errno == 0, side, "pthread_create");
    doing(side, "pthread_join");
    errno = pthread_join(thread, &result);
    check(errno == 0 && result == ends, side, "pthread_join");
    close_well(side, ends[0]);
    close_well(side, ends[1]);
    rest(side, 200);
    leave(&taken);
    ++*scene->kind->done;
}
