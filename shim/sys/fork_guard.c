#include "sys/fork_guard.h"

#include "sys/check.h"
#include "sys/kernel.h"

#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <unistd.h>

static int unguarded[FORK_GUARD_WORDS] = {[FORK_GUARD_NOTICED] = 1};
volatile int *fork_guard_page = unguarded;
static void (*after_fork)(void);
static pid_t guarded_pid; /* who has been noticed last */

/* The last that libc's fork has made, itself or a parent of it, and what its own child of vfork is
 * to do, in its memory. */
static pid_t noted_pid;
static void (*in_vfork_child)(void);

static void trip_by_hand(void)
{
    for (int i = 0; i < FORK_GUARD_WORDS; i++)
        unguarded[i] = 0;
}

void fork_guard_set(void (*in_child)(void))
{
    size_t size = (size_t)sysconf(_SC_PAGESIZE);
    int *page = FALLIBLE(mmap, MAP_FAILED, NULL, size, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    after_fork = in_child;
    guarded_pid = getpid();
    if (page != MAP_FAILED && FALLIBLE(madvise, -1, page, size, MADV_WIPEONFORK) == 0) {
        *page = 1;
        fork_guard_page = page;
    } else {
        pthread_atfork(NULL, NULL, trip_by_hand);
    }
}

void fork_guard_note_child(void (*beside)(void))
{
    noted_pid = getpid();
    in_vfork_child = beside;
}

/* The page was cleared for another process, which is noted, has not been noticed, and waits. */
static bool is_beside_a_child(void)
{
    return noted_pid && noted_pid != guarded_pid && noted_pid != getpid();
}

void fork_guard_trip(void)
{
    CHECK(fork_guard_is_tripped());
    int saved_errno = errno;
    if (is_beside_a_child()) {
        in_vfork_child();
        return;
    }
    *fork_guard_page = 1;
    guarded_pid = getpid();
    after_fork();
    errno = saved_errno;
}

/* A copy may have the same number: the first process of a namespace may begin another one. */
bool fork_guard_is_vfork_child(void)
{
    return guarded_pid && (fork_guard_is_tripped() || getpid() != guarded_pid);
}

bool fork_guard_shares_memory(void)
{
    return fork_guard_is_vfork_child() && (*fork_guard_page || is_beside_a_child());
}
