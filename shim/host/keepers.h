/*
 * keepers.h: the loaded modules that keep something per thread. A task that is parked in the middle
 * of one leaves behind what the next task of its thread would take for its own.
 *
 * A module keeps something if it has thread-local variables or uses thread-specific data
 * (elf_state.h), unless it is known to be safe, which keepers.c says with a reason each, or the
 * program's user says so (config/through.h). The interpreter, libc, the C++ runtime and the host of
 * the tasks are no keepers: what they keep is moved with the task, or nothing is left in there by a
 * wait.
 *
 * From any thread; not from signal handlers. Takes the loader's lock for a moment, allocates
 * nothing.
 */
#ifndef HOST_KEEPERS_H
#define HOST_KEEPERS_H

#include <stdbool.h>
#include <stdint.h>

/* So many there may be; with more, nothing is parked. */
enum { KEEPERS_MOST = 512 };

/* Takes up what has been loaded and unloaded since. Returns whether there are any keepers.
 * `version`: elf_objects_version(), which costs a look at the loader's lock, so that who needs it
 * more than once in a wait asks once. */
bool keepers_update(uint64_t version);

/* The same of what the process was started with, as far as it was looked at and nothing was loaded
 * since. */
extern bool keepers_none_at_start;
static inline bool keepers_are_none_at_start(void)
{
    return __atomic_load_n(&keepers_none_at_start, __ATOMIC_RELAXED);
}

/* Changes whenever what is said below may change. */
unsigned keepers_generation(void);

/* The number, from 1, of the keeper that an address is in; 0: it is in none. */
unsigned keepers_number(uint64_t address);

/* The name of its file, which stays valid. */
const char *keepers_name(unsigned number);

#endif
