/*
 * elf_state.h: whether a loaded object keeps something per thread.
 *
 * Reads the object's own tables, as elf.h does.
 */
#ifndef SYS_ELF_STATE_H
#define SYS_ELF_STATE_H

#include <link.h>
#include <stdbool.h>

/*
 * Whether the object has thread-local variables, uses those of another one, or asks for
 * thread-specific data (pthread_getspecific and its kin).
 *
 * It is found in what the object was linked to. What it looks up by dlsym, or asks another object
 * to keep for it, is not.
 */
bool elf_keeps_thread_state(const struct dl_phdr_info *object);

#endif
