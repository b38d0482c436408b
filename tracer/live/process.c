#include "live/process.h"

#include <errno.h>
#include <limits.h>
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

/* A process that may not be debugged has root's files in /proc, whoever's it is: then the directory
 * of its status says who it is. */
static int read_user(pid_t pid, unsigned *user)
{
    char path[64], line[128];
    int found = -1;
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *file = fopen(path, "re");
    while (file && found && fgets(line, sizeof line, file))
        if (sscanf(line, "Uid: %*u %u", user) == 1)
            found = 0;
    if (file)
        fclose(file);
    return found;
}

int process_check(pid_t pid, bool or_root, struct error *error)
{
    unsigned user;
    if (read_user(pid, &user))
        return error_set(error, "%d: no such process", (int)pid);
    if (user != geteuid() && !(or_root && !geteuid()))
        return error_set(error, "%d: a process of another user (%u): ask as that user", (int)pid,
                         user);
    return 0;
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
