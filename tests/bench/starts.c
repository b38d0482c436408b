/*
 * starts.c: starts a program COUNT times, one after the other, with more in its environment. It is
 * not to be preloaded itself: what is measured is a program's beginning and end. "%u" in a value is
 * the number of the start.
 *
 *     starts COUNT [NAME=VALUE ...] PROGRAM [ARGUMENT ...]
 */
#define _GNU_SOURCE
#include "bench.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST_VARIABLES = 16, LONGEST = 4096 };

/* The value may be an argument as well. */
static char *numbered(const char *text, uint32_t number, char *into)
{
    const char *place = strstr(text, "%u");
    if (place)
        snprintf(into, LONGEST, "%.*s%u%s", (int)(place - text), text, number, place + 2);
    else
        snprintf(into, LONGEST, "%s", text);
    return into;
}

static void start(uint32_t number, char *words[], posix_spawn_file_actions_t *silent)
{
    static char texts[2 * MOST_VARIABLES][LONGEST];
    char *environment[MOST_VARIABLES + 1] = {NULL}, *arguments[MOST_VARIABLES + 1] = {NULL};
    int variables = 0, count = 0, status;
    pid_t child;
    for (; *words && strchr(*words, '=') && variables < MOST_VARIABLES; words++, variables++)
        environment[variables] = numbered(*words, number, texts[variables]);
    for (; *words && count < MOST_VARIABLES; words++, count++)
        arguments[count] = numbered(*words, number, texts[MOST_VARIABLES + count]);
    if (!count || posix_spawn(&child, arguments[0], silent, NULL, arguments, environment) != 0)
        bench_fail("cannot start %s", count ? arguments[0] : "nothing");
    if (waitpid(child, &status, 0) != child || status != 0)
        bench_fail("%s failed", arguments[0]);
}

int main(int argc, char *argv[])
{
    posix_spawn_file_actions_t silent;
    uint32_t count = bench_number(argc, argv, 1, "COUNT");
    bench_limit_time();
    posix_spawn_file_actions_init(&silent);
    posix_spawn_file_actions_addopen(&silent, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    struct usage begin = usage_now();
    for (uint32_t i = 0; i < count; i++)
        start(i, argv + 2, &silent);
    usage_print(usage_since(begin), count);
    posix_spawn_file_actions_destroy(&silent);
}
