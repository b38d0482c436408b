#include "unwind/module.h"

#include "sys/elf.h"

#include <stddef.h>

/* ---- from glibc 2.35 on ---- */

/* struct dl_find_object of <dlfcn.h>, which an older libc to build with does not have. */
struct found {
    unsigned long long flags;
    void *begin, *end;
    struct link_map *object;
    void *table;
    unsigned long long reserved[7];
};

static int (*find_object)(void *address, struct found *found);

static bool look_for_function(const struct dl_phdr_info *object, void *unused)
{
    (void)unused;
    void *function = elf_find(object, "_dl_find_object");
    __atomic_store_n((void **)&find_object, function, __ATOMIC_RELEASE);
    return function != NULL;
}

/* Not by dlsym: where there is none it would allocate, and change the program's dlerror(). */
void module_open(void)
{
    elf_each_object(look_for_function, NULL);
}

/* ---- before ---- */

struct search {
    struct module *module;
    uint64_t address;
};

static bool look_at(const struct dl_phdr_info *object, void *argument)
{
    const struct search *search = argument;
    struct module module = {.begin = (const uint8_t *)UINTPTR_MAX, .name = object->dlpi_name};
    for (int i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
        const uint8_t *begin = (const uint8_t *)(object->dlpi_addr + segment->p_vaddr);
        if (segment->p_type == PT_GNU_EH_FRAME)
            module.table = begin;
        if (segment->p_type != PT_LOAD)
            continue;
        if (begin < module.begin)
            module.begin = begin;
        if (begin + segment->p_memsz > module.end)
            module.end = begin + segment->p_memsz;
    }
    if (!module_contains(&module, search->address))
        return false;
    module.tables_begin = module.begin;
    module.tables_end = module.end;
    *search->module = module;
    return true;
}

/* ---- either ---- */

bool module_find(struct module *module, uint64_t address)
{
    struct search search = {module, address};
    struct found found;
    int (*find)(void *, struct found *);
    *(void **)&find = __atomic_load_n((void **)&find_object, __ATOMIC_ACQUIRE);
    if (!find)
        return elf_each_object(look_at, &search);
    if (find((void *)address, &found) != 0)
        return false;
    *module = (struct module){found.begin,          found.end,   found.table,
                              found.object->l_name, found.begin, found.end};
    if (found.table && !module_may_have_table(module, found.table) &&
        find(found.table, &found) == 0) {
        module->tables_begin = found.begin;
        module->tables_end = found.end;
    }
    return true;
}
