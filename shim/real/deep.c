#include "real/deep.h"

#include "real/real.h"
#include "real/slots.h"
#include "sys/elf.h"
#include "sys/elf_tables.h"
#include "sys/self.h"

#include <stdbool.h>
#include <string.h>

/* ---- which function ---- */

/* A name, and who defines it beside libc and us. */
struct definers {
    const char *name;
    uint32_t hash;
    void *real;
};

static bool is_own(const struct dl_phdr_info *object)
{
    return object->dlpi_addr == (ElfW(Addr))__ehdr_start;
}

static bool is_another_definer(const struct dl_phdr_info *object, void *argument)
{
    const struct definers *definers = argument;
    struct elf_tables tables = elf_tables_of(object);
    if (is_own(object))
        return false;
    if (!elf_can_be_searched(&tables))
        return tables.symbols && !tables.hash;
    void *found = elf_may_have(elf_filter_of(&tables), definers->hash)
                      ? elf_newest(object, &tables, definers->name, definers->hash)
                      : NULL;
    return found && found != definers->real;
}

/* CALL_COUNT: it is none of libc's that has a hook. */
static enum call_id call_of(const char *name)
{
    int id = 0;
    while (id < CALL_COUNT && strcmp(call_infos[id].name, name) != 0)
        id++;
    return (enum call_id)id;
}

struct search {
    struct dl_phdr_info own;
    struct elf_tables tables; /* of that */
    size_t known, seen;       /* objects */
};

/* What the loader has not led anywhere yet might lead to another library's, if that has one. */
static struct slot_change hook_of(const char *name, void *argument)
{
    const struct search *search = argument;
    uint32_t hash = elf_hash(name, strlen(name));
    void *hook = elf_may_have(elf_filter_of(&search->tables), hash)
                     ? elf_newest(&search->own, &search->tables, name, hash)
                     : NULL;
    enum call_id id = hook && hook != ELF_NO_FUNCTION ? call_of(name) : CALL_COUNT;
    struct definers definers = {name, hash, id == CALL_COUNT ? NULL : real_known(id)};
    if (!definers.real || elf_each_object(is_another_definer, &definers))
        return (struct slot_change){0};
    return (struct slot_change){definers.real, hook};
}

/* ---- which objects ---- */

static bool count(const struct dl_phdr_info *object, void *sum)
{
    (void)object;
    ++*(size_t *)sum;
    return false;
}

size_t deep_count_objects(void)
{
    size_t sum = 0;
    elf_each_object(count, &sum);
    return sum;
}

static bool find_own(const struct dl_phdr_info *object, void *argument)
{
    struct search *search = argument;
    if (!is_own(object))
        return false;
    search->own = *object;
    search->tables = elf_tables_of(object);
    return true;
}

/* Who names no versions of functions may mean older ones: see real/unversioned.c. */
static bool lead_object(const struct dl_phdr_info *object, void *argument)
{
    struct search *search = argument;
    if (++search->seen > search->known && elf_has_versions(object))
        slots_lead(object, hook_of, search);
    return false;
}

void deep_lead(size_t known)
{
    struct search search = {.known = known};
    if (elf_each_object(find_own, &search) && elf_can_be_searched(&search.tables))
        elf_each_object(lead_object, &search);
}
