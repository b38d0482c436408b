/* deep_binding: a library is opened with RTLD_DEEPBIND, which leads what it calls past preloaded
 * libraries. Its waits overlap all the same, and all else is as the flag has it. Usage:
 * deep_binding lazy|now|threads */
#include "facts.h"

#include <dlfcn.h>
#include <greq/greq.h>
#include <libgen.h>
#include <limits.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
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

/* ---- several threads open and close ---- */

enum { THREADS = 4, ROUNDS = 100, FILES = 3 };
static char files[FILES][2 * PATH_MAX];

static void *open_and_close(void *first)
{
    intptr_t failed = 0;
    for (int i = 0; i < ROUNDS; i++) {
        void *library = dlopen(files[((intptr_t)first + i) % FILES], RTLD_LAZY | RTLD_DEEPBIND);
        failed += !library || dlerror();
        if (library)
            dlclose(library);
    }
    return (void *)failed;
}

static void open_in_threads(const char *folder)
{
    static const char *const names[FILES] = {"deep_library_lazy", "deep_library_now",
                                             "deep_by_name"};
    pthread_t threads[THREADS];
    for (int i = 0; i < FILES; i++)
        snprintf(files[i], sizeof files[i], "%s/lib%s.so", folder, names[i]);
    for (intptr_t i = 0; i < THREADS; i++)
        must(-pthread_create(&threads[i], NULL, open_and_close, (void *)i), "pthread_create");
    intptr_t failed = 0;
    for (int i = 0; i < THREADS; i++) {
        void *result;
        pthread_join(threads[i], &result);
        failed += (intptr_t)result;
    }
    fact("failed: %d", (int)failed);
}

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "lazy";
    char program[PATH_MAX] = "", file[2 * PATH_MAX];
    must((int)readlink("/proc/self/exe", program, sizeof program - 1), "readlink");
    const char *folder = dirname(program);
    if (strcmp(name, "threads") == 0) {
        open_in_threads(folder);
        return 0;
    }
    snprintf(file, sizeof file, "%s/libdeep_library_%s.so", folder, name);
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
