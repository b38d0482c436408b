/*
 * live.c: making the shared page, giving it up, and obeying what a command has written there.
 *
 * The page is not made at the start of a process: most live for less than a second, and `true`
 * makes no more system calls than without greq. It is made by the first call that waits by its
 * nature (poll, sleep, accept, a condition; not read or recv, which pay for nothing) after that
 * second. Until then such a call looks at the clock; from then on no call pays anything, for what
 * hooks look at is the same word as before, only that the memory below it is a file's.
 *
 * Where: $XDG_RUNTIME_DIR/greq, /run/user/UID/greq, or /tmp/greq-UID, the first of them that is a
 * directory of the user's alone, or can be made. A runtime directory outside of /run is somebody's
 * own: a test or a sandbox (dbus) removes it again, and must find it empty. So none is made there.
 * It is named PID.NAMESPACE, by the inode of the pid namespace that the number is of: containers
 * may share a directory. No descriptor stays open. The file has its blocks before it is mapped, so
 * that a full disk is no SIGBUS, and is written only if the process's limit allows (no SIGXFSZ). It
 * is mapped elsewhere first: where that fails nothing has happened. Who truncates the file, which
 * only its user may, ends the process (SIGBUS): files of a directory can not be sealed against that
 * as memfd's can, and a descriptor would have to stay open for those.
 *
 * Not made: with GREQ_LIVE=0, in excluded and setuid programs, in a process that has confined
 * itself, in a signal handler, on a handler's own stack, in the middle of a fork, and by a child of
 * vfork, whose memory is its parent's.
 *
 * A forked child finds its parent's page. The kernel can clear only private memory in a child, so
 * the child itself puts memory of its own in the page's place: in libc's fork, or at its first call
 * where no handler of fork ran (_Fork, clone). Until then it reads what its parent's recording is,
 * and writes nothing.
 */
#include "log/live.h"

#include "config/config.h"
#include "log/log.h"
#include "log/recording.h"
#include "log/trace.h"
#include "sys/clock.h"
#include "sys/fork_guard.h"
#include "sys/kernel.h"
#include "sys/table.h"
#include "sys/text.h"
#include "sys/thread.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static uint64_t young_until;
static bool is_shared;        /* the page is mapped from a file, this process's or its parent's */
static pid_t owner;           /* whose file it is */
static pid_t child;           /* the last that has been told that it is one */
static struct thread *obeyer; /* who is obeying, or NULL; atomic */
/* Large, for some stacks; of the one who makes the page. */
static SMALL_TABLE struct text folder, path;

/* ---- when ---- */

static void be_young(void)
{
    young_until = clock_by(clock_by_system_call, CLOCK_MONOTONIC) + NS_PER_SECOND;
    if (!mode_is_young()) /* a forked child mostly is, and writes to no page for that */
        __atomic_store_n(&mode_page.live.young, 1, __ATOMIC_RELAXED);
}

void live_open(void)
{
    if (!config.live || getauxval(AT_SECURE))
        return;
    /* Before it is looked at: a page that is read first is two page faults. */
    __atomic_store_n(&mode_page.live.young, 1, __ATOMIC_RELAXED);
    be_young();
}

static bool may_be_made(void)
{
    return !this_thread.passing && !thread_in_handler(&this_thread) &&
           !thread_on_alternate(&this_thread) && !fork_guard_shares_memory();
}

/* Only one thread gets it, and only once: what could not be made now cannot be made later. */
static bool take_turn(void)
{
    return clock_kernel_read(CLOCK_MONOTONIC) >= young_until && may_be_made() &&
           __atomic_exchange_n(&mode_page.live.young, 0, __ATOMIC_ACQUIRE);
}

/* ---- where ---- */

/* Opens the directory in `folder`, which must be the user's and nobody else's, or makes it. Returns
 * a descriptor or -1. */
static int open_folder(bool may_make)
{
    static const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    struct stat status;
    const char *name = text_string(&folder);
    int fd = (int)KERNEL(openat, AT_FDCWD, name, flags, 0);
    if (may_make && fd < 0 && errno == ENOENT && KERNEL(mkdirat, AT_FDCWD, name, 0700) == 0)
        fd = (int)KERNEL(openat, AT_FDCWD, name, flags, 0);
    if (fd < 0)
        return -1;
    if (KERNEL(newfstatat, fd, "", &status, AT_EMPTY_PATH) == 0 && status.st_uid == geteuid() &&
        !(status.st_mode & 077))
        return fd;
    KERNEL(close, fd);
    return -1;
}

/* Of another user's runtime directory, which sudo -E leaves in the environment, root could make one
 * in there that this user could not use. */
