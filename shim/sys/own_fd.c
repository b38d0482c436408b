#include "sys/own_fd.h"

#include "sys/kernel.h"
#include "sys/table.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/resource.h>
#include <unistd.h>

/* Two for each thread with a scheduler. An element is the number plus one, 0 when free. */
#define MAX_OWN 4096
static TABLE int owned[MAX_OWN];
static size_t owned_end; /* elements from here on were never used */

/* They begin here, or lower where the limit is lower. Above what ordinary programs use, but below
 * 1024: the kernel's table grows with the highest number, and select(2) touches as many bits as the
 * table has when a program passes the limit as its first argument. */
#define PREFERRED_NUMBER 768

static void raw_close(int fd)
{
    KERNEL(close, fd);
}

static void raise_end(size_t end)
{
    size_t now = __atomic_load_n(&owned_end, __ATOMIC_RELAXED);
    while (now < end && !__atomic_compare_exchange_n(&owned_end, &now, end, true, __ATOMIC_RELEASE,
                                                     __ATOMIC_RELAXED))
        ;
}

static bool remember(int fd)
{
    for (size_t i = 0; i < MAX_OWN; i++) {
        int free_slot = 0;
        if (__atomic_compare_exchange_n(&owned[i], &free_slot, fd + 1, false, __ATOMIC_RELEASE,
                                        __ATOMIC_RELAXED)) {
            raise_end(i + 1);
            return true;
        }
    }
    return false;
}

void own_fd_forget(int fd)
{
    for (size_t i = 0; fd >= 0 && i < MAX_OWN; i++) {
        int number = fd + 1;
        if (__atomic_compare_exchange_n(&owned[i], &number, 0, false, __ATOMIC_RELEASE,
                                        __ATOMIC_RELAXED))
            return;
    }
}

static int high_number(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur < 64)
        return 0;
    rlim_t number = limit.rlim_cur / 4 * 3;
    return number < PREFERRED_NUMBER ? (int)number : PREFERRED_NUMBER;
}

int own_fd_adopt(int fd)
{
    if (fd < 0)
        return -1;
    int moved = (int)KERNEL(fcntl, fd, F_DUPFD_CLOEXEC, high_number());
    if (moved >= 0) {
        raw_close(fd);
        fd = moved;
    }
    if (remember(fd))
        return fd;
    raw_close(fd);
    errno = EMFILE;
    return -1;
}

void own_fd_close(int fd)
{
    if (!own_fd_is(fd))
        return;
    own_fd_forget(fd);
    raw_close(fd);
}

bool own_fd_is(int fd)
{
    size_t end = __atomic_load_n(&owned_end, __ATOMIC_ACQUIRE);
    for (size_t i = 0; i < end; i++)
        if (__atomic_load_n(&owned[i], __ATOMIC_ACQUIRE) == fd + 1)
            return fd >= 0;
    return false;
}

int own_fd_next(int from)
{
    int lowest = -1;
    size_t end = __atomic_load_n(&owned_end, __ATOMIC_ACQUIRE);
    for (size_t i = 0; i < end; i++) {
        int fd = __atomic_load_n(&owned[i], __ATOMIC_ACQUIRE) - 1;
        if (fd >= from && (lowest < 0 || fd < lowest))
            lowest = fd;
    }
    return lowest;
}
