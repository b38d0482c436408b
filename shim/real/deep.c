#include "real/deep.h"

#include "real/real.h"
#include "real/slots.h"
#include "sys/elf.h"
#include "sys/elf_tables.h"
#include "sys/self.h"

#include <stdbool.h>
#include <string.h>

enum { GROUP_MAX = 128 };

struct search {
    struct dl_phdr_info own;
    struct elf_tables tables; /* of that */
    size_t known, seen;       /* objects */

    ElfW(Addr) group[GROUP_MAX]; /* where those lie that belong to what was opened */
    size_t group_count;
    const char *needed;   /* a library that one of them needs, and where */
    ElfW(Addr) found;     /* objects of that name lie: the last of them, */
    unsigned found_count; /* and how many */
    size_t position;      /* of the object that is looked at */
};

static uint32_t hashes[CALL_COUNT]; /* of their names, or 0 */

/* ---- who defines what ---- */

/* Which functions another object defines than libc and this one, of those that were looked into:
 * what the loader has led nowhere yet may lead there. With the loader's lock. */
static bool is_defined_elsewhere[CALL_COUNT];
static size_t looked_into;              /* objects */
static unsigned long long unloaded = 0; /* since then others may have their places */

static bool is_own(const struct dl_phdr_info *object)
{
    return object->dlpi_addr == (ElfW(Addr))__ehdr_start;
}

static void note_definitions(const struct dl_phdr_info *object)
{
    struct elf_tables tables = elf_tables_of(object);
    bool is_unsure = tables.symbols && !tables.hash;
    bool can_be_searched = elf_can_be_searched(&tables);
    if (!is_unsure && !can_be_searched)
        return;
    for (int id = 0; id < CALL_COUNT; id++) {
        if (can_be_searched && !elf_may_have(elf_filter_of(&tables), hashes[id]))
            continue;
        void *found =
            can_be_searched ? elf_newest(object, &tables, call_infos[id].name, hashes[id]) : NULL;
        is_defined_elsewhere[id] |= is_unsure || (found && found != real_known((enum call_id)id));
    }
}

static void compute_hashes(void)
{
    for (int id = 0; id < CALL_COUNT; id++)
        hashes[id] = elf_hash(call_infos[id].name, strlen(call_infos[id].name));
}

static bool look_into(const struct dl_phdr_info *object, void *argument)
{
    struct search *search = argument;
    if (!hashes[0])
        compute_hashes();
    if (unloaded != object->dlpi_subs) {
        unloaded = object->dlpi_subs;
        looked_into = 0;
    }
    if (is_own(object)) {
        search->own = *object;
        search->tables = elf_tables_of(object);
    } else if (search->seen >= looked_into) {
        note_definitions(object);
    }
    if (++search->seen > looked_into)
        looked_into = search->seen;
    return false;
}

/* ---- which function ---- */

/* CALL_COUNT: it is none that has a hook. */
static enum call_id call_of(const char *name, uint32_t hash)
{
    int id = 0;
    while (id < CALL_COUNT && (hashes[id] != hash || strcmp(call_infos[id].name, name) != 0))
        id++;
    return (enum call_id)id;
}

static struct slot_change hook_of(const char *name, void *argument)
{
    const struct search *search = argument;
    uint32_t hash = elf_hash(name, strlen(name));
    if (!elf_may_have(elf_filter_of(&search->tables), hash))
        return (struct slot_change){0};
    enum call_id id = call_of(name, hash);
    if (id == CALL_COUNT || !real_known(id) || is_defined_elsewhere[id])
        return (struct slot_change){0};
    void *hook = elf_newest(&search->own, &search->tables, name, hash);
    return (struct slot_change){real_known(id), hook == ELF_NO_FUNCTION ? NULL : hook};
}

/* ---- what was opened ---- */

static const ElfW(Dyn) * dynamic_of(const struct dl_phdr_info *object)
{
    for (int i = 0; i < object->dlpi_phnum; i++)
        if (object->dlpi_phdr[i].p_type == PT_DYNAMIC)
            return (const ElfW(Dyn) *)(object->dlpi_addr + object->dlpi_phdr[i].p_vaddr);
    return NULL;
}

