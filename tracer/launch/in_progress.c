/*
 * in_progress_look is called again and again while the program runs (launch/signals.c). It goes
 * from the trace's files to processes, and from these to threads; a thread that is still in the
 * system call that it was in a second ago has its stack noted, once for that call. What was seen of
 * a thread is kept by its number, until a look does not see it any more.
 *
 * Stacks go into the trace as lines of text, .stacks.PID: "THREAD SINCE ADDRESS...", then maybe
 * "F" with the descriptor and "P" with each line of Python. trace/in_progress_stack.c reads them.
 */
#include "launch/in_progress.h"

#include "base/kernel_clock.h"
#include "base/memory.h"
#include "launch/remote_python.h"
#include "launch/remote_stack.h"

#include <greq/trace_format.h>

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* So long a call is worth a look at its stack. */
#define LONG_NS 1000000000

/* A look takes less than one part in so many of greq's time. */
#define REST 50

enum { LINE_SIZE = 256, THREADS_MAX = 4096 };

/* A thread as it was last seen. */
struct sleeper {
    pid_t number;
    char call[LINE_SIZE];   /* the system call, its arguments, stack pointer and program counter */
    unsigned long switches; /* how often it has run: unchanged, it has slept on */
    uint64_t since;         /* ns; when it was first seen so */
    uint64_t looked;        /* ns; threads that are gone are not */
    bool noted;
};

/* --- what the kernel says of a thread --- */

static bool read_line(const char *path, char line[LINE_SIZE])
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t size = read(fd, line, LINE_SIZE - 1);
    close(fd);
    line[size > 0 ? size : 0] = '\0';
    return size > 0;
}

/* Fills in the call and the switches. A thread that runs, or sleeps elsewhere, has none. */
static bool read_thread(struct sleeper *thread, pid_t process, pid_t number)
{
    char path[64], line[LINE_SIZE];
    snprintf(path, sizeof path, "/proc/%d/task/%d/syscall", (int)process, (int)number);
    if (!read_line(path, thread->call) || *thread->call < '0' || *thread->call > '9')
        return false;
    snprintf(path, sizeof path, "/proc/%d/task/%d/schedstat", (int)process, (int)number);
    return read_line(path, line) && sscanf(line, "%*u %*u %lu", &thread->switches) == 1;
}

static bool is_same(const struct sleeper *a, const struct sleeper *b)
{
    return a->switches == b->switches && !strcmp(a->call, b->call);
}

/* --- a stack in the trace --- */

/* What was read of a thread. */
struct stack {
    uint64_t addresses[TRACE_MAX_FRAMES];
    size_t count;
    char *python;        /* or NULL */
    int fd;              /* the first argument of its system call */
    char link[PATH_MAX]; /* what descriptor that is, as /proc has it; empty if it is none */
};

/* Python's lines come last, each with a P before it. */
static void put_python(FILE *file, const char *lines)
{
    while (*lines) {
        int length = strcspn(lines, "\n") + 1;
        fprintf(file, "P%.*s", length, lines);
        lines += length;
    }
}

static void write_stack(const char *trace, pid_t process, pid_t number, uint64_t since,
                        const struct stack *stack)
{
    char path[PATH_MAX];
    if (snprintf(path, sizeof path, "%s/.stacks.%d", trace, (int)process) >= PATH_MAX)
        return;
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "a");
    if (!file)
        return;
    fprintf(file, "%d %" PRIu64, (int)number, since);
    for (size_t i = 0; i < stack->count; i++)
        fprintf(file, " %" PRIx64, stack->addresses[i]);
    fputs("\n", file);
    if (*stack->link && !strchr(stack->link, '\n'))
        fprintf(file, "F%d %s\n", stack->fd, stack->link);
    if (stack->python)
        put_python(file, stack->python);
    fclose(file);
}

static void read_descriptor(struct stack *stack, pid_t process, const char *call)
{
    char path[64];
    uint64_t argument = UINT64_MAX;
    ssize_t length = -1;
    if (sscanf(call, "%*s %" SCNx64, &argument) == 1 && argument <= INT_MAX) {
        stack->fd = argument;
        snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)process, stack->fd);
        length = readlink(path, stack->link, sizeof stack->link - 1);
    }
    stack->link[length > 0 ? length : 0] = '\0';
}

