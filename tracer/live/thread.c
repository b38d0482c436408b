/*
 * First what /proc has of a thread, then what that means: a table says of each system call what
 * its first argument stands for.
 *
 * The process goes on meanwhile: each file is of another moment, and memory that an argument points
 * to may be another call's. Whoever says more than one of them tells asks live_thread_sleeps_on
 * afterwards.
 */
#include "live/thread.h"

#include "base/memory.h"
#include "launch/remote_memory.h"
#include "live/asleep.h"
#include "live/descriptor.h"

#include <dirent.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

/* --- /proc --- */

bool live_thread_read_file(pid_t process, pid_t thread, const char *name, char *text, size_t size)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task/%d/%s", (int)process, (int)thread, name);
    FILE *file = fopen(path, "re");
    size_t length = file ? fread(text, 1, size - 1, file) : 0;
    if (file)
        fclose(file);
    text[length] = '\0';
    return length;
}

/* The second is a name, in which anything may be. */
const char *live_thread_field(const char *stat, int number)
{
    const char *at = strrchr(stat, ')');
    for (int i = 2; at && i < number; i++) {
        at = strchr(at, ' ');
        at = at ? at + 1 : NULL;
    }
    return at;
}

static void clean(char *text)
{
    text[strcspn(text, "\n")] = '\0';
    for (char *c = text; *c; c++)
        if ((unsigned char)*c < ' ' || (unsigned char)*c >= 127)
            *c = '?';
}

static void read_call(struct live_thread *thread, pid_t process)
{
    char text[256];
    uint64_t *a = thread->arguments;
    thread->is_refused =
        !live_thread_read_file(process, thread->number, "syscall", text, sizeof text);
    thread->in_call =
        sscanf(text,
               "%ld %" SCNx64 " %" SCNx64 " %" SCNx64 " %" SCNx64 " %" SCNx64 " %" SCNx64
               " %" SCNx64 " %" SCNx64,
               &thread->call, &a[0], &a[1], &a[2], &a[3], &a[4], &a[5],
               &thread->registers.stack_pointer, &thread->registers.program_counter) == 9;
}

static uint64_t count_sleeps(pid_t process, pid_t thread)
{
    char text[4096];
    uint64_t count = 0;
    const char *line = live_thread_read_file(process, thread, "status", text, sizeof text)
                           ? strstr(text, "\nvoluntary_ctxt_switches:")
                           : NULL;
    return line && sscanf(line, "\nvoluntary_ctxt_switches: %" SCNu64, &count) == 1 ? count : 0;
}

enum { STATE = 3, PROCESSOR = 39 }; /* fields of "stat" */

static void read_thread(struct live_thread *thread, pid_t process, struct asleep_clocks *clocks)
{
    char text[1024];
    live_thread_read_file(process, thread->number, "comm", thread->name, sizeof thread->name);
    clean(thread->name);
    live_thread_read_file(process, thread->number, "stat", text, sizeof text);
    const char *state = live_thread_field(text, STATE);
    const char *processor = live_thread_field(text, PROCESSOR);
    thread->state = state ? *state : '?';
    thread->sleeps = count_sleeps(process, thread->number);
    read_call(thread, process);
    thread->asleep_s =
        asleep_read(clocks, process, thread->number, processor ? atoi(processor) : -1);
}

static int by_number(const void *left, const void *right)
{
    const struct live_thread *a = left, *b = right;
    return (a->number > b->number) - (a->number < b->number);
}

void live_threads_read(struct live_threads *threads, pid_t process)
{
    char path[64];
    size_t capacity = 0;
    struct asleep_clocks clocks;
    *threads = (struct live_threads){0};
    snprintf(path, sizeof path, "/proc/%d/task", (int)process);
    DIR *listing = opendir(path);
    if (!listing)
        return;
    asleep_begin(&clocks);
    for (const struct dirent *entry; (entry = readdir(listing));) {
        if (*entry->d_name == '.')
            continue;
        threads->items =
            memory_grow(threads->items, threads->count, &capacity, sizeof *threads->items);
        struct live_thread *thread = &threads->items[threads->count++];
        *thread = (struct live_thread){.number = atoi(entry->d_name)};
        read_thread(thread, process, &clocks);
    }
    asleep_end(&clocks);
    closedir(listing);
    if (threads->count)
        qsort(threads->items, threads->count, sizeof *threads->items, by_number);
}

/* One that wakes and waits again has gone to sleep once more. */
bool live_thread_sleeps_on(const struct live_thread *thread, pid_t process)
{
    struct live_thread now = {.number = thread->number};
    read_call(&now, process);
    return thread->in_call && now.in_call && thread->call == now.call &&
           !memcmp(thread->arguments, now.arguments, sizeof now.arguments) &&
           thread->registers.stack_pointer == now.registers.stack_pointer && thread->sleeps &&
           thread->sleeps == count_sleeps(process, thread->number);
}

/* --- system calls that wait --- */

enum subject { NOTHING, DESCRIPTOR, SET, WATCHED, LOCK };

