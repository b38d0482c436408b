/*
 * obstacle.h: why a preload cannot reach a program. Looks at the file alone.
 *
 * Refused is what the preload would end: programs of musl, uClibc and Bionic, by the name of their
 * loader. Of `#!/usr/bin/env NAME` NAME is judged, not env. What is neither ELF nor text is left to
 * execve (binfmt_misc).
 */
#ifndef LAUNCH_OBSTACLE_H
#define LAUNCH_OBSTACLE_H

#include "launch/elf_facts.h"

enum obstacle {
    OBSTACLE_NONE,
    OBSTACLE_32_BIT, /* where libgreq.so is 64-bit */
    OBSTACLE_64_BIT, /* the other way round */
    OBSTACLE_MACHINE,
    OBSTACLE_CUT,
    OBSTACLE_STATIC,
    OBSTACLE_STATIC_GO,
    OBSTACLE_OTHER_LIBC,
    OBSTACLE_SETUID,
    OBSTACLE_CAPABILITIES
};

/* What keeps a library out of the program at `path`; `facts` are those of that file. */
enum obstacle obstacle_find(const char *path, const struct elf_facts *library,
                            const struct elf_facts *facts);

/* In words: what it is, and what to do if anything can be done. "" of OBSTACLE_NONE. */
const char *obstacle_text(enum obstacle obstacle);

/* A word for programs: "static", "setuid". "" of OBSTACLE_NONE. */
const char *obstacle_word(enum obstacle obstacle);

#endif
