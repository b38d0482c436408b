/* deep_binding: a library is opened with RTLD_DEEPBIND, which leads what it calls past preloaded
 * libraries. Its waits overlap all the same, and all else is as the flag has it. Usage:
 * deep_binding lazy|now */
#include "facts.h"

#include <dlfcn.h>
#include <greq/greq.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

static void (*deep_wait)(unsigned ms);

static void *wait_shortly(void *item)
{
    deep_wait(50);
    return item;
}

static void *function(void *library, const char *name)
{
    void *found = dlsym(library, name);
    must(found ? 0 : -1, name);
    return found;
}

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "lazy";
    char program[PATH_MAX] = "", file[2 * PATH_MAX];
    must((int)readlink("/proc/self/exe", program, sizeof program - 1), "readlink");
    snprintf(file, sizeof file, "%s/libdeep_library_%s.so", dirname(program), name);
    void *library = dlopen(file, RTLD_LAZY | RTLD_GLOBAL | RTLD_DEEPBIND);
    fact("opened: %d, error: %d", library != NULL, dlerror() != NULL);
    must(library ? 0 : -1, "dlopen");
    *(void **)&deep_wait = function(library, "deep_wait");
    int (*own)(void), (*other)(void);
    *(void **)&own = function(library, "deep_own");
    *(void **)&other = function(library, "deep_other");
    fact("its own: %d, of its library: %d", own(), other());

    /* By the program's own path for libraries. */
    void *by_name = dlopen("libdeep_by_name.so", RTLD_LAZY | RTLD_DEEPBIND);
    fact("by name: %d", by_name != NULL);
    fact("none: %d", dlopen("/nowhere/libnone.so", RTLD_LAZY | RTLD_DEEPBIND) == NULL);
    fact("error: %d", dlerror() != NULL);

    void *items[10] = {NULL};
    double start = now_s();
    fact("map %s", error_name(greq_map(wait_shortly, items, NULL, 10, 0)));
    timing("elapsed", now_s() - start);
}
