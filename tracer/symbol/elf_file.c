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

static void set_folder(struct place *places, size_t count, Dwarf_Die *unit)
{
    Dwarf_Attribute attribute;
    const char *folder = dwarf_formstring(dwarf_attr(unit, DW_AT_comp_dir, &attribute));
    for (size_t i = 0; i < count; i++)
        places[i].folder = folder;
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

enum { SCOPES_MAX = 64 }; /* blocks and inlined calls around an address */

static bool is_function(Dwarf_Die *scope)
{
    int tag = dwarf_tag(scope);
    return tag == DW_TAG_subprogram || tag == DW_TAG_inlined_subroutine;
}

static bool is_code(Dwarf_Die *scope)
{
    return is_function(scope) || dwarf_tag(scope) == DW_TAG_lexical_block;
}

static bool is_around(Dwarf_Die *scope, uint64_t address)
{
    return is_code(scope) && dwarf_haspc(scope, address) > 0;
}

/* What has no addresses of its own, but holds functions. */
static bool is_room(Dwarf_Die *scope)
{
    int tag = dwarf_tag(scope);
    return tag == DW_TAG_namespace || tag == DW_TAG_module;
}

/* Goes down to the innermost scope around an address. dwarf_getscopes does not: Rust's functions
 * lie in namespaces, Fortran's in modules. `inside`: looks into other functions as well, which
 * takes longer: GNU C's nested functions lie in one that is not around them, and so do those of a
 * class in a function. Returns how many scopes there are, the outermost first. */
static size_t find_scopes(Dwarf_Die *parent, uint64_t address, bool inside, size_t depth,
                          Dwarf_Die scopes[SCOPES_MAX], size_t count)
{
    Dwarf_Die child;
    if (depth == SCOPES_MAX || dwarf_child(parent, &child) != 0)
        return count;
    do {
        size_t found = count;
        if (is_around(&child, address)) {
            scopes[found++] = child;
            return find_scopes(&child, address, inside, depth + 1, scopes, found);
        }
        if (is_room(&child) || (inside && is_code(&child)))
            found = find_scopes(&child, address, inside, depth + 1, scopes, count);
        if (found > count)
            return found;
    } while (dwarf_siblingof(&child, &child) == 0);
    return count;
}

/* Each function among the scopes, from the innermost on, completes one place; each inlined one
 * begins the next. `*is_inside`: the outermost lies in another function. */
static size_t find_inlined(Dwarf_Die *unit, uint64_t address, struct place places[PLACES_MAX],
                           bool *is_inside)
{
    Dwarf_Die scopes[SCOPES_MAX];
    size_t count = 0, number = find_scopes(unit, address, false, 0, scopes, 0);
    *is_inside = !number;
    if (!number)
        number = find_scopes(unit, address, true, 0, scopes, 0);
    while (number-- > 0) {
        if (!is_function(&scopes[number]))
            continue;
        places[count++].function = name_of(&scopes[number]);
        if (dwarf_tag(&scopes[number]) == DW_TAG_subprogram || count == PLACES_MAX)
            break;
        places[count] = (struct place){0};
        set_call_place(&places[count], unit, &scopes[number]);
    }
    return count;
}

size_t elf_file_places(const struct elf_file *file, uint64_t address,
                       struct place places[PLACES_MAX])
{
    size_t count = 0;
    Dwarf_Addr bias;
    bool is_inside = true;
    places[0] = (struct place){0};
    Dwarf_Die *unit = file->module ? find_unit(file->module, address, &bias) : NULL;
    if (unit) {
        set_line(&places[0], unit, address - bias);
        count = find_inlined(unit, address - bias, places, &is_inside);
        set_folder(places, count ? count : 1, unit); /* the line may be known without a scope */
    }
    if (!file->module || (count && !is_inside))
        return count;
    /* The tables call one in another by its last name alone. */
    const char *symbol = dwfl_module_addrname(file->module, address);
    size_t last = count ? count - 1 : 0;
    if (symbol)
        places[last].function = symbol;
    return count || !symbol ? count : 1;
}
