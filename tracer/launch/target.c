#include "launch/target.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
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

/* Reads the interpreter that a script names in its first line. False when it names none. */
static bool read_interpreter(const char *path, char interpreter[PATH_MAX])
{
    char line[512];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t size = fd < 0 ? 0 : read(fd, line, sizeof line - 1);
    if (fd >= 0)
        close(fd);
    if (size < 2 || memcmp(line, "#!", 2))
        return false;
    line[size] = '\0';
    char *start = line + 2 + strspn(line + 2, " \t");
    start[strcspn(start, " \t\r\n")] = '\0';
    snprintf(interpreter, PATH_MAX, "%s", start);
    return *interpreter != '\0';
}

static int refuse(const char *path, const char *why, struct error *error)
{
    error_set(error, "%s: %s", path, why);
    return LAUNCH_REFUSED;
}

static int check_rights(const char *path, struct error *error)
{
    struct stat status;
    if (!stat(path, &status) && status.st_mode & (S_ISUID | S_ISGID))
        return refuse(path,
                      "setuid or setgid: the loader drops preloads from it; run it without greq, "
                      "or a copy without that bit",
                      error);
    if (getxattr(path, "security.capability", NULL, 0) > 0)
        return refuse(path,
                      "has file capabilities: the loader drops preloads from it; run it without "
                      "greq, or a copy without them",
                      error);
    return 0;
}

static int check_elf(const char *path, const struct elf_facts *library,
                     const struct elf_facts *facts, struct error *error)
{
    if (facts->class != library->class)
        return refuse(path,
                      facts->class == ELFCLASS32
                          ? "a 32-bit program: libgreq.so is 64-bit and cannot be loaded into it"
                          : "a 64-bit program: libgreq.so is 32-bit and cannot be loaded into it",
                      error);
    if (facts->machine != library->machine)
        return refuse(path, "built for another kind of processor than libgreq.so", error);
    if (!facts->uses_loader)
        return refuse(path, "statically linked: no loader runs that could preload libgreq.so",
                      error);
    return check_rights(path, error);
}

/* Follows scripts to the program that the kernel will run. What is neither ELF nor names an
 * interpreter is given to the shell, by execvp. */
static int follow_script(const char *path, char program[PATH_MAX], struct elf_facts *facts,
                         struct error *error)
{
    enum { LEVELS_MAX = 5 }; /* as in the kernel */
    char next[PATH_MAX];
    snprintf(program, PATH_MAX, "%s", path);
    for (int level = 0; level < LEVELS_MAX; level++) {
        elf_facts_read(facts, program);
        if (facts->is_elf)
            return 0;
        if (!read_interpreter(program, next))
            snprintf(next, sizeof next, "/bin/sh");
        int cause = cannot_execute(next);
        if (cause) {
            error_set(error, "%s: its interpreter %s: %s", program, next, strerror(cause));
            return LAUNCH_REFUSED;
        }
        memcpy(program, next, sizeof next);
    }
    return refuse(path, "its interpreters are scripts themselves, too many times", error);
}

int target_check(const char *path, const struct elf_facts *library, struct elf_facts *facts,
                 struct error *error)
{
    char program[PATH_MAX];
    int status = follow_script(path, program, facts, error);
    return status ? status : check_elf(program, library, facts, error);
}
