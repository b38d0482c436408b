/* Computes, and makes no call before another program takes its place: itself, which tells what the
 * first one used. */
#include "client.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const double burn_s = 0.3;

int main(int argc, char **argv)
{
    char told[32];
    if (argc > 1) {
        timing("computed", strtod(argv[1], NULL));
        return 0;
    }
    snprintf(told, sizeof told, "%.6f", compute(burn_s, -1));
    must(execv("/proc/self/exe", (char *[]){"again", told, NULL}), "execv");
}
