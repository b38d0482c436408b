#include "launch/target.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- where it is --- */

/* 0, or the errno that execve would fail with. */
static int cannot_execute(const char *path)
{
    struct stat status;
    if (stat(path, &status))
        return errno;
    if (!S_ISREG(status.st_mode))
        return S_ISDIR(status.st_mode) ? EISDIR : EACCES;
    return faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) ? errno : 0;
}

static int explain(const char *name, int cause, struct error *error)
{
    error_set(error, "%s: %s", name, strerror(cause));
    return cause == ENOENT || cause == ENOTDIR ? LAUNCH_NOT_FOUND : LAUNCH_REFUSED;
}

/* Puts a directory of PATH, the current one if empty, before the name. False when it is too long.
 */
static bool join(char path[PATH_MAX], const char *directory, size_t length, const char *name)
{
    int size =
        snprintf(path, PATH_MAX, "%.*s%s%s", (int)length, directory, length ? "/" : "./", name);
    return size < PATH_MAX;
}

static int search_path(char path[PATH_MAX], const char *name, const char *search,
                       struct error *error)
{
    int cause = ENOENT;
    for (const char *at = search;; at++) {
        size_t length = strcspn(at, ":");
        if (join(path, at, length, name)) {
            int found = cannot_execute(path);
            if (!found)
                return 0;
            if (found != ENOENT && found != ENOTDIR)
                cause = EACCES;
        }
        at += length;
        if (!*at)
            break;
    }
    if (cause == EACCES)
        return explain(name, EACCES, error);
    error_set(error, "%s: command not found", name);
    return LAUNCH_NOT_FOUND;
}

int target_find(char path[PATH_MAX], const char *name, const char *search, struct error *error)
{
    if (!*name)
        return explain("''", ENOENT, error);
    if (!strchr(name, '/'))
        return search_path(path, name, search ? search : "/bin:/usr/bin", error);
    int cause = strlen(name) < PATH_MAX ? cannot_execute(name) : ENAMETOOLONG;
    if (cause)
        return explain(name, cause, error);
    strcpy(path, name);
    return 0;
}

/* --- what it is --- */

enum { LINE_SIZE = 512 };

/* The first line of a script: "#! INTERPRETER ARGUMENT", the argument being all the rest. */
struct script_line {
    char text[LINE_SIZE];
    const char *interpreter; /* "" when the line names none */
    const char *argument;
    bool is_text; /* false: no shell would take it for a script */
};

static char *skip_blanks(char *text)
{
    return text + strspn(text, " \t");
}

static void split_line(struct script_line *line)
{
    line->text[strcspn(line->text, "\r\n")] = '\0';
    char *interpreter = skip_blanks(line->text + 2);
    char *end = interpreter + strcspn(interpreter, " \t");
    line->interpreter = interpreter;
    line->argument = skip_blanks(end);
    *end = '\0';
}

static void read_line(struct script_line *line, const char *path)
{
    *line = (struct script_line){.interpreter = "", .argument = ""};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t size = fd < 0 ? 0 : read(fd, line->text, sizeof line->text - 1);
    if (fd >= 0)
        close(fd);
    line->is_text = size <= 0 || strlen(line->text) == (size_t)size || strchr(line->text, '\n');
    if (size >= 2 && !memcmp(line->text, "#!", 2))
        split_line(line);
}

/* The program that env(1) would start, if that is plain to see, or NULL. */
static const char *env_program(const struct script_line *line, char name[LINE_SIZE])
{
    const char *slash = strrchr(line->interpreter, '/');
    bool splits = !strncmp(line->argument, "-S", 2);
    const char *word = line->argument + (splits ? 2 + strspn(line->argument + 2, " \t") : 0);
    size_t length = splits ? strcspn(word, " \t") : strlen(word);
    if (!slash || strcmp(slash, "/env") || !length || length >= LINE_SIZE || *word == '-' ||
        memchr(word, '=', length))
        return NULL;
    snprintf(name, LINE_SIZE, "%.*s", (int)length, word);
    return name;
}

static int refuse(const char *path, const char *why, struct error *error)
{
    error_set(error, "%s: %s", path, why);
    return LAUNCH_REFUSED;
}

/* Adds a step. Returns 0; or LAUNCH_REFUSED when there are too many. */
static int add_step(struct target *target, const char *path, struct error *error)
{
    if (target->step_count == TARGET_STEPS_MAX)
        return refuse(target->steps[0], "its interpreters are scripts themselves, too many times",
                      error);
    snprintf(target->steps[target->step_count++], PATH_MAX, "%s", path);
    return 0;
}

static int add_interpreter(struct target *target, const char *interpreter, struct error *error)
{
    int cause = cannot_execute(interpreter);
    if (!cause)
        return add_step(target, interpreter, error);
    error_set(error, "%s: its interpreter %s: %s", target_program(target), interpreter,
              strerror(cause));
    return LAUNCH_REFUSED;
}

static int add_env_program(struct target *target, const char *name, const char *search,
                           struct error *error)
{
    char path[PATH_MAX];
    struct error cause;
    if (!target_find(path, name, search, &cause))
        return add_step(target, path, error);
    error_set(error, "%s: its interpreter %s", target->steps[target->step_count - 2], cause.text);
    return LAUNCH_REFUSED;
}

/* One step on from a script. */
static int follow_script(struct target *target, const struct script_line *line, const char *search,
                         struct error *error)
{
    char name[LINE_SIZE];
    const char *interpreter = *line->interpreter ? line->interpreter : "/bin/sh";
    int status = add_interpreter(target, interpreter, error);
    if (!status && env_program(line, name))
        status = add_env_program(target, name, search, error);
    return status;
}

int target_follow(struct target *target, const char *path, const char *search, struct error *error)
{
    struct script_line line;
    target->step_count = 0;
    int status = add_step(target, path, error);
    while (!status) {
        elf_facts_read(&target->facts, target_program(target));
        if (target->facts.is_elf)
            return 0;
        read_line(&line, target_program(target));
        if (!*line.interpreter && !line.is_text)
            return 0;
        status = follow_script(target, &line, search, error);
    }
    return status;
}

const char *target_program(const struct target *target)
{
    return target->steps[target->step_count - 1];
}
