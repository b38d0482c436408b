/*
 * program.h: what the loader of a program that is about to start will make of libgreq.so.
 *
 * Reads the program's ELF header and the name of its loader, of a script those of its interpreter;
 * keeps nothing. May be used after vfork and in signal handlers.
 */
#ifndef CHILD_PROGRAM_H
#define CHILD_PROGRAM_H

#include <stdbool.h>

/* A program as exec*(3) and posix_spawn(3) name it. */
struct program {
    int directory; /* that `path` is relative to */
    const char *path;
    bool searched;     /* in the directories of PATH, unless it has a slash */
    bool or_directory; /* with an empty path `directory` is the file itself */
};

enum program_loader {
    LOADER_UNKNOWN,     /* cannot be told */
    LOADER_NONE,        /* static */
    LOADER_OURS,        /* glibc's, for the same kind of processor */
    LOADER_OURS_SECURE, /* the same; it takes preloads from trusted directories only (setuid) */
    LOADER_FOREIGN,
};

/* `environment` is that of the new program, in whose PATH env(1) would look. */
enum program_loader program_loader(const struct program *program, char *const *environment);

#endif
