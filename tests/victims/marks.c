/*
 * marks: names its parts, and waits in each of them. greq_mark takes no errno and needs no name.
 *
 * Of two connections one is answered while the other one is waited for: by poll in "one by one",
 * where that holds up nobody but the second, and in tasks in "together".
 */
#include "facts.h"

#include <errno.h>
#include <greq/greq.h>
#include <sys/socket.h>
#include <unistd.h>

enum { NAP_MS = 20 };

static void nap(void)
{
    usleep(NAP_MS * 1000);
}

/* A task that is in another part for its first half. */
static void *visit(void *none)
{
    greq_mark("visit");
    nap();
    greq_mark(NULL);
    nap();
    return none;
}

static void *stay(void *none)
{
    nap();
    return none;
}

static void mark_nothing(void)
{
    errno = ENOENT;
    greq_mark("");
    greq_mark(NULL);
    fact("errno: %s", error_name(errno));
}

int main(void)
{
    void *items[2] = {0};
    mark_nothing();
    greq_mark("alone");
    nap();
    greq_mark("alone");
    nap();
    greq_mark("with tasks");
    fact("together: %s", error_name(greq_map(stay, items, NULL, 2, 0)));
    fact("visits: %s", error_name(greq_map(visit, items, NULL, 2, 0)));
    greq_mark(NULL);
    nap();
    fact("done: %d", 1);
}