static const struct {
    long number;
    const char *name;
    enum subject subject;
} calls[] = {
#define CALL(name, subject)        \
    {                              \
        SYS_##name, #name, subject \
    }
    CALL(read, DESCRIPTOR),
    CALL(write, DESCRIPTOR),
    CALL(readv, DESCRIPTOR),
    CALL(writev, DESCRIPTOR),
    CALL(pread64, DESCRIPTOR),
    CALL(pwrite64, DESCRIPTOR),
    CALL(recvfrom, DESCRIPTOR),
    CALL(recvmsg, DESCRIPTOR),
    CALL(recvmmsg, DESCRIPTOR),
    CALL(sendto, DESCRIPTOR),
    CALL(sendmsg, DESCRIPTOR),
    CALL(sendmmsg, DESCRIPTOR),
    CALL(accept, DESCRIPTOR),
    CALL(accept4, DESCRIPTOR),
    CALL(connect, DESCRIPTOR),
    CALL(sendfile, DESCRIPTOR),
    CALL(splice, DESCRIPTOR),
    CALL(fsync, DESCRIPTOR),
    CALL(fdatasync, DESCRIPTOR),
    CALL(flock, DESCRIPTOR),
    CALL(fcntl, DESCRIPTOR),
    CALL(ioctl, DESCRIPTOR),
#ifdef SYS_epoll_wait
    CALL(epoll_wait, WATCHED),
    CALL(poll, SET),
    CALL(select, NOTHING),
    CALL(pause, NOTHING),
#endif
    CALL(epoll_pwait, WATCHED),
    CALL(epoll_pwait2, WATCHED),
    CALL(ppoll, SET),
    CALL(pselect6, NOTHING),
    CALL(futex, LOCK),
    CALL(nanosleep, NOTHING),
    CALL(clock_nanosleep, NOTHING),
    CALL(wait4, NOTHING),
    CALL(waitid, NOTHING),
    CALL(rt_sigsuspend, NOTHING),
    CALL(rt_sigtimedwait, NOTHING),
    CALL(restart_syscall, NOTHING),
    CALL(semtimedop, NOTHING),
    CALL(msgrcv, NOTHING),
    CALL(io_getevents, NOTHING),
#undef CALL
};
enum { CALLS = sizeof calls / sizeof *calls, SHOWN_MAX = 6 };

static void put_descriptor(pid_t process, int fd, FILE *out)
{
    char text[DESCRIPTOR_TEXT_SIZE];
    descriptor_describe(process, fd, text, sizeof text);
    fprintf(out, "fd %d (%s)", fd, text);
}

static void put_set(const struct live_thread *thread, pid_t process, FILE *out)
{
    struct pollfd set[SHOWN_MAX];
    uint64_t count = thread->arguments[1], shown = count < SHOWN_MAX ? count : SHOWN_MAX;
    if (!count || !remote_memory_read(process, thread->arguments[0], set, shown * sizeof *set))
        return;
    for (uint64_t i = 0; i < shown; i++) {
        fputs(i ? ", " : " on ", out);
        put_descriptor(process, set[i].fd, out);
    }
    if (count > shown)
        fprintf(out, " and %" PRIu64 " more", count - shown);
}

/* "tfd:       11 events: ..." for each that it watches. */
static void put_watched(const struct live_thread *thread, pid_t process, FILE *out)
{
    char path[64], line[256];
    int fd = (int)thread->arguments[0], watched, count = 0;
    fprintf(out, " on fd %d, which watches", fd);
    snprintf(path, sizeof path, "/proc/%d/fdinfo/%d", (int)process, fd);
    FILE *file = fopen(path, "re");
    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "tfd: %d", &watched) == 1 && count++ < SHOWN_MAX) {
            fputs(count > 1 ? ", " : " ", out);
            put_descriptor(process, watched, out);
        }
    if (file)
        fclose(file);
    if (count > SHOWN_MAX)
        fprintf(out, " and %d more", count - SHOWN_MAX);
    fputs(count ? "" : " nothing", out);
}

/* glibc's mutex begins with its futex, a count, and the thread that has it; 2 is "taken, and
 * somebody waits". Only what is so in all three is taken for one. */
const struct live_thread *live_thread_holder(const struct live_thread *thread, pid_t process,
                                             const struct live_threads *all)
{
    int32_t words[3];
    if (!thread->in_call || thread->call != SYS_futex || (uint32_t)thread->arguments[2] != 2 ||
        !remote_memory_read(process, thread->arguments[0], words, sizeof words) || words[0] != 2)
        return NULL;
    for (size_t i = 0; i < all->count; i++)
        if (all->items[i].number == words[2])
            return &all->items[i];
    return NULL;
}

bool live_thread_has_no_timeout(const struct live_thread *thread)
{
    return !thread->arguments[3];
}

/* It may have got the mutex after it was read. */
static void put_lock(const struct live_thread *thread, pid_t process,
                     const struct live_threads *all, FILE *out)
{
    const struct live_thread *holder = live_thread_holder(thread, process, all);
    fprintf(out, " at 0x%" PRIx64, thread->arguments[0]);
    if (holder && (holder != thread || live_thread_sleeps_on(thread, process)))
        fprintf(out, ", a mutex that thread %d (%s) has", (int)holder->number, holder->name);
}

/* The place in `calls`, or CALLS. */
static size_t find_call(long number)
{
    size_t i = 0;
    while (i < CALLS && calls[i].number != number)
        i++;
    return i;
}

const char *live_thread_call_name(const struct live_thread *thread)
{
    size_t i = find_call(thread->call);
    return i < CALLS ? calls[i].name : "a system call";
}

void live_thread_put_call(const struct live_thread *thread, pid_t process,
                          const struct live_threads *all, FILE *out)
{
    size_t i = find_call(thread->call);
    if (i == CALLS) {
        fprintf(out, "system call %ld", thread->call);
        return;
    }
    fputs(calls[i].name, out);
    switch (calls[i].subject) {
    case DESCRIPTOR:
        fputs(" on ", out);
        put_descriptor(process, (int)thread->arguments[0], out);
        break;
    case SET:
        put_set(thread, process, out);
        break;
    case WATCHED:
        put_watched(thread, process, out);
        break;
    case LOCK:
        put_lock(thread, process, all, out);
        break;
    case NOTHING:
        break;
    }
}
