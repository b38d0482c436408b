/*
 * elf_facts.h: what the launcher must know of an ELF file before it can be preloaded into.
 */
#ifndef LAUNCH_ELF_FACTS_H
#define LAUNCH_ELF_FACTS_H

#include <stdbool.h>

struct elf_facts {
    bool is_elf;               /* false: the rest is not set */
    int class;                 /* ELFCLASS32 or ELFCLASS64 */
    int machine;               /* EM_* */
    bool is_cut;               /* it ends within its table of segments: nothing can run it */
    bool uses_loader;          /* it names a dynamic loader, or is one */
    bool is_go;                /* it holds code of Go, which makes system calls by itself */
    char loader[256];          /* the dynamic loader that it names, or "" */
    char build_id[2 * 20 + 1]; /* in hexadecimal, or "" */
    char runtime[64]; /* the sanitizer runtime that it needs, such as "libasan.so.8", or "" */
};

/* Reads a file's facts. What cannot be read or is damaged is not an ELF file. */
void elf_facts_read(struct elf_facts *facts, const char *path);

#endif
