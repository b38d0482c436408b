/* exec_search: one failed exec after the other, as in a long PATH. */
#include "facts.h"

#include <unistd.h>

extern char **environ;

enum { ATTEMPTS = 200 };

int main(void)
{
    char name[] = "none", *arguments[] = {name, NULL};
    int failures = 0;
    for (int i = 0; i < ATTEMPTS; i++)
        failures += execve("/nowhere/none", arguments, environ) < 0;
    fact("failures: %d", failures);
}
