/* Computes, and makes no call before another program takes its place: itself, which tells what the
 * first one used. */
#include "client.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static const double burn_s = 0.3;

static double used_s(void)
{
    struct timespec used;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return (double)used.tv_sec + (double)used.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    char told[32];
    if (argc > 1) {
        timing("computed", strtod(argv[1], NULL));
        return 0;
    }
    double before = used_s();
    while (used_s() < before + burn_s)
        continue;
    snprintf(told, sizeof told, "%.6f", used_s() - before);
    must(execv("/proc/self/exe", (char *[]){"again", told, NULL}), "execv");
}
