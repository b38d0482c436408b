/*
 * fsync, fdatasync, sync, syncfs; flock, lockf, fcntl(F_SETLKW, F_DUPFD).
 *
 * What a disk takes its time for is done by a helper thread. A lock on a file is tried again and
 * again without waiting: a helper thread that waits could not be called back.
 *
 * The helper thread syncs the program's own descriptor: closing a duplicate would release the
 * process's POSIX locks on the file. Locks are asked for again after 1 to 20 ms.
 */
#include "call/call.h"
#include "call/file_holder.h"
#include "sys/clock.h"
#include "sys/kernel.h"
#include "sys/own_socket.h"
#include "task/helper.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

EXPORT int __fcntl(int fd, int command, ...);

/* ---- fsync, fdatasync, sync, syncfs ---- */

/* The descriptor is used as it is, as by another thread: closing a copy of it would release all of
 * the process's locks on the file. */
struct sync_job {
    struct job job; /* first */
    enum call_id id;
    int fd;
    int result, error;
};

static int really_sync(enum call_id id, int fd)
{
    switch (id) {
    case CALL_fsync:
        return REAL(fsync)(fd);
    case CALL_fdatasync:
        return REAL(fdatasync)(fd);
    case CALL_syncfs:
        return REAL(syncfs)(fd);
    default:
        REAL(sync)();
        return 0;
    }
}

static void run_sync(struct job *job)
{
    struct sync_job *sync = (struct sync_job *)job;
    sync->result = really_sync(sync->id, sync->fd);
    sync->error = errno;
}

static void free_sync(struct job *job)
{
    free(job);
}

/* What there is to be written will be, also when the wait for it is ended. */
static int coop_sync(struct call *call, int fd)
{
    struct sync_job *sync = FALLIBLE(malloc, NULL, sizeof *sync);
    if (!sync)
        return really_sync(call->log.id, fd);
    job_init(&sync->job, run_sync, free_sync);
    sync->id = call->log.id;
    sync->fd = fd;
    enum wake end = call_run(call, &sync->job);
    int result = -1;
    if (end == WAKE_NO_HOST) {
        result = really_sync(call->log.id, fd);
    } else {
        result = end ? -1 : sync->result;
        errno = end ? wake_error(end) : sync->error;
    }
    job_release(&sync->job);
    return result;
}

static inline int hook_sync(enum call_id id, const void *caller, int fd)
{
    if (call_is_plain())
        return really_sync(id, fd);
    struct call call = {.log = {.id = id, .fd = fd, .caller = caller}};
    call_enter(&call);
    return (int)call_leave(&call, call.host ? coop_sync(&call, fd) : really_sync(id, fd));
}

ENTRY(int, fsync, (int fd), (fd))
{
    return hook_sync(CALL_fsync, caller, fd);
}

ENTRY(int, fdatasync, (int fd), (fd))
{
    return hook_sync(CALL_fdatasync, caller, fd);
}

ENTRY(int, syncfs, (int fd), (fd))
{
    return hook_sync(CALL_syncfs, caller, fd);
}

EXPORT void sync(void)
{
    hook_sync(CALL_sync, CALLER, -1);
}

/* ---- locks ---- */

/* Pauses between two tries grow from the first to the second value. */
#define FIRST_PAUSE   (1 * NS_PER_MS)
#define LONGEST_PAUSE (20 * NS_PER_MS)

/* A lock of a file; `try` does not wait, `really` does; `holder` is the process that has it, or 0.
 */
struct file_lock {
    int (*try)(const struct file_lock *lock);
    int (*really)(const struct file_lock *lock);
    int (*holder)(const struct file_lock *lock);
    int fd, command;
    off_t size;
    void *argument;
};

static bool is_taken(int result)
{
    return result < 0 && errno == EAGAIN;
}

/* The first try. A trace says which file it is, and who has the lock. */
static int try_first(struct call *call, const struct file_lock *lock)
{
    int result = lock->try(lock), error = errno;
    bool waits = is_taken(result);
    if (call->log.record)
        log_file_lock(call->thread, &call->log, waits, waits ? lock->holder(lock) : 0);
    errno = error;
    return result;
}

static int coop_lock(struct call *call, const struct file_lock *lock)
{
    uint64_t pause = FIRST_PAUSE;
    for (int result = try_first(call, lock);; result = lock->try(lock)) {
        if (!is_taken(result))
            return result;
        enum wake wake = call_wait(call, NULL, 0, clock_after(pause), INTERRUPT_NO_RESTART);
        if (wake == WAKE_NO_HOST)
            return lock->really(lock);
        if (wake_error(wake)) {
            errno = wake_error(wake);
            return -1;
        }
        pause = pause < LONGEST_PAUSE / 2 ? pause * 2 : LONGEST_PAUSE;
    }
}

/* Without a record nobody asks whose lock it is, and it is the real call alone. */
static int plain_lock(struct call *call, const struct file_lock *lock)
{
    if (!call->log.record)
        return lock->really(lock);
    int result = try_first(call, lock);
    if (!is_taken(result))
        return result;
    errno = call->entry_errno;
    return lock->really(lock);
}

