/*
 * elf_tables.h: what an object's dynamic section points to, for whoever looks at much of it.
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
    const ElfW(Half) * versions;          /* DT_VERSYM */
    struct elf_relocations data, linkage; /* DT_RELA without the relative ones, DT_JMPREL */
};

struct elf_tables elf_tables_of(const struct dl_phdr_info *object);

/* What a hash table knows a name by. */
uint32_t elf_hash(const char *name);

/* Of something that has to be called to be found (IFUNC), or is a variable. */
#define ELF_NO_FUNCTION ((void *)UINTPTR_MAX)

/*
 * What an object whose tables are at hand defines under a name, as dlsym would find it there: of
 * several versions the newest. Its address, ELF_NO_FUNCTION, or NULL where it defines none.
 */
void *elf_newest(const struct dl_phdr_info *object, const struct elf_tables *tables,
                 const char *name, uint32_t hash);

#endif
