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
#include <stdint.h>

/* The address of a function that the object defines and exports, or NULL. */
void *elf_find(const struct dl_phdr_info *object, const char *name);

/* Whether it names the versions of the functions that it uses or has; not if it was linked without
 * the libraries that have them. */
bool elf_has_versions(const struct dl_phdr_info *object);

/* Where its code is: the addresses of its executable segment. Leaves both alone when it has none.
 */
void elf_code(const struct dl_phdr_info *object, const void **begin, const void **end);

/* Calls `visit` for each loaded object until it returns true. Returns whether it did. */
bool elf_each_object(bool (*visit)(const struct dl_phdr_info *object, void *argument),
                     void *argument);

/* Counts the objects that have been loaded so far: unchanged means that there is nothing new. */
unsigned long long elf_loaded_count(void);

/* The loader's own entry in its list of objects, if it comes last of those that the program was
 * started with; NULL: not known. It is never unloaded, and what is loaded later comes behind it. */
extern const struct link_map *elf_last_at_start;

/* Whether there is nothing that the program was not started with. No more than a look at a word;
 * false where that is not known. */
static inline bool elf_is_as_at_start(void)
{
    const struct link_map *last = elf_last_at_start;
    return last && !__atomic_load_n(&last->l_next, __ATOMIC_ACQUIRE);
}

uint64_t elf_count_objects(void);

/*
 * A number that is another one whenever objects were loaded or unloaded since. 0, and no more than
 * a look at a word, as long as there is nothing that the program was not started with. Else it
 * costs about 20 ns and the loader's lock.
 */
static inline uint64_t elf_objects_version(void)
{
    return elf_is_as_at_start() ? 0 : elf_count_objects();
}

/*
 * The process is about to fork: no thread is in the loader for one of these functions then, nor
 * begins to be, but this one. Returns whether it is so: not if one was still there at `give_up`, by
 * clock_now(), or if a handler has interrupted this thread there. elf_release() follows in the
 * parent in either case, elf_after_fork() in the child.
 */
bool elf_hold(uint64_t give_up);
void elf_release(void);
void elf_after_fork(void);

/* This library in the loader's list; NULL: not there by itself. */
const struct link_map *elf_own(void);

/* For elf_objects_version, when the library is loaded; without it there is no quick way. */
void elf_note_start(void);

#endif