static bool is_own(const char *directory)
{
    struct stat status;
    return KERNEL(newfstatat, AT_FDCWD, directory, &status, 0) == 0 && status.st_uid == geteuid();
}

/* The one of the user's session, by pam_systemd. */
static bool is_of_session(const char *directory)
{
    return strncmp(directory, "/run/", 5) == 0;
}

static void name_folder(int choice)
{
    folder.used = 0;
    if (choice == 0) {
        text_add(&folder, config.runtime_dir);
        text_add(&folder, "/greq");
    } else {
        text_add(&folder, choice == 1 ? "/run/user/" : "/tmp/greq-");
        text_add_number(&folder, geteuid());
        text_add(&folder, choice == 1 ? "/greq" : "");
    }
}

static int find_folder(void)
{
    int fd = -1;
    for (int choice = is_own(config.runtime_dir) ? 0 : 1; choice < 3 && fd < 0; choice++) {
        name_folder(choice);
        fd = open_folder(choice || is_of_session(config.runtime_dir));
    }
    return fd;
}

/* ---- making it ---- */

static void name_file(struct text *name)
{
    text_add_number(name, (uint64_t)owner);
    text_add(name, ".");
    text_add_number(name, mode_page.live.pid_namespace);
}

/* A file of our name is what a program left behind that has become this one by exec, or was
 * killed. */
static int create_file(int in)
{
    static const int flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    path.used = 0;
    name_file(&path);
    int fd = (int)KERNEL(openat, in, text_string(&path), flags, 0600);
    if (fd < 0 && errno == EEXIST && KERNEL(unlinkat, in, text_string(&path), 0) == 0)
        fd = (int)KERNEL(openat, in, text_string(&path), flags, 0600);
    return fd;
}

static void find_namespace(void)
{
    struct stat namespace;
    if (KERNEL(newfstatat, AT_FDCWD, "/proc/self/ns/pid", &namespace, 0) == 0)
        mode_page.live.pid_namespace = namespace.st_ino;
}

static void fill_in(void)
{
    struct live_page *live = &mode_page.live;
    live->magic = LIVE_MAGIC;
    live->version = LIVE_VERSION;
    live->pid = (uint32_t)owner;
    live->made = clock_kernel_read(CLOCK_MONOTONIC);
    if (!recording_is_on())
        return;
    live->state = LIVE_RECORDING;
    memcpy(live->trace, config.trace_dir, strnlen(config.trace_dir, LIVE_TRACE_SIZE - 1));
}

/* Returns whether the file has the page's content, and is allowed to. */
static bool write_page(int fd)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur < sizeof mode_page)
        return false;
    return KERNEL(write, fd, &mode_page, sizeof mode_page) == (long)sizeof mode_page;
}

static void *map_page(void *where, int flags, int fd)
{
    return FALLIBLE(mmap, MAP_FAILED, where, sizeof mode_page, PROT_READ | PROT_WRITE, flags, fd,
                    0);
}

/* In the page's place. There is no turning back from that, so it is tried elsewhere first. */
static bool exchange_page(int fd)
{
    void *trial = map_page(NULL, MAP_SHARED, fd);
    if (trial == MAP_FAILED)
        return false;
    munmap(trial, sizeof mode_page);
    __atomic_store_n(&is_shared, true, __ATOMIC_RELAXED); /* before a fork can meet it */
    if (map_page(&mode_page, MAP_SHARED | MAP_FIXED, fd) == MAP_FAILED) {
        __atomic_store_n(&is_shared, false, __ATOMIC_RELAXED);
        return false;
    }
    mode_page_exchanged();
    return true;
}

static void make_page(void)
{
    owner = getpid();
    int in = find_folder();
    if (in < 0)
        return;
    find_namespace();
    int fd = create_file(in);
    if (fd >= 0) {
        fill_in();
        if (!write_page(fd) || !exchange_page(fd))
            KERNEL(unlinkat, in, text_string(&path), 0);
        KERNEL(close, fd);
    }
    KERNEL(close, in);
}

void live_look(void)
{
    if (!thread_has_variables())
        return;
    int saved_errno = errno;
    if (mode_is_confined()) { /* even the clock may be a system call */
        __atomic_store_n(&mode_page.live.young, 0, __ATOMIC_RELAXED);
        return;
    }
    fork_guard_check();
    if (take_turn())
        make_page();
    errno = saved_errno;
}

/* ---- other processes, and the end ---- */

