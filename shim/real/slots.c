#include "real/slots.h"

#include "sys/elf.h"
#include "sys/elf_tables.h"
#include "sys/kernel.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifdef __x86_64__
enum { SLOT_OF_CALL = R_X86_64_JUMP_SLOT, SLOT_OF_DATA = R_X86_64_GLOB_DAT, ADDRESS = R_X86_64_64 };
#else
enum {
    SLOT_OF_CALL = R_AARCH64_JUMP_SLOT,
    SLOT_OF_DATA = R_AARCH64_GLOB_DAT,
    ADDRESS = R_AARCH64_ABS64
};
#endif

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

#ifdef __x86_64__

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

#else

/* A slot of the procedure linkage table that is not bound yet leads back into the table. */
static bool is_unbound(const struct dl_phdr_info *object, const unsigned char *code, size_t number)
{
    (void)number;
    return is_in(object, code, PF_X);
}

#endif

static void lead(const struct dl_phdr_info *object, const ElfW(Rela) * entry, size_t number,
                 struct slot_change change)
{
    void **slot = (void **)(object->dlpi_addr + entry->r_offset);
    unsigned type = ELF64_R_TYPE(entry->r_info);
    ElfW(Sxword) addend = type == ADDRESS ? entry->r_addend : 0;
    if (is_data(object, slot) && (*slot == (char *)change.from + addend ||
                                  (type == SLOT_OF_CALL && is_unbound(object, *slot, number))))
        fill(object, slot, (char *)change.to + addend);
}

static void lead_each(const struct dl_phdr_info *object, const struct elf_tables *tables,
                      const struct elf_relocations *relocations,
                      struct slot_change (*choose)(const char *name, void *argument),
                      void *argument)
{
    for (size_t i = 0; i < relocations->count; i++) {
        const ElfW(Rela) *entry = &relocations->first[i];
        const ElfW(Sym) *symbol = &tables->symbols[ELF64_R_SYM(entry->r_info)];
        unsigned type = ELF64_R_TYPE(entry->r_info);
        if (symbol->st_shndx != SHN_UNDEF ||
            (type != SLOT_OF_CALL && type != SLOT_OF_DATA && type != ADDRESS))
            continue;
        struct slot_change change = choose(tables->names + symbol->st_name, argument);
        if (change.to)
            lead(object, entry, i, change);
    }
}

void slots_lead(const struct dl_phdr_info *object,
                struct slot_change (*choose)(const char *name, void *argument), void *argument)
{
    struct elf_tables tables = elf_tables_of(object);
    if (!tables.symbols || !tables.names)
        return;
    lead_each(object, &tables, &tables.linkage, choose, argument);
    lead_each(object, &tables, &tables.data, choose, argument);
}