static inline int hook_lock(enum call_id id, const void *caller, const struct file_lock *lock)
{
    struct call call = {.log = {.id = id, .fd = lock->fd, .caller = caller}};
    call_enter(&call);
    return (int)call_leave(&call, call.host ? coop_lock(&call, lock) : plain_lock(&call, lock));
}

/* ---- flock ---- */

static int try_flock(const struct file_lock *lock)
{
    return REAL(flock)(lock->fd, lock->command | LOCK_NB);
}

static int really_flock(const struct file_lock *lock)
{
    return REAL(flock)(lock->fd, lock->command);
}

static int flock_holder(const struct file_lock *lock)
{
    return file_holder(lock->fd);
}

ENTRY(int, flock, (int fd, int operation), (fd, operation))
{
    const struct file_lock lock = {.try = try_flock,
                                   .really = really_flock,
                                   .holder = flock_holder,
                                   .fd = fd,
                                   .command = operation};
    if (call_is_plain() || operation & (LOCK_NB | LOCK_UN))
        return REAL(flock)(fd, operation);
    return hook_lock(CALL_flock, caller, &lock);
}

/* ---- lockf ---- */

static int try_lockf(const struct file_lock *lock)
{
    return REAL(lockf)(lock->fd, F_TLOCK, lock->size);
}

static int really_lockf(const struct file_lock *lock)
{
    return REAL(lockf)(lock->fd, F_LOCK, lock->size);
}

/* Who has what speaks against a lock of a record. The kernel says -1 of an open file's lock. */
static int record_holder(int fd, struct flock other)
{
    if (REAL(fcntl)(fd, F_GETLK, &other) != 0 || other.l_type == F_UNLCK || other.l_pid <= 0)
        return 0;
    return other.l_pid;
}

static int lockf_holder(const struct file_lock *lock)
{
    return record_holder(
        lock->fd, (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_CUR, .l_len = lock->size});
}

static inline int hook_lockf(enum call_id id, const void *caller, int fd, int command, off_t size)
{
    const struct file_lock lock = {
        .try = try_lockf, .really = really_lockf, .holder = lockf_holder, .fd = fd, .size = size};
    if (call_is_plain() || command != F_LOCK)
        return REAL(lockf)(fd, command, size);
    return hook_lock(id, caller, &lock);
}

ENTRY(int, lockf, (int fd, int command, off_t size), (fd, command, size))
{
    return hook_lockf(CALL_lockf, caller, fd, command, size);
}

ENTRY(int, lockf64, (int fd, int command, off64_t size), (fd, command, size))
{
    return hook_lockf(CALL_lockf64, caller, fd, command, size);
}

/* ---- fcntl: everything but waiting for a lock and making duplicates goes through as it is ---- */

static int try_fcntl(const struct file_lock *lock)
{
    return REAL(fcntl)(lock->fd, lock->command == F_SETLKW ? F_SETLK : F_OFD_SETLK, lock->argument);
}

static int really_fcntl(const struct file_lock *lock)
{
    return REAL(fcntl)(lock->fd, lock->command, lock->argument);
}

/* An open file's lock is in the kernel's list, but has no process there. */
static int fcntl_holder(const struct file_lock *lock)
{
    return lock->command == F_SETLKW ? record_holder(lock->fd, *(struct flock *)lock->argument) : 0;
}

/* In a trace it is a dup: that is what tells whose descriptor the new one is. */
static int duplicate(const void *caller, int fd, int command, void *argument)
{
    struct call call = {.log = {.id = CALL_dup, .fd = fd, .caller = caller}};
    call_enter(&call);
    return (int)call_leave(&call, REAL(fcntl)(fd, command, argument));
}

static bool duplicates(int command)
{
    return command == F_DUPFD || command == F_DUPFD_CLOEXEC;
}

static bool waits(int command)
{
    return command == F_SETLKW || command == F_OFD_SETLKW;
}

static int set_flags(int fd, void *flags)
{
    int result = REAL(fcntl)(fd, F_SETFL, flags);
    own_socket_changed(fd);
    return result;
}

static inline int hook_fcntl(enum call_id id, const void *caller, int fd, int command,
                             void *argument)
{
    const struct file_lock lock = {.try = try_fcntl,
                                   .really = really_fcntl,
                                   .holder = fcntl_holder,
                                   .fd = fd,
                                   .command = command,
                                   .argument = argument};
    if (duplicates(command))
        own_socket_gone(fd);
    if (command == F_SETFL)
        return set_flags(fd, argument);
    if (!(waits(command) || duplicates(command)) || call_is_plain())
        return REAL(fcntl)(fd, command, argument);
    if (duplicates(command))
        return duplicate(caller, fd, command, argument);
    return hook_lock(id, caller, &lock);
}

/* The argument is an int, a pointer or nothing, as libc takes it. */
#define FCNTL_HOOK(name)                                               \
    EXPORT int name(int fd, int command, ...)                          \
    {                                                                  \
        va_list arguments;                                             \
        va_start(arguments, command);                                  \
        void *argument = va_arg(arguments, void *);                    \
        va_end(arguments);                                             \
        return hook_fcntl(CALL_##name, CALLER, fd, command, argument); \
    }

FCNTL_HOOK(fcntl)
FCNTL_HOOK(fcntl64)
FCNTL_HOOK(__fcntl)
