/*
 * elf.h: looks up symbols in loaded objects without the loader's help.
 *
 * dlsym allocates when a name is missing, overwrites the program's dlerror(), and does not see what
 * was opened RTLD_LOCAL. This reads the object's own hash table instead. Takes no lock of its own
 * and allocates nothing; dl_iterate_phdr holds the loader's while it runs.
 */
#ifndef SYS_ELF_H
#define SYS_ELF_H

#include <link.h>
#include <stdbool.h>

/* The address of a function that the object defines and exports, or NULL. */
void *elf_find(const struct dl_phdr_info *object, const char *name);

/* Where its code is: the addresses of its executable segment. Leaves both alone when it has none.
 */
void elf_code(const struct dl_phdr_info *object, const void **begin, const void **end);

/* Calls `visit` for each loaded object until it returns true. Returns whether it did. */
bool elf_each_object(bool (*visit)(const struct dl_phdr_info *object, void *argument),
                     void *argument);

/* Counts the objects that have been loaded so far: unchanged means that there is nothing new. */
unsigned long long elf_loaded_count(void);

#endif
