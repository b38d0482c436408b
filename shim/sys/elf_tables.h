/*
 * elf_tables.h: what an object's dynamic section points to, for whoever looks at much of it.
 */
#ifndef SYS_ELF_TABLES_H
#define SYS_ELF_TABLES_H

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

/* What a hash table knows a name by. */
uint32_t elf_hash(const char *name);

/* Whether the object may define a name that is known by `hash`: of most names that it does not,
 * that is known without a look at its symbols. False of an object without such a table. */
static inline bool elf_may_have(const struct elf_tables *tables, uint32_t hash)
{
    enum { BITS = 8 * sizeof *tables->hash->filter };
    const struct elf_hash_table *table = tables->hash;
    if (!table || !table->filter_words)
        return false;
    ElfW(Addr) word = table->filter[hash / BITS % table->filter_words];
    uint64_t second = (uint64_t)hash >> table->filter_shift % 64; /* 32 and more leave nothing */
    return word >> hash % BITS & word >> second % BITS & 1;
}

/* Of something that has to be called to be found (IFUNC), or is a variable. */
#define ELF_NO_FUNCTION ((void *)UINTPTR_MAX)

/*
 * What an object whose tables are at hand defines under a name that it may have, as dlsym would
 * find it there: of several versions the newest. Its address, ELF_NO_FUNCTION, or NULL where it
 * defines none.
 */
void *elf_newest(const struct dl_phdr_info *object, const struct elf_tables *tables,
                 const char *name, uint32_t hash);

#endif
