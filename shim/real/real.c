#include "real/real.h"

#include "sys/elf.h"
#include "sys/elf_tables.h"
#include "sys/self.h"
#include "sys/table.h"

#include <dlfcn.h>
#include <stddef.h>

SMALL_TABLE void *real_functions[CALL_COUNT];
void *real_other_vfork;

/*
 * libc may have two bodies of a function, and dlsym does not promise which one it finds. Programs
 * are linked with the newest: on x86-64 a condition variable has had another layout once.
 */
static const char *version_of(enum call_id id)
{
#ifdef __x86_64__
    return call_infos[id].flags & GLIBC_2_3_2 ? "GLIBC_2.3.2" : NULL;
#else
    (void)id;
    return NULL;
#endif
}

void *real_look_up(enum call_id id)
{
    const char *version = version_of(id);
    void *found = version ? dlvsym(RTLD_NEXT, call_infos[id].name, version)
                          : dlsym(RTLD_NEXT, call_infos[id].name);
    __atomic_store_n(&real_functions[id], found, __ATOMIC_RELAXED);
    return found;
}

/* ---- all at once ---- */

/* dlsym takes 1,000 instructions for each of 300 names. A name that only one object defines, beside
 * this library, is that one's, wherever the object stands. */
struct search {
    uint32_t hashes[CALL_COUNT];
    void *found[CALL_COUNT]; /* ELF_NO_FUNCTION: the loader is to be asked */
    bool in_libc[CALL_COUNT];
    bool is_unsure; /* there is an object whose names are not known */
};

static void look_for(struct search *search, int id, const struct dl_phdr_info *object,
                     const struct elf_tables *tables, bool is_libc)
{
    void *found = elf_newest(object, tables, call_infos[id].name, search->hashes[id]);
    if (!found)
        return;
    search->in_libc[id] |= is_libc && found != ELF_NO_FUNCTION;
    search->found[id] = search->found[id] ? ELF_NO_FUNCTION : found;
}

static bool look_into_object(const struct dl_phdr_info *object, void *all)
{
    static const char mark[] = "__libc_start_main";
    struct elf_tables tables = elf_tables_of(object);
    struct search *search = all;
    if (object->dlpi_addr == (ElfW(Addr))__ehdr_start)
        return false;
    search->is_unsure |= tables.symbols && !tables.hash;
    if (!elf_can_be_searched(&tables))
        return false;
    struct elf_filter filter = elf_filter_of(&tables);
    uint32_t hash = elf_hash(mark, sizeof mark - 1);
    bool is_libc = elf_may_have(filter, hash) && elf_newest(object, &tables, mark, hash);
    for (int id = 0; id < CALL_COUNT; id++)
        if (elf_may_have(filter, search->hashes[id]))
            look_for(search, id, object, &tables, is_libc);
    return false;
}

static void take(const struct search *search, enum call_id id)
{
    if (real_known(id) || !search->in_libc[id])
        return;
    if (search->found[id] == ELF_NO_FUNCTION || search->is_unsure)
        real_look_up(id);
    else
        __atomic_store_n(&real_functions[id], search->found[id], __ATOMIC_RELAXED);
}

/* Only what libc has: a look-up in vain would allocate, and change the program's dlerror(). */
void real_look_up_all(void)
{
    struct search search = {0};
#define HOOK(symbol, covered_by, family, library, role, flags) \
    search.hashes[CALL_##symbol] = elf_hash(#symbol, sizeof #symbol - 1);
#include "hooks.def"
    elf_each_object(look_into_object, &search);
    for (int id = 0; id < CALL_COUNT; id++)
        take(&search, (enum call_id)id);
    if (search.found[CALL_vfork] != real_known(CALL_vfork)) /* not the only one, libc's */
        real_other_vfork = real_known(CALL_vfork);
}
