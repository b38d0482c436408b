#include "live/process.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

pid_t process_parse(const char *text)
{
    char *end;
    errno = 0;
    long number = strtol(text, &end, 10);
    return !errno && end != text && !*end && number > 0 && number <= INT_MAX ? (pid_t)number : 0;
}

/* Finds the line of /proc/PID/status that begins so, and cuts that off. Returns whether there is
 * one. */
static bool read_status(pid_t pid, const char *key, char *line, size_t size)
{
    char path[64];
    bool found = false;
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *file = fopen(path, "re");
    while (file && !found && fgets(line, (int)size, file))
        found = !strncmp(line, key, strlen(key));
    if (file)
        fclose(file);
    if (found)
        memmove(line, line + strlen(key), strlen(line + strlen(key)) + 1);
    return found;
}

pid_t process_own_number(pid_t pid)
{
    char line[512];
    const char *last = read_status(pid, "NSpid:", line, sizeof line) ? strrchr(line, '\t') : NULL;
    pid_t own = last ? (pid_t)atoi(last) : 0;
    return own ? own : pid;
}

/* A process that may not be debugged has root's files in /proc, whoever's it is: its status says
 * who it is. */
bool process_user(pid_t pid, uid_t *user)
{
    char line[512];
    return read_status(pid, "Uid:", line, sizeof line) && sscanf(line, "%*u %u", user) == 1;
}

int process_check(pid_t pid, bool or_root, struct error *error)
{
    char line[512];
    uid_t user;
    if (!process_user(pid, &user))
        return error_set(error,
                         kill(pid, 0) && errno == ESRCH
                             ? "%d: no such process"
                             : "%d: this process is not in /proc, which has to be mounted, without "
                               "hidepid",
                         (int)pid);
    if (user != geteuid() && !(or_root && !geteuid()))
        return error_set(error, "%d: a process of another user (%u): ask as that user", (int)pid,
                         user);
    if (read_status(pid, "State:", line, sizeof line) && strchr("ZX", line[strspn(line, "\t")]))
        return error_set(error, "%d: has ended, or its main thread has", (int)pid);
    return 0;
}

void process_program(pid_t pid, char *path, size_t size)
{
    char link[64];
    snprintf(link, sizeof link, "/proc/%d/exe", (int)pid);
    ssize_t length = readlink(link, path, size - 1);
    path[length > 0 ? length : 0] = '\0';
}

void process_name(pid_t pid, char *name, size_t size)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/comm", (int)pid);
    FILE *file = fopen(path, "re");
    size_t length = file ? fread(name, 1, size - 1, file) : 0;
    if (file)
        fclose(file);
    name[length] = '\0';
    name[strcspn(name, "\n")] = '\0';
    for (char *c = name; *c; c++) /* it may become part of a path */
        if (*c == '/' || (unsigned char)*c <= ' ' || *c == 127)
            *c = '_';
    if (!*name)
        snprintf(name, size, "%d", (int)pid);
}
