/*
 * A program that loads Python as a plug-in and runs a script in it:
 *
 *     embedder local|global LIBPYTHON SCRIPT
 *
 * local: Python's names are to be found in nobody's scope but its own, and extension modules that
 * are not linked to it do not load.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char script[65536];

static void script_read(const char *path)
{
    FILE *file = fopen(path, "r");
    if (!file || !fread(script, 1, sizeof script - 1, file)) {
        perror(path);
        exit(3);
    }
    fclose(file);
}

static void *function_of(void *library, const char *name)
{
    void *function = dlsym(library, name);
    if (!function) {
        fprintf(stderr, "embedder: %s\n", dlerror());
        exit(3);
    }
    return function;
}

int main(int argc, char **argv)
{
    if (argc != 4)
        return 2;
    script_read(argv[3]);
    int scope = strcmp(argv[1], "global") == 0 ? RTLD_GLOBAL : RTLD_LOCAL;
    void *library = dlopen(argv[2], RTLD_NOW | scope);
    if (!library) {
        fprintf(stderr, "embedder: %s\n", dlerror());
        return 3;
    }
    void (*initialize)(int) = (void (*)(int))function_of(library, "Py_InitializeEx");
    int (*run)(const char *, void *) =
        (int (*)(const char *, void *))function_of(library, "PyRun_SimpleStringFlags");
    int (*finalize)(void) = (int (*)(void))function_of(library, "Py_FinalizeEx");
    int status = 0;
    for (int round = 0; round < 2 && status == 0; round++) { /* it may come back */
        initialize(0);
        status = run(script, NULL);
        if (finalize() < 0)
            status = 4;
    }
    return status ? 1 : 0;
}
