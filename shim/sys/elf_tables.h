/*
 * elf_tables.h: what an object's dynamic section points to, for whoever looks at much of it.
 */
#ifndef SYS_ELF_TABLES_H
#define SYS_ELF_TABLES_H

#include "sys/inline.h"

#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct elf_relocations {
    const ElfW(Rela) * first;
    size_t count;
};

/* What DT_GNU_HASH begins with; a Bloom filter, buckets and chains follow. */
struct elf_hash_table {
    uint32_t bucket_count, first_symbol, filter_words, filter_shift;
    ElfW(Addr) filter[];
};

/* What is missing is NULL, or none. */
struct elf_tables {
    const ElfW(Sym) * symbols;
    const char *names;
    const struct elf_hash_table *hash;    /* DT_GNU_HASH */
    const ElfW(Half) * versions;          /* DT_VERSYM */
    struct elf_relocations data, linkage; /* DT_RELA without the relative ones, DT_JMPREL */
};

struct elf_tables elf_tables_of(const struct dl_phdr_info *object);

/* What a hash table knows a name by. Of a name that the compiler knows it is a constant. */
static ALWAYS_INLINE uint32_t elf_hash(const char *name, size_t length)
{
    uint32_t hash = 5381;
#pragma GCC unroll 32
    for (size_t i = 0; i < length; i++)
        hash = hash * 33 + (unsigned char)name[i];
    return hash;
}

/* A Bloom filter of the names that an object defines. Its words are a power of two. */
struct elf_filter {
    const ElfW(Addr) * words;
    uint32_t mask, shift;
};

/* Of an object with such a table. */
static inline struct elf_filter elf_filter_of(const struct elf_tables *tables)
{
    const struct elf_hash_table *table = tables->hash;
    return (struct elf_filter){table->filter, table->filter_words - 1, table->filter_shift % 64};
}

/* Whether the object may define a name that is known by `hash`: of most names that it does not,
 * that is known without a look at its symbols. */
static ALWAYS_INLINE bool elf_may_have(struct elf_filter filter, uint32_t hash)
{
    enum { BITS = 8 * sizeof *filter.words };
    ElfW(Addr) word = filter.words[hash / BITS & filter.mask];
    uint64_t second = (uint64_t)hash >> filter.shift; /* by 32 and more leaves nothing */
    return word >> hash % BITS & word >> second % BITS & 1;
}

/* Of something that has to be called to be found (IFUNC), or is a variable. */
#define ELF_NO_FUNCTION ((void *)UINTPTR_MAX)

/* Whether there is all that a search needs. */
static inline bool elf_can_be_searched(const struct elf_tables *tables)
{
    return tables->symbols && tables->names && tables->hash && tables->hash->filter_words;
}

/*
 * What an object that can be searched defines under a name that it may have, as dlsym would
 * find it there: of several versions the newest. Its address, ELF_NO_FUNCTION, or NULL where it
 * defines none.
 */
void *elf_newest(const struct dl_phdr_info *object, const struct elf_tables *tables,
                 const char *name, uint32_t hash);

#endif
