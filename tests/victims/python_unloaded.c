/* python_unloaded: embeds a Python for a while, and waits and computes for long with it and after
 * it. */
#include "facts.h"

#include <dlfcn.h>
#include <time.h>
#include <unistd.h>

/* Much longer than what a trace tells of: see TRACE_COMPUTED_NS and TRACE_LONG_CALL_NS. */
enum { LONG_MS = 20 };

static void compute(void)
{
    clock_t end = clock() + CLOCKS_PER_SEC * LONG_MS / 1000;
    while (clock() < end)
        ;
}

static void go_on(void)
{
    usleep(LONG_MS * 1000);
    compute();
    usleep(0);
}

/* argv[1]: the library that has Python. */
int main(int argc, char *argv[])
{
    void *python = argc > 1 ? dlopen(argv[1], RTLD_NOW | RTLD_LOCAL) : NULL;
    must(python ? 0 : -1, "dlopen");
    go_on();
    must(-dlclose(python), "dlclose");
    fact("unloaded %d", !dlopen(argv[1], RTLD_NOW | RTLD_NOLOAD));
    go_on();
    compute();
}
