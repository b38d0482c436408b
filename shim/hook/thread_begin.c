/*
 * pthread_create, thrd_create: a thread's time is in a trace from its begin on, also that before
 * its first call, and that of one that makes none.
 *
 * What the thread is to run is handed to it in a page of its own, since the program's allocator may
 * be what makes the thread. Without a trace nothing is between the program and libc.
 */
#include "call/call.h"
#include "sys/kernel.h"
#include "sys/self.h"

#include <pthread.h>
#include <sys/mman.h>
#include <threads.h>

struct start {
    const void *function; /* either of these */
    void *(*run)(void *);
    int (*run_c11)(void *);
    void *argument;
};

/* Returns NULL where nothing is to be recorded: of a thread of ours, or for lack of memory. */
static struct start *make_start(const void *function)
{
    if (call_is_plain() || self_contains(function))
        return NULL;
    fork_guard_check();
    if (!log_on())
        return NULL;
    struct start *start = FALLIBLE(mmap, MAP_FAILED, NULL, sizeof *start, PROT_READ | PROT_WRITE,
                                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return start == MAP_FAILED ? NULL : start;
}

static struct start take_start(void *given)
{
    struct start start = *(struct start *)given;
    munmap(given, sizeof start);
    log_thread_begin(&this_thread, start.function);
    return start;
}

static void *begin(void *given)
{
    struct start start = take_start(given);
    return start.run(start.argument);
}

static int begin_c11(void *given)
{
    struct start start = take_start(given);
    return start.run_c11(start.argument);
}

EXPORT int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
                          void *argument)
{
    int saved_errno = errno;
    struct start *start = make_start((const void *)run);
    errno = saved_errno;
    if (!start)
        return REAL(pthread_create)(thread, attributes, run, argument);
    *start = (struct start){.function = (const void *)run, .run = run, .argument = argument};
    int error = REAL(pthread_create)(thread, attributes, begin, start);
    if (error)
        munmap(start, sizeof *start);
    return error;
}

EXPORT int thrd_create(thrd_t *thread, thrd_start_t run, void *argument)
{
    int saved_errno = errno;
    struct start *start = make_start((const void *)run);
    errno = saved_errno;
    if (!start)
        return REAL(thrd_create)(thread, run, argument);
    *start = (struct start){.function = (const void *)run, .run_c11 = run, .argument = argument};
    int result = REAL(thrd_create)(thread, begin_c11, start);
    if (result != thrd_success)
        munmap(start, sizeof *start);
    return result;
}
