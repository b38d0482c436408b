/*
 * mode.h: what the shim is doing in this process, in one word that each hook reads first.
 *
 * The word is the first of a page of its own, so that it can be shared with a command that wants to
 * have calls recorded (log/live.h).
 */
#ifndef SYS_MODE_H
#define SYS_MODE_H

#define MODE_LOG   1 /* calls are recorded or logged */
#define MODE_TASKS 2 /* some thread has or had tasks */
#define MODE_ASKED 4 /* a command wants something: log/live.h */

#ifndef __ASSEMBLER__

#    include <greq/live_page.h>
#    include <stdbool.h>

union mode_page {
    struct live_page live;
    char bytes[LIVE_PAGE_SIZE];
};

/* Its mode is 0 before the library's constructor has run, and in a program without tasks and
 * without a log: every hook is then the real call. */
extern union mode_page mode_page __attribute__((visibility("hidden")));

/* The process has taken system calls away from itself: nothing but the program's own may be made.
 * It stays so, in its forked children too. */
extern bool shim_confined;

static inline bool mode_is_confined(void)
{
    return __atomic_load_n(&shim_confined, __ATOMIC_RELAXED);
}

static inline void mode_confine(void)
{
    __atomic_store_n(&shim_confined, true, __ATOMIC_RELAXED);
}

static inline unsigned mode_now(void)
{
    return __atomic_load_n(&mode_page.live.mode, __ATOMIC_RELAXED);
}

/* Whether the process is so young that it has no page to share yet, and may get one. */
static inline bool mode_is_young(void)
{
    return __builtin_expect(__atomic_load_n(&mode_page.live.young, __ATOMIC_RELAXED) != 0, 0);
}

void mode_add(unsigned bits);
void mode_remove(unsigned bits);

/* The page has been exchanged for another with the same content: what was added or removed
 * meanwhile is so in the new one too. */
void mode_page_exchanged(void);

#endif

#endif