/* Unless it has run meanwhile. */
static void note(struct sleeper *thread, const char *trace, pid_t process, pid_t number)
{
    uint64_t stack_pointer, program_counter;
    struct stack stack;
    struct sleeper after;
    if (sscanf(thread->call, "%*s %*s %*s %*s %*s %*s %*s %" SCNx64 " %" SCNx64, &stack_pointer,
               &program_counter) != 2)
        return;
    stack.count = remote_stack_read(process, number, stack_pointer, program_counter,
                                    stack.addresses, TRACE_MAX_FRAMES);
    read_descriptor(&stack, process, thread->call);
    stack.python = stack.count ? remote_python_read(process, number) : NULL;
    if (stack.count && read_thread(&after, process, number) && is_same(thread, &after))
        write_stack(trace, process, number, thread->since, &stack);
    free(stack.python);
}

/* --- all of them --- */

static void look_at_thread(struct in_progress *in_progress, const char *trace, pid_t process,
                           pid_t number, uint64_t now)
{
    struct sleeper seen = {.number = number, .since = now};
    if (!read_thread(&seen, process, number))
        return;
    struct sleeper *known = map_get(&in_progress->threads, number);
    if (!known && in_progress->threads.count == THREADS_MAX)
        return;
    if (!known)
        map_put(&in_progress->threads, number, known = memory_alloc(1, sizeof *known));
    if (!is_same(known, &seen))
        *known = seen;
    known->looked = now;
    if (known->noted || now - known->since < LONG_NS)
        return;
    known->noted = true;
    note(known, trace, process, number);
}

static void look_at_process(struct in_progress *in_progress, const char *trace, pid_t process,
                            uint64_t now)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task", (int)process);
    DIR *directory = opendir(path);
    if (!directory)
        return;
    for (const struct dirent *entry; (entry = readdir(directory));)
        if (*entry->d_name != '.')
            look_at_thread(in_progress, trace, process, atoi(entry->d_name), now);
    closedir(directory);
}

/* Its first thread's first chunk is named PID.START.0.0. Where that has been deleted there is a
 * stream of the process's own, PID.START.process.0. */
static bool is_process(const char *name)
{
    const char *end = *name >= '1' && *name <= '9' ? strchr(name, '.') : NULL;
    end = end ? strchr(end + 1, '.') : NULL;
    return end && (!strcmp(end, ".0.0") || !strcmp(end, ".process.0"));
}

static void forget_the_gone(struct in_progress *in_progress, uint64_t now)
{
    size_t position = 0;
    struct map left = {0};
    for (struct sleeper *thread; (thread = map_next(&in_progress->threads, &position));) {
        if (thread->looked == now)
            map_put(&left, thread->number, thread);
        else
            free(thread);
    }
    map_clear(&in_progress->threads);
    in_progress->threads = left;
}

uint64_t in_progress_look(struct in_progress *in_progress, const char *trace)
{
    uint64_t now = kernel_clock_read(CLOCK_MONOTONIC);
    DIR *directory = opendir(trace);
    struct map looked_at = {0};
    if (!directory)
        return IN_PROGRESS_PERIOD_NS;
    for (const struct dirent *entry; (entry = readdir(directory));) {
        pid_t process = is_process(entry->d_name) ? atoi(entry->d_name) : 0;
        if (!process || map_get(&looked_at, process))
            continue;
        map_put(&looked_at, process, in_progress);
        look_at_process(in_progress, trace, process, now);
    }
    closedir(directory);
    map_clear(&looked_at);
    forget_the_gone(in_progress, now);
    uint64_t rest = (kernel_clock_read(CLOCK_MONOTONIC) - now) * REST;
    return rest > IN_PROGRESS_PERIOD_NS ? rest : IN_PROGRESS_PERIOD_NS;
}

void in_progress_finish(struct in_progress *in_progress)
{
    size_t position = 0;
    for (struct sleeper *thread; (thread = map_next(&in_progress->threads, &position));)
        free(thread);
    map_clear(&in_progress->threads);
}
