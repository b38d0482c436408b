#include "sys/elf_state.h"

#include "sys/elf_tables.h"

#include <string.h>

#ifdef __x86_64__
enum { TLS_MODULE = R_X86_64_DTPMOD64, TLS_OFFSET = R_X86_64_TPOFF64, TLS_DESC = R_X86_64_TLSDESC };
#elif defined __aarch64__
enum {
    TLS_MODULE = R_AARCH64_TLS_DTPMOD,
    TLS_OFFSET = R_AARCH64_TLS_TPREL,
    TLS_DESC = R_AARCH64_TLSDESC
};
#endif

static bool has_variables(const struct dl_phdr_info *object)
{
    for (int i = 0; i < object->dlpi_phnum; i++)
        if (object->dlpi_phdr[i].p_type == PT_TLS && object->dlpi_phdr[i].p_memsz)
            return true;
    return false;
}

static bool is_access(const char *name)
{
    static const char *const names[] = {"pthread_getspecific", "tss_get", "PyThread_tss_get",
                                        "PyThread_get_key_value"};
    if (*name != 'p' && *name != 't' && *name != 'P')
        return false;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strcmp(name, names[i]))
            return true;
    return false;
}

static bool is_of_thread(const struct elf_tables *tables, const ElfW(Rela) * relocation)
{
    unsigned type = (unsigned)ELF64_R_TYPE(relocation->r_info);
    const ElfW(Sym) *symbol = &tables->symbols[ELF64_R_SYM(relocation->r_info)];
    if (type == TLS_MODULE || type == TLS_OFFSET || type == TLS_DESC)
        return true;
    return symbol->st_shndx == SHN_UNDEF && is_access(tables->names + symbol->st_name);
}

static bool any_is_of_thread(const struct elf_tables *tables, struct elf_relocations relocations)
{
    for (size_t i = 0; i < relocations.count; i++)
        if (is_of_thread(tables, &relocations.first[i]))
            return true;
    return false;
}

bool elf_keeps_thread_state(const struct dl_phdr_info *object)
{
    if (has_variables(object))
        return true;
    struct elf_tables tables = elf_tables_of(object);
    return tables.symbols && tables.names &&
           (any_is_of_thread(&tables, tables.data) || any_is_of_thread(&tables, tables.linkage));
}
