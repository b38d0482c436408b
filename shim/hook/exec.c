/*
 * execve and its kin, posix_spawn, and popen and wordexp, which start a shell: a program whose
 * loader could not take libgreq.so starts without it. See child/child.h.
 */
#include "call/call.h"
#include "child/child.h"
#include "life/end.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>
#include <wordexp.h>

/* What the thread has used is counted before. */
static int replace_program(const struct child *child)
{
    end_notice_child();
    if (thread_has_variables())
        log_last(&this_thread, CALL_execve, NULL);
    return child_start(child);
}

/* ---- execve, execveat, fexecve ---- */

static int start_execve(const struct child *child, char *const *environment)
{
    return REAL(execve)(child->program.path, child->arguments, environment);
}

static int exec_with(const char *path, char *const *arguments, char *const *environment)
{
    struct child child = {.program = {.directory = AT_FDCWD, .path = path},
                          .environment = environment,
                          .start = start_execve,
                          .arguments = arguments};
    return replace_program(&child);
}

EXPORT int execve(const char *path, char *const *arguments, char *const *environment)
{
    return exec_with(path, arguments, environment);
}

static int start_execveat(const struct child *child, char *const *environment)
{
    return REAL(execveat)(child->program.directory, child->program.path, child->arguments,
                          environment, *(const int *)child->more);
}

EXPORT int execveat(int directory, const char *path, char *const *arguments,
                    char *const *environment, int flags)
{
    struct child child = {
        .program = {.directory = directory, .path = path, .or_directory = flags & AT_EMPTY_PATH},
        .environment = environment,
        .start = start_execveat,
        .arguments = arguments,
        .more = &flags};
    return replace_program(&child);
}

static int start_fexecve(const struct child *child, char *const *environment)
{
    return REAL(fexecve)(child->program.directory, child->arguments, environment);
}

EXPORT int fexecve(int fd, char *const *arguments, char *const *environment)
{
    struct child child = {.program = {.directory = fd, .path = "", .or_directory = true},
                          .environment = environment,
                          .start = start_fexecve,
                          .arguments = arguments};
    return replace_program(&child);
}

/* ---- execv, execvp, execvpe: those that have the process's own environment stay what they are
 * where nothing has to be changed, for the sake of other preloads that know them ---- */

static int start_execv(const struct child *child, char *const *environment)
{
    return environment == child->environment
               ? REAL(execv)(child->program.path, child->arguments)
               : REAL(execve)(child->program.path, child->arguments, environment);
}

static int exec_with_ours(const char *path, char *const *arguments)
{
    struct child child = {.program = {.directory = AT_FDCWD, .path = path},
                          .environment = environ,
                          .start = start_execv,
                          .arguments = arguments};
    return replace_program(&child);
}

EXPORT int execv(const char *path, char *const *arguments)
{
    return exec_with_ours(path, arguments);
}

static int start_execvp(const struct child *child, char *const *environment)
{
    return environment == child->environment
               ? REAL(execvp)(child->program.path, child->arguments)
               : REAL(execvpe)(child->program.path, child->arguments, environment);
}

static int exec_searched(const char *name, char *const *arguments)
{
    struct child child = {.program = {.directory = AT_FDCWD, .path = name, .searched = true},
                          .environment = environ,
                          .start = start_execvp,
                          .arguments = arguments};
    return replace_program(&child);
}

EXPORT int execvp(const char *name, char *const *arguments)
{
    return exec_searched(name, arguments);
}

static int start_execvpe(const struct child *child, char *const *environment)
{
    return REAL(execvpe)(child->program.path, child->arguments, environment);
}

EXPORT int execvpe(const char *name, char *const *arguments, char *const *environment)
{
    struct child child = {.program = {.directory = AT_FDCWD, .path = name, .searched = true},
                          .environment = environment,
                          .start = start_execvpe,
                          .arguments = arguments};
    return replace_program(&child);
}

/* ---- execl, execlp, execle: their arguments lie on the stack, as libc itself has it ---- */

static size_t count_arguments(const char *first, va_list list)
{
    size_t count = 0;
    for (const char *argument = first; argument; argument = va_arg(list, const char *))
        count++;
    return count;
}

/* Stores them, and the NULL. */
static void store_arguments(char **arguments, const char *first, va_list list)
{
    const char *argument = first;
    while ((*arguments++ = (char *)argument))
        argument = va_arg(list, const char *);
}

#define ARGUMENTS(arguments, list, first)                    \
    va_start(list, first);                                   \
    size_t arguments##_count = count_arguments(first, list); \
    va_end(list);                                            \
    char *arguments[arguments##_count + 1];                  \
    va_start(list, first);                                   \
    store_arguments(arguments, first, list)

EXPORT int execl(const char *path, const char *first, ...)
{
    va_list list;
    ARGUMENTS(arguments, list, first);
    va_end(list);
    return exec_with_ours(path, arguments);
}

EXPORT int execlp(const char *name, const char *first, ...)
{
    va_list list;
    ARGUMENTS(arguments, list, first);
    va_end(list);
    return exec_searched(name, arguments);
}

EXPORT int execle(const char *path, const char *first, ...)
{
    va_list list;
    ARGUMENTS(arguments, list, first);
    char *const *environment = va_arg(list, char *const *);
    va_end(list);
    return exec_with(path, arguments, environment);
}

/* ---- posix_spawn ---- */

struct spawn {
    pid_t *pid;
    const posix_spawn_file_actions_t *actions;
    const posix_spawnattr_t *attributes;
};

static int start_spawn(const struct child *child, char *const *environment)
{
    const struct spawn *spawn = child->more;
    return (child->program.searched ? REAL(posix_spawnp) : REAL(posix_spawn))(
        spawn->pid, child->program.path, spawn->actions, spawn->attributes, child->arguments,
        environment);
}

static int hook_spawn(const struct spawn *spawn, const char *path, bool searched,
                      char *const *arguments, char *const *environment)
{
    struct child child = {.program = {.directory = AT_FDCWD, .path = path, .searched = searched},
                          .environment = environment,
                          .start = start_spawn,
                          .arguments = arguments,
                          .more = spawn};
    return child_start(&child);
}

EXPORT int posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
                       const posix_spawnattr_t *attributes, char *const *arguments,
                       char *const *environment)
{
    struct spawn spawn = {pid, actions, attributes};
    return hook_spawn(&spawn, path, false, arguments, environment);
}

EXPORT int posix_spawnp(pid_t *pid, const char *name, const posix_spawn_file_actions_t *actions,
                        const posix_spawnattr_t *attributes, char *const *arguments,
                        char *const *environment)
{
    struct spawn spawn = {pid, actions, attributes};
    return hook_spawn(&spawn, name, true, arguments, environment);
}

/* ---- popen, and wordexp, whose command substitution is a shell of libc's own ---- */

EXPORT FILE *popen(const char *command, const char *mode)
{
    struct child_environ environment = child_environ_begin();
    FILE *stream = REAL(popen)(command, mode);
    child_environ_end(&environment);
    return stream;
}

EXPORT int wordexp(const char *words, wordexp_t *expansion, int flags)
{
    struct child_environ environment = child_environ_begin();
    int result = REAL(wordexp)(words, expansion, flags);
    child_environ_end(&environment);
    return result;
}
