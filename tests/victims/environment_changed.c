/* environment_changed: a program looks at its environment, empties it, and fills it anew. What was
 * asked of the preload is not asked again; the program sees no variable that it was not given. */
#include "facts.h"

#include <greq/greq.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

static bool about_preload(const char *entry)
{
    return strncmp(entry, "LD_PRELOAD=", 11) == 0 || strncmp(entry, "GREQ_", 5) == 0 ||
           strncmp(entry, "_=", 2) == 0;
}

static void tell(void)
{
    int count = 0;
    for (char **entry = environ; entry && *entry; entry++)
        if (!about_preload(*entry))
            fact("%d %s", count++, *entry);
    fact("%d variables", count);
}

static void *wait_shortly(void *item)
{
    usleep(50000);
    return item;
}

int main(void)
{
    void *items[10] = {NULL};
    tell();
    clearenv();
    setenv("GREQ_PATCH", "none", 1);
    setenv("NEW", "value", 1);
    unsetenv("NO_SUCH");
    tell();
    double start = now_s();
    fact("map %s", error_name(greq_map(wait_shortly, items, NULL, 10, 0)));
    timing("elapsed", now_s() - start);
    environ = NULL;
    usleep(1000);
    tell();
}
