/*
 * elf_file.h: one ELF file as libdw sees it: its functions, lines and inlined calls.
 */
#ifndef SYMBOL_ELF_FILE_H
#define SYMBOL_ELF_FILE_H

#include <elfutils/libdwfl.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct elf_file {
    Dwfl_Callbacks callbacks; /* the next two point here */
    char *debug_path;
    Dwfl *dwfl;
    Dwfl_Module *module; /* NULL: the file cannot be used */
};

/* Where a code address lies in the source. */
struct place {
    const char *function; /* as in symbol tables; or NULL */
    const char *file;     /* or NULL; it may be relative to the folder */
    const char *folder;   /* where its unit was compiled, or NULL */
    int line;             /* or 0 */
};

enum { PLACES_MAX = 16 };

/* Opens a file, which must not be moved in memory; `debug_path` (NULL: the system's) says where its
 * debugging information may be. On failure `module` is NULL. elf_file_close releases it in either
 * case. */
void elf_file_open(struct elf_file *file, const char *path, const char *debug_path);

void elf_file_close(struct elf_file *file);

/*
 * Finds the places of an address (as in the program headers): more than one where functions were
 * inlined, innermost first. Returns how many; 0 when nothing is known. The texts belong to the
 * file.
 */
size_t elf_file_places(const struct elf_file *file, uint64_t address,
                       struct place places[PLACES_MAX]);

#endif
