#include "account/python_loop.h"

#include "model/site.h"

#include <stddef.h>
#include <string.h>

/* The frames outside of the innermost run of a loop; NULL: there is none. */
static const char *outside_of_run(const char *frames)
{
    const char *outside = python_below(frames, "/asyncio/base_events.py", "run_forever");
    return outside ? outside : python_below(frames, "/twisted/internet/base.py", "mainLoop");
}

/* Whether `below` are the frames outside of the first one. */
static bool is_next(const char *frames, const char *below)
{
    return frames && below && frames + strcspn(frames, "\n") + 1 == below;
}

/* A loop waits itself, in its reactor or by asyncio's selector: the frames outside of that loop.
 * Else all. */
static const char *outside_of_wait(const char *frames)
{
    const char *select = python_below(frames, "/selectors.py", "select");
    const char *once = python_below(frames, "/asyncio/base_events.py", "_run_once");
    const char *poll = python_below(frames, "/twisted/internet/epollreactor.py", "doPoll");
    return is_next(select, once) || is_next(frames, poll) ? outside_of_run(frames) : frames;
}

/* The outermost frame is that of a program or of a thread: none is missing. */
static bool is_whole(const struct site *site)
{
    const char *name = strrchr(site->python, ' ');
    return name && (!strcmp(name, " <module>\n") || !strcmp(name, " _bootstrap\n"));
}

bool python_loop_runs(const struct site *site)
{
    return outside_of_run(site->python);
}

bool python_loop_is_inside(const struct site *site)
{
    return outside_of_run(outside_of_wait(site->python));
}

bool python_loop_is_outside(const struct site *site)
{
    return site->python && is_whole(site) && !python_loop_is_inside(site);
}
