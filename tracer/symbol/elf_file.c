#include "symbol/elf_file.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <stdlib.h>
#include <string.h>

/* libdw asks the servers of DEBUGINFOD_URLS as well, if libdebuginfod is there. */
void elf_file_open(struct elf_file *file, const char *path, const char *debug_path)
{
    *file = (struct elf_file){.debug_path = debug_path ? strdup(debug_path) : NULL};
    file->callbacks = (Dwfl_Callbacks){
        .find_elf = dwfl_build_id_find_elf,
        .find_debuginfo = dwfl_standard_find_debuginfo,
        .section_address = dwfl_offline_section_address,
        .debuginfo_path = &file->debug_path,
    };
    file->dwfl = dwfl_begin(&file->callbacks);
    if (!file->dwfl)
        return;
    dwfl_report_begin(file->dwfl);
    /* At 0, so that addresses are those of the file's program headers. */
    file->module = dwfl_report_elf(file->dwfl, path, path, -1, 0, true);
    dwfl_report_end(file->dwfl, NULL, NULL);
}

void elf_file_close(struct elf_file *file)
{
    if (file->dwfl)
        dwfl_end(file->dwfl);
    free(file->debug_path);
    *file = (struct elf_file){0};
}

/* Where an inlined function was called from: the place of the frame around it. */
static void set_call_place(struct place *place, Dwarf_Die *unit, Dwarf_Die *inlined)
{
    Dwarf_Attribute attribute;
    Dwarf_Files *files;
    size_t count;
    Dwarf_Word file = 0, line = 0;
    dwarf_formudata(dwarf_attr(inlined, DW_AT_call_line, &attribute), &line);
    if (dwarf_formudata(dwarf_attr(inlined, DW_AT_call_file, &attribute), &file) == 0 &&
        dwarf_getsrcfiles(unit, &files, &count) == 0)
        place->file = dwarf_filesrc(files, file, NULL, NULL);
    place->line = line;
}

/* The compilation unit that an address belongs to. Compilers that leave the index out (clang does)
 * make us ask each unit. `*bias` is what its addresses lack. */
static Dwarf_Die *find_unit(Dwfl_Module *module, uint64_t address, Dwarf_Addr *bias)
{
    Dwarf_Die *unit = dwfl_module_addrdie(module, address, bias);
    if (unit)
        return unit;
    while ((unit = dwfl_module_nextcu(module, unit, bias)))
        if (dwarf_haspc(unit, address - *bias) > 0)
            return unit;
    return NULL;
}

static void set_line(struct place *place, Dwarf_Die *unit, uint64_t address)
{
    Dwarf_Line *line = dwarf_getsrc_die(unit, address);
    if (!line)
        return;
    place->file = dwarf_linesrc(line, NULL, NULL);
    dwarf_lineno(line, &place->line);
}

/* The symbol, which has the classes and namespaces of a C++ function in it; a C function has none
 * of its own in the tables. */
static const char *name_of(Dwarf_Die *function)
{
    Dwarf_Attribute attribute;
    const char *symbol =
        dwarf_formstring(dwarf_attr_integrate(function, DW_AT_linkage_name, &attribute));
    return symbol ? symbol : dwarf_diename(function);
}

/* Goes outwards through the scopes of an address. Each function among them completes one place;
 * each inlined one begins the next. */
static size_t find_scopes(Dwarf_Die *unit, Dwarf_Die *scopes, int scope_count,
                          struct place places[PLACES_MAX])
{
    size_t count = 0;
    for (int i = 0; i < scope_count; i++) {
        int tag = dwarf_tag(&scopes[i]);
        if (tag != DW_TAG_inlined_subroutine && tag != DW_TAG_subprogram)
            continue;
        places[count++].function = name_of(&scopes[i]);
        if (tag == DW_TAG_subprogram || count == PLACES_MAX)
            break;
        places[count] = (struct place){0};
        set_call_place(&places[count], unit, &scopes[i]);
    }
    return count;
}

/* The scopes that dwarf_getscopes finds end with the inlined function's abstract parents; those of
 * the innermost concrete one lead out to the function that contains the code. */
static int concrete_scopes(Dwarf_Die *unit, uint64_t address, Dwarf_Die **scopes)
{
    Dwarf_Die *found;
    int count = dwarf_getscopes(unit, address, &found);
    if (count <= 0)
        return 0;
    int concrete = dwarf_getscopes_die(&found[0], scopes);
    free(found);
    return concrete > 0 ? concrete : 0;
}

static size_t find_inlined(Dwarf_Die *unit, uint64_t address, struct place places[PLACES_MAX])
{
    Dwarf_Die *scopes;
    int scope_count = concrete_scopes(unit, address, &scopes);
    if (!scope_count)
        return 0;
    size_t count = find_scopes(unit, scopes, scope_count, places);
    free(scopes);
    return count;
}

size_t elf_file_places(const struct elf_file *file, uint64_t address,
                       struct place places[PLACES_MAX])
{
    size_t count = 0;
    Dwarf_Addr bias;
    places[0] = (struct place){0};
    Dwarf_Die *unit = file->module ? find_unit(file->module, address, &bias) : NULL;
    if (unit) {
        set_line(&places[0], unit, address - bias);
        count = find_inlined(unit, address - bias, places);
    }
    if (count || !file->module)
        return count;
    places[0].function = dwfl_module_addrname(file->module, address);
    return places[0].function != NULL;
}
