/*
 * loader.h: asks the dynamic loader which modules a program would be made of, and in which order.
 *
 * The loader itself answers, because nobody else knows what RUNPATH, $ORIGIN, LD_LIBRARY_PATH, its
 * cache and its hwcaps folders come to. It is this system's loader, not the one that the file
 * names, and it is told to list only: it maps the files and runs nothing of them.
 *
 * Never the loader that the file names: it could be any program. `--list` was tried: it ends at the
 * first library that is missing.
 */
#ifndef LAUNCH_LOADER_H
#define LAUNCH_LOADER_H

#include "base/error.h"

#include <limits.h>
#include <stddef.h>

struct loader_module {
    char *name; /* as it is asked for: "libssl.so.3", or a path */
    char *path; /* where it was found; NULL: nowhere */
};

/* In the order in which symbols are looked up, behind the program itself. */
struct loader_list {
    struct loader_module *modules;
    size_t count, capacity;
    char loader[PATH_MAX]; /* which was asked */
    char *complaint;       /* what the loader found fault with, or "" */
};

/*
 * Lists what would be loaded for `program`, an ELF file that uses a loader, if it were started with
 * `preloads` in LD_PRELOAD and the rest of this process's environment.
 *
 * Returns 0, and the caller releases `list` with loader_list_finish; or -1 with `error` set.
 */
int loader_list_make(struct loader_list *list, const char *program, const char *preloads,
                     struct error *error);

void loader_list_finish(struct loader_list *list);

#endif
