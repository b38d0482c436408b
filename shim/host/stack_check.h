/*
 * stack_check.h: what the calling strand's stack says against parking it here.
 *
 * All of its frames count, up to where the greenlet or task was started: a keeper (keepers.h) may
 * be on the far side of an interpreter that it called. A stack that cannot be walked to its start
 * may have one as well.
 *
 * In the middle of a hooked call; not in signal handlers.
 *
 * The stack is walked at each wait of a process that has a keeper, never judged by the caller
 * alone: 0.20 us for 21 frames whose code was walked over before (unwind/known.h), 0.63 us by the
 * tables, and 0.2 us more for 10 KiB of stack, each page of which the kernel is asked for.
 *
 * In a constructor that dlopen runs the loader is on the stack, which is looked for when something
 * was loaded since the thread's last wait. Destructors that dlclose runs are not known.
 */
#ifndef HOST_STACK_CHECK_H
#define HOST_STACK_CHECK_H

#include "host/host.h"
#include "host/keepers.h"
#include "sys/elf.h"

#include <greq/trace_format.h>

/* Whether there is nothing in the process that a stack would have to be walked for: no keeper, and
 * no module that it was not started with. One look at the loader's list. */
static inline bool stack_is_harmless(void)
{
    return keepers_are_none_at_start() && !elf_objects_version();
}

/* Returns NONE, THREAD_STATE or STACK_UNKNOWN. `refuser` receives the name of the module that
 * speaks against it, valid while that is loaded, or NULL. `version`: elf_objects_version(), of
 * this wait; also below. */
enum trace_refusal stack_check(const struct host *host, uint64_t version, const char **refuser);

/*
 * Whether the loader has called this code: a constructor, before whose end nobody else may have the
 * library. A walk only where something was loaded since the thread's last wait.
 */
bool stack_is_in_loader(const struct host *host, uint64_t version);

/* Whether one of the modules between the call and the interpreter that made it was allowed by the
 * user's word. `refuser` receives the innermost one's name, valid while it is loaded. */
bool stack_is_allowed(const char **refuser);

#endif
