#include "account/python_loop.h"

#include "model/site.h"

#include <stdbool.h>
#include <string.h>

static bool is_inside(const struct site *site)
{
    static const char *const loops[][2] = {
        {"/asyncio/base_events.py", "run_forever"},
        {"/twisted/internet/base.py", "mainLoop"},
    };
    for (size_t i = 0; i < sizeof loops / sizeof *loops; i++)
        if (site_is_below_python(site, loops[i][0], loops[i][1]))
            return true;
    return false;
}

/* The outermost frame is that of a program or of a thread: none is missing. */
static bool is_whole(const struct site *site)
{
    const char *name = strrchr(site->python, ' ');
    return name && (!strcmp(name, " <module>\n") || !strcmp(name, " _bootstrap\n"));
}

enum python_loop python_loop_of(const struct site *site)
{
    if (!site->python)
        return PYTHON_LOOP_UNKNOWN;
    if (is_inside(site))
        return PYTHON_LOOP_INSIDE;
    return is_whole(site) ? PYTHON_LOOP_OUTSIDE : PYTHON_LOOP_UNKNOWN;
}
