/*
 * child.h: with which environment another program starts.
 *
 * A loader that cannot take libgreq.so says so on standard error or ends the program: musl's, one
 * of another ELF class, one in a root that does not have the file. Such a program starts without
 * our entry in LD_PRELOAD; other entries, and GREQ_*, stay. A static program has no loader, and
 * keeps the entry for its children. In doubt the environment is left as it is.
 *
 * May be used after vfork, in signal handlers and by several threads: nothing here allocates, takes
 * a lock or keeps anything. Opens a file for a moment and leaves errno alone.
 *
 * The hooks of exec, posix_spawn, system, popen and wordexp ask. What is read is the ELF header and
 * the loader's name, of a script those of its interpreter; and whether the entry's file can be
 * opened from here is tried. glibc also complains of a bare name in a setuid program. The copy of
 * the environment lies on the stack (at most 1024 variables): a child of vfork shares our memory.
 * What libc starts by itself has the process's `environ`, which is exchanged for a copy meanwhile.
 * A name or an environment that cannot be read is the kernel's to refuse (EFAULT).
 */
#ifndef CHILD_CHILD_H
#define CHILD_CHILD_H

#include "child/program.h"

#include <stddef.h>

/* A program that is about to be started. */
struct child {
    struct program program;
    char *const *environment; /* that it is meant to have; may be NULL */
    /* Starts it with this environment, which is the one above where nothing has to be changed. */
    int (*start)(const struct child *child, char *const *environment);
    /* for `start` */
    char *const *arguments;
    const void *more;
};

/* Starts it with the environment that its loader can bear. Returns what `start` returns. */
int child_start(const struct child *child);

/*
 * For functions that start the shell inside of libc, always with the process's own environment:
 * has `environ` lack our entry if the shell's loader could not bear it. Returns what
 * child_environ_end wants. The copy is from the kernel, and stays if `environ` is changed
 * meanwhile.
 */
struct child_environ {
    char **before, **during; /* the same: nothing was changed */
    size_t size;
};
struct child_environ child_environ_begin(void);
void child_environ_end(const struct child_environ *environment);

/* Learns what the library is called. By the constructor. */
void child_open(void);

#endif
