/*
 * elf_tables.h: what an object's dynamic section points to; for elf.c and elf_state.c.
 */
#ifndef SYS_ELF_TABLES_H
#define SYS_ELF_TABLES_H

#include <link.h>
#include <stddef.h>
#include <stdint.h>

struct elf_relocations {
    const ElfW(Rela) * first;
    size_t count;
};

/* What is missing is NULL, or none. */
struct elf_tables {
    const ElfW(Sym) * symbols;
    const char *names;
    const uint32_t *hash;                 /* DT_GNU_HASH */
    struct elf_relocations data, linkage; /* DT_RELA without the relative ones, DT_JMPREL */
};

struct elf_tables elf_tables_of(const struct dl_phdr_info *object);

#endif
