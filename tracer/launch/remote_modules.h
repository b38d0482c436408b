/*
 * remote_modules.h: the ELF files that a running process has mapped, for libdwfl. Unwind tables and
 * the names of symbols are in these files: separate debugging information is not looked for.
 */
#ifndef LAUNCH_REMOTE_MODULES_H
#define LAUNCH_REMOTE_MODULES_H

#include <elfutils/libdwfl.h>
#include <sys/types.h>

/* Returns NULL where the process cannot be looked at. The caller releases it with dwfl_end. */
Dwfl *remote_modules_open(pid_t process);

#endif