static bool has_name(const struct dl_phdr_info *object, const char *name)
{
    const char *slash = strrchr(object->dlpi_name, '/');
    if (strcmp(slash ? slash + 1 : object->dlpi_name, name) == 0)
        return true;
    const char *names = elf_tables_of(object).names;
    const ElfW(Dyn) *entry = names ? dynamic_of(object) : NULL;
    for (; entry && entry->d_tag != DT_NULL; entry++)
        if (entry->d_tag == DT_SONAME)
            return strcmp(names + entry->d_un.d_val, name) == 0;
    return false;
}

static bool find_needed(const struct dl_phdr_info *object, void *argument)
{
    struct search *search = argument;
    if (++search->position > search->known && has_name(object, search->needed)) {
        search->found = object->dlpi_addr;
        search->found_count++;
    }
    return false;
}

static bool is_in_group(const struct search *search, ElfW(Addr) address)
{
    for (size_t i = 0; i < search->group_count; i++)
        if (search->group[i] == address)
            return true;
    return false;
}

/* What was there before has been led, and so has what it needs. Of two of the same name nobody
 * knows which one is meant. */
static void add_to_group(struct search *search, const char *needed)
{
    search->needed = needed;
    search->found_count = 0;
    search->position = 0;
    elf_each_object(find_needed, search);
    if (search->found_count == 1 && search->group_count < GROUP_MAX &&
        !is_in_group(search, search->found))
        search->group[search->group_count++] = search->found;
}

static bool add_needs(const struct dl_phdr_info *object, void *argument)
{
    struct search *search = argument;
    if (object->dlpi_addr != search->group[search->seen])
        return false;
    const char *names = elf_tables_of(object).names;
    const ElfW(Dyn) *entry = names ? dynamic_of(object) : NULL;
    for (; entry && entry->d_tag != DT_NULL; entry++)
        if (entry->d_tag == DT_NEEDED)
            add_to_group(search, names + entry->d_un.d_val);
    return true;
}

/* Breadth first, as the loader does it. */
static void find_group(struct search *search, const struct link_map *opened)
{
    search->group[0] = opened->l_addr;
    search->group_count = 1;
    for (search->seen = 0; search->seen < search->group_count; search->seen++)
        elf_each_object(add_needs, search);
}

/* ---- which objects ---- */

struct opener {
    uintptr_t caller;
    size_t objects;
    bool is_found, has_rpath;
};

static void note_opener(struct opener *opener, const struct dl_phdr_info *object)
{
    for (int i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
        uintptr_t begin = object->dlpi_addr + segment->p_vaddr;
        opener->is_found |= segment->p_type == PT_LOAD && opener->caller - begin < segment->p_memsz;
    }
    const ElfW(Dyn) *entry = opener->is_found ? dynamic_of(object) : NULL;
    for (; entry && entry->d_tag != DT_NULL; entry++)
        opener->has_rpath |= entry->d_tag == DT_RPATH;
}

static bool count(const struct dl_phdr_info *object, void *argument)
{
    struct opener *opener = argument;
    opener->objects++;
    if (!opener->is_found)
        note_opener(opener, object);
    return false;
}

bool deep_may_open(const void *caller, size_t *objects)
{
    struct opener opener = {.caller = (uintptr_t)caller};
    elf_each_object(count, &opener);
    *objects = opener.objects;
    return opener.is_found && !opener.has_rpath;
}

/* Who names no versions of functions may mean older ones: see real/unversioned.c. */
static bool lead_object(const struct dl_phdr_info *object, void *argument)
{
    struct search *search = argument;
    if (++search->seen > search->known && is_in_group(search, object->dlpi_addr) &&
        elf_has_versions(object))
        slots_lead(object, hook_of, search);
    return false;
}

void deep_lead(const struct link_map *opened, size_t known)
{
    struct search search = {.known = known};
    elf_each_object(look_into, &search);
    if (!elf_can_be_searched(&search.tables))
        return;
    find_group(&search, opened);
    search.seen = 0;
    elf_each_object(lead_object, &search);
}
