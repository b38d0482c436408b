/*
 * A library that was linked without libc (-nostdlib; valgrind's own is one) names no versions of
 * functions, and the loader gives it the oldest. Of pthread_cond_* on x86-64 that is a body whose
 * condition has another layout. A hook stands in front of some of them only, and its real function
 * is the newest: such a library would make a condition by one body and wait for it by the other.
 *
 * So its calls go past the hooks: each slot gets what the loader would have put there. Only of what
 * a program is started with, since nothing tells of libraries that are opened later.
 *
 * What somebody else has put into a slot stays: constructors that ran before ours may have changed
 * a variable that held the function, or led calls elsewhere. So does a slot in code (DT_TEXTREL),
 * which cannot be written.
 */
#include "real/real.h"

#include "sys/elf.h"
#include "sys/elf_tables.h"
#include "sys/kernel.h"

#include <dlfcn.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifdef __x86_64__

/* The first version of all functions that libc has had from the beginning. */
#    define OLDEST "GLIBC_2.2.5"

/* A function that has two bodies, and whose calls come to us. */
struct function {
    const char *name;
    void *hook, *old;
};

enum {
    MOST_FUNCTIONS = 0
#    define HOOK(symbol, covered_by, family, library, role, flags) +!!((flags)&GLIBC_2_3_2)
#    include "hooks.def"
};

struct functions {
    struct function list[MOST_FUNCTIONS];
    unsigned count;
};

static const void *module_of(const void *address)
{
    Dl_info module = {0};
    return address && dladdr(address, &module) ? module.dli_fbase : NULL;
}

/* Without those whose calls a library in front of ours takes. */
static void look_up(struct functions *functions)
{
    const void *own = module_of(&real_functions);
    for (int id = 0; id < CALL_COUNT; id++) {
        if (!(call_infos[id].flags & GLIBC_2_3_2))
            continue;
        const char *name = call_infos[id].name;
        void *hook = dlsym(RTLD_DEFAULT, name), *old = dlvsym(RTLD_NEXT, name, OLDEST);
        if (old && module_of(hook) == own)
            functions->list[functions->count++] = (struct function){name, hook, old};
    }
}

static const struct function *find(const struct functions *functions, const char *name)
{
    for (unsigned i = 0; i < functions->count; i++)
        if (strcmp(functions->list[i].name, name) == 0)
            return &functions->list[i];
    return NULL;
}

/* ---- slots ---- */

static uintptr_t page_of(uintptr_t address)
{
    return address & -(uintptr_t)sysconf(_SC_PAGESIZE);
}

static bool protect(void **slot, int protection)
{
    void *page = (void *)page_of((uintptr_t)slot);
    return FALLIBLE(mprotect, -1, page, (size_t)sysconf(_SC_PAGESIZE), protection) == 0;
}

/* Whether it is in a segment of the object that has the flag. */
static bool is_in(const struct dl_phdr_info *object, const void *address, ElfW(Word) flag)
{
    for (int i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
        uintptr_t offset = (uintptr_t)address - object->dlpi_addr - segment->p_vaddr;
        if (segment->p_type == PT_LOAD && segment->p_flags & flag && offset < segment->p_memsz)
            return true;
    }
    return false;
}

static bool is_data(const struct dl_phdr_info *object, void *const *slot)
{
    return (uintptr_t)slot % sizeof *slot == 0 && is_in(object, slot, PF_W);
}

/* The loader has made read-only what it has bound at once: whole pages. */
static bool is_read_only(const struct dl_phdr_info *object, void *const *slot)
{
    for (int i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
        uintptr_t begin = object->dlpi_addr + segment->p_vaddr, page = page_of((uintptr_t)slot);
        if (segment->p_type == PT_GNU_RELRO && page >= page_of(begin) &&
            page < page_of(begin + segment->p_memsz))
            return true;
    }
    return false;
}

static void fill(const struct dl_phdr_info *object, void **slot, void *value)
{
    bool read_only = is_read_only(object, slot);
    if (read_only && !protect(slot, PROT_READ | PROT_WRITE))
        return;
    *slot = value;
    if (read_only)
        protect(slot, PROT_READ);
}

/* A slot of the procedure linkage table that is not bound yet leads back into the table, where the
 * number of its relocation is pushed; in front of that may be an endbr64. */
static bool is_unbound(const struct dl_phdr_info *object, const unsigned char *code, size_t number)
{
    static const unsigned char endbr64[] = {0xf3, 0x0f, 0x1e, 0xfa};
    const unsigned char *end = code + sizeof endbr64 + 1 + sizeof(uint32_t);
    if (!is_in(object, code, PF_X) || !is_in(object, end, PF_X))
        return false;
    if (memcmp(code, endbr64, sizeof endbr64) == 0)
        code += sizeof endbr64;
    uint32_t pushed;
    memcpy(&pushed, code + 1, sizeof pushed);
    return *code == 0x68 && pushed == number;
}

static void give_body(const struct dl_phdr_info *object, const ElfW(Rela) * entry, size_t number,
                      const struct function *function)
{
    void **slot = (void **)(object->dlpi_addr + entry->r_offset);
    unsigned type = ELF64_R_TYPE(entry->r_info);
    ElfW(Sxword) addend = type == R_X86_64_64 ? entry->r_addend : 0;
    if (is_data(object, slot) &&
        (*slot == (char *)function->hook + addend ||
         (type == R_X86_64_JUMP_SLOT && is_unbound(object, *slot, number))))
        fill(object, slot, (char *)function->old + addend);
}

static void give_bodies(const struct dl_phdr_info *object, const struct elf_tables *tables,
                        const struct elf_relocations *relocations,
                        const struct functions *functions)
{
    for (size_t i = 0; i < relocations->count; i++) {
        const ElfW(Rela) *entry = &relocations->first[i];
        const ElfW(Sym) *symbol = &tables->symbols[ELF64_R_SYM(entry->r_info)];
        unsigned type = ELF64_R_TYPE(entry->r_info);
        if (symbol->st_shndx != SHN_UNDEF ||
            (type != R_X86_64_JUMP_SLOT && type != R_X86_64_GLOB_DAT && type != R_X86_64_64))
            continue;
        const struct function *function = find(functions, tables->names + symbol->st_name);
        if (function)
            give_body(object, entry, i, function);
    }
}

/* ---- all objects ---- */

static bool is_unversioned(const struct dl_phdr_info *object, void *unused)
{
    (void)unused;
    if (elf_has_versions(object))
        return false;
    struct elf_tables tables = elf_tables_of(object);
    return tables.symbols && tables.names && (tables.linkage.count || tables.data.count);
}

static bool give_object(const struct dl_phdr_info *object, void *functions)
{
    if (!is_unversioned(object, NULL))
        return false;
    struct elf_tables tables = elf_tables_of(object);
    give_bodies(object, &tables, &tables.linkage, functions);
    give_bodies(object, &tables, &tables.data, functions);
    return false;
}

/* The loader is asked outside of the walks: it takes its locks in another order. */
void real_give_old_bodies(void)
{
    struct functions functions = {.count = 0};
    if (!elf_each_object(is_unversioned, NULL))
        return;
    look_up(&functions);
    elf_each_object(give_object, &functions);
}

#else

void real_give_old_bodies(void) {}

#endif
