#include "launch/launch.h"

#include "launch/child_end.h"
#include "launch/environment.h"
#include "launch/hello.h"
#include "launch/obstacle.h"
#include "launch/preload.h"
#include "launch/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Looks at the program that will run, the interpreter if it is a script. */
static int check_target(struct launch *launch, const char *path, struct error *error)
{
    struct target target;
    int status = target_follow(&target, path, getenv("PATH"), error);
    if (status)
        return status;
    launch->target_facts = target.facts;
    enum obstacle obstacle =
        target.facts.is_elf
            ? obstacle_find(target_program(&target), &launch->library_facts, &target.facts)
            : OBSTACLE_NONE; /* execve knows better */
    if (!obstacle)
        return 0;
    error_set(error, "%s: %s", target_program(&target), obstacle_text(obstacle));
    return LAUNCH_REFUSED;
}

int launch_check(struct launch *launch, struct error *error)
{
    char path[PATH_MAX];
    elf_facts_read(&launch->library_facts, launch->library);
    if (!launch->library_facts.is_elf) {
        error_set(error, "%s: not a library", launch->library);
        return LAUNCH_FAILED;
    }
    int status = target_find(path, launch->argv[0], getenv("PATH"), error);
    if (!status)
        status = check_target(launch, path, error);
    if (status)
        return status;
    /* A libgreq.so that was built with a sanitizer needs its runtime as well. */
    launch->runtime = *launch->target_facts.runtime ? launch->target_facts.runtime
                                                    : launch->library_facts.runtime;
    return 0;
}

/* --- the child --- */

static void make_environment(struct environment *environment, const struct launch *launch,
                             const struct hello *hello)
{
    char *list = preload_list(getenv(PRELOAD_VARIABLE), launch->runtime, launch->library);
    environment_copy_whole(environment);
    environment_set(environment, PRELOAD_VARIABLE, list);
    environment_set(environment, "GREQ_HELLO", hello->file.path);
    if (launch->patch)
        environment_set(environment, "GREQ_PATCH", launch->patch);
    if (launch->keeps_arguments)
        environment_set(environment, "GREQ_ARGS", "1");
    if (launch->keeps_http)
        environment_set(environment, "GREQ_HTTP", "1");
    if (launch->trace)
        environment_set(environment, "GREQ_TRACE", launch->trace);
    free(list);
}

/* Becomes the program. `report` is closed by a successful exec; else it is told the errno. */
static void become(const struct launch *launch, const struct environment *environment,
                   const struct signals *signals, int report)
{
    signals_give_back(signals);
    execvpe(launch->argv[0], launch->argv, environment->entries);
    int cause = errno;
    while (write(report, &cause, sizeof cause) < 0 && errno == EINTR)
        ;
    _exit(LAUNCH_NOT_FOUND);
}

/* By vfork: a copy of this process would be 50 page faults in the child and 20 here, for a child
 * that only becomes another program. Signals' handlers and mask are its own. */
static pid_t start_child(const struct launch *launch, const struct environment *environment,
                         const struct signals *signals, int report)
{
    pid_t child = vfork();
    if (child == 0)
        become(launch, environment, signals, report);
    return child;
}

/* --- the launcher --- */

/* 0 when the child has become the program, else its errno. */
static int read_cause(int report)
{
    int cause = 0;
    ssize_t size;
    do
        size = read(report, &cause, sizeof cause);
    while (size < 0 && errno == EINTR);
    return size == sizeof cause ? cause : 0;
}

static int exit_status(int status)
{
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static int explain_exec(const struct launch *launch, int cause, struct error *error)
{
    error_set(error, "%s: %s", launch->argv[0], strerror(cause));
    return cause == ENOENT || cause == ENOTDIR ? LAUNCH_NOT_FOUND : LAUNCH_REFUSED;
}

static int explain_silence(const struct launch *launch, int status, struct error *error)
{
    error_set(error,
              "%s: ran to its end (status %d), but without libgreq.so: the loader did not take %s",
              launch->argv[0], status, launch->library);
    return LAUNCH_FAILED;
}

static int supervise(const struct launch *launch, struct hello *hello,
                     const struct signals *signals, pid_t child, int report, int *status,
                     struct error *error)
{
    int cause = read_cause(report);
    struct child_end end = signals_wait(signals, child, launch->trace);
    *status = exit_status(end.status);
    if (cause)
        return explain_exec(launch, cause, error);
    if (!hello_is_from(hello, child) && hello_can_be_written(hello))
        return explain_silence(launch, *status, error);
    if (launch->trace)
        child_end_note(&end, child, launch->trace, hello);
    return 0;
}

static int start(const struct launch *launch, struct hello *hello, int *status, struct error *error)
{
    struct signals signals;
    struct environment environment;
    int report[2];
    if (pipe2(report, O_CLOEXEC)) {
        error_set(error, "cannot make a pipe: %s", strerror(errno));
        return LAUNCH_FAILED;
    }
    make_environment(&environment, launch, hello);
    signals_take(&signals);
    pid_t child = start_child(launch, &environment, &signals, report[1]);
    int cause = errno;
    environment_finish(&environment);
    close(report[1]);
    int result = LAUNCH_FAILED;
    if (child < 0)
        error_set(error, "cannot fork: %s", strerror(cause));
    else
        result = supervise(launch, hello, &signals, child, report[0], status, error);
    signals_drop(&signals);
    signals_give_back(&signals);
    close(report[0]);
    return result;
}

int launch_run(const struct launch *launch, int *status, struct error *error)
{
    struct hello hello;
    if (hello_create(&hello, launch->trace, error))
        return LAUNCH_FAILED;
    int result = start(launch, &hello, status, error);
    hello_remove(&hello);
    return result;
}
