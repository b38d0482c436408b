/*
 * A library that was linked without libc (-nostdlib; valgrind's own is one) names no versions of
 * functions, and the loader gives it the oldest. Of pthread_cond_* on x86-64 that is a body whose
 * condition has another layout. A hook stands in front of some of them only, and its real function
 * is the newest: such a library would make a condition by one body and wait for it by the other.
 *
 * So its calls go past the hooks: each slot gets what the loader would have put there. Only of what
 * a program is started with, since nothing tells of libraries that are opened later.
 */
#include "real/real.h"

#include "sys/elf.h"
#include "sys/elf_tables.h"
#include "sys/kernel.h"

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifdef __x86_64__

/* The first version of all functions that libc has had from the beginning. */
#    define OLDEST "GLIBC_2.2.5"

static const void *module_of(const void *address)
{
    Dl_info module = {0};
    return address && dladdr(address, &module) ? module.dli_fbase : NULL;
}

/* NULL: it has one body alone, or a library in front of ours takes the call. */
static void *old_body(const char *name)
{
    for (int id = 0; id < CALL_COUNT; id++)
        if (call_infos[id].flags & GLIBC_2_3_2 && strcmp(call_infos[id].name, name) == 0)
            return module_of(dlsym(RTLD_DEFAULT, name)) == module_of(&real_functions)
                       ? dlvsym(RTLD_NEXT, name, OLDEST)
                       : NULL;
    return NULL;
}

static bool protect(void **slot, int protection)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    return FALLIBLE(mprotect, -1, (void *)((uintptr_t)slot & -page), page, protection) == 0;
}

/* The loader has made read-only what it has bound at once. */
static bool is_read_only(const struct dl_phdr_info *object, const void *slot)
{
    for (int i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
        uintptr_t offset = (uintptr_t)slot - object->dlpi_addr - segment->p_vaddr;
        if (segment->p_type == PT_GNU_RELRO && offset < segment->p_memsz)
            return true;
    }
    return false;
}

static void fill(const struct dl_phdr_info *object, void **slot, void *body)
{
    bool read_only = is_read_only(object, slot);
    if (read_only && !protect(slot, PROT_READ | PROT_WRITE))
        return;
    *slot = body;
    if (read_only)
        protect(slot, PROT_READ);
}

static void fill_all(const struct dl_phdr_info *object, const struct elf_tables *tables,
                     const struct elf_relocations *relocations)
{
    for (size_t i = 0; i < relocations->count; i++) {
        const ElfW(Rela) *entry = &relocations->first[i];
        const ElfW(Sym) *symbol = &tables->symbols[ELF64_R_SYM(entry->r_info)];
        unsigned type = ELF64_R_TYPE(entry->r_info);
        if (symbol->st_shndx != SHN_UNDEF ||
            (type != R_X86_64_JUMP_SLOT && type != R_X86_64_GLOB_DAT && type != R_X86_64_64))
            continue;
        void *body = old_body(tables->names + symbol->st_name);
        if (body)
            fill(object, (void **)(object->dlpi_addr + entry->r_offset), body);
    }
}

/* Within it nothing is asked of the loader that would change its list. */
static bool give_object(const struct dl_phdr_info *object, void *unused)
{
    (void)unused;
    if (elf_has_versions(object))
        return false;
    struct elf_tables tables = elf_tables_of(object);
    if (tables.symbols && tables.names) {
        fill_all(object, &tables, &tables.linkage);
        fill_all(object, &tables, &tables.data);
    }
    return false;
}

void real_give_old_bodies(void)
{
    elf_each_object(give_object, NULL);
}

#else

void real_give_old_bodies(void) {}

#endif