/* As in the parent, but for what a command has asked of that one. */
static void leave_parents_page(void)
{
    int saved_errno = errno;
    unsigned mode = mode_now() & ~(unsigned)MODE_ASKED;
    struct live_tasks tasks = mode_page.live.tasks;
    void *page = mmap(&mode_page, sizeof mode_page, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    errno = saved_errno;
    if (page == MAP_FAILED)
        return;
    mode_page.live.tasks = tasks;
    __atomic_store_n(&mode_page.live.mode, mode, __ATOMIC_RELAXED);
    is_shared = false;
}

/* Most children touch no page of libc's for errno. */
void live_after_fork(void)
{
    if (mode_is_confined() || (!is_shared && !mode_is_young()) || child == getpid())
        return;
    child = getpid();
    __atomic_store_n(&obeyer, NULL, __ATOMIC_RELAXED); /* the one that was is not here */
    if (is_shared)
        leave_parents_page();
    be_young();
}

void live_close(void)
{
    if (!is_shared || mode_is_confined() || owner != getpid())
        return;
    int saved_errno = errno;
    text_add(&folder, "/");
    name_file(&folder);
    KERNEL(unlinkat, AT_FDCWD, text_string(&folder), 0);
    errno = saved_errno;
}

/* ---- what commands ask ---- */

/* Another program of the user's may have written anything there. */
static bool is_path(const char *trace)
{
    size_t length = strnlen(trace, LIVE_TRACE_SIZE);
    return *trace == '/' && length < LIVE_TRACE_SIZE - 100; /* room for names of files in it */
}

/* Returns false if it is to be tried again by a later call. */
static bool begin_recording(struct live_page *live, bool has_lock)
{
    int error = is_path(live->trace) ? log_begin_late(live->trace, has_lock) : ENAMETOOLONG;
    if (error == EAGAIN)
        return false;
    live->error = error;
    __atomic_store_n(&live->state, error ? LIVE_FAILED : LIVE_RECORDING, __ATOMIC_RELEASE);
    return true;
}

/* Without a system call. */
static void refuse(struct live_page *live)
{
    uint32_t asked = __atomic_load_n(&live->asked, __ATOMIC_ACQUIRE);
    live->request = LIVE_NOTHING;
    live_note_failure(EPERM);
    mode_remove(MODE_ASKED);
    __atomic_store_n(&live->answered, asked, __ATOMIC_RELEASE);
}

static void end_recording(struct live_page *live)
{
    log_end_early();
    __atomic_store_n(&live->state, LIVE_DORMANT, __ATOMIC_RELEASE);
}

static void obey(struct live_page *live, bool has_lock)
{
    uint32_t asked = __atomic_load_n(&live->asked, __ATOMIC_ACQUIRE);
    uint32_t request = __atomic_exchange_n(&live->request, LIVE_NOTHING, __ATOMIC_ACQ_REL);
    if (request == LIVE_ON && !begin_recording(live, has_lock)) {
        uint32_t nothing = LIVE_NOTHING; /* else a command has asked for something else meanwhile */
        __atomic_compare_exchange_n(&live->request, &nothing, LIVE_ON, false, __ATOMIC_RELEASE,
                                    __ATOMIC_RELAXED);
        return;
    }
    if (request == LIVE_OFF)
        end_recording(live);
    if (request != LIVE_NOTHING) {
        mode_remove(MODE_ASKED);
        __atomic_store_n(&live->answered, asked, __ATOMIC_RELEASE);
        if (__atomic_load_n(&live->request, __ATOMIC_ACQUIRE) != LIVE_NOTHING) /* meanwhile */
            __atomic_fetch_or(&live->mode, MODE_ASKED, __ATOMIC_SEQ_CST);
    }
}

/* Whoever finds himself there outside of a handler has left by siglongjmp, and may go on. */
static bool become_obeyer(void)
{
    struct thread *me = &this_thread, *nobody = NULL;
    return __atomic_compare_exchange_n(&obeyer, &nobody, me, false, __ATOMIC_ACQUIRE,
                                       __ATOMIC_RELAXED) ||
           (nobody == me && !thread_in_handler(me));
}

/* One thread at a time: who began a recording may still be at it when a command that has lost its
 * patience is followed by another. The others go on, and so does a handler that interrupts it; a
 * later call looks again. */
void live_obey(bool has_lock)
{
    int saved_errno = errno;
    if (mode_is_confined()) {
        refuse(&mode_page.live);
        return;
    }
    if (!is_shared || owner != getpid() || !become_obeyer())
        return;
    obey(&mode_page.live, has_lock);
    __atomic_store_n(&obeyer, NULL, __ATOMIC_RELEASE);
    errno = saved_errno;
}
