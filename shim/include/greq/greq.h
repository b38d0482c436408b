/*
 * greq.h: tasks for a program that waits.
 *
 * Include it, call greq_map() or greq_spawn(), link nothing. Run alone, the program does its tasks
 * one after another. Run as `LD_PRELOAD=libgreq.so ./program`, the same binary overlaps them: a
 * task that would sleep in recv, poll, SSL_read, getaddrinfo, sleep, ... is parked, and the next
 * one runs.
 *
 * A task is a stackful coroutine of the thread that spawned it. It is switched only where it waits
 * and in greq_yield(), never in between, so code between two waits needs no lock against the other
 * tasks of its thread.
 *
 * None of these functions may be called from a signal handler. All may be called from any thread.
 *
 * How it works: each function asks the dynamic loader once for the one that libgreq.so exports
 * under the same name, and does the work by itself, in order, if there is none. A weak reference
 * would not do: it stays NULL in an executable built with -fno-pie -no-pie.
 */
#ifndef GREQ_GREQ_H
#define GREQ_GREQ_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct pollfd;

/* A handle to a task. Opaque: it need not be the address of anything. */
typedef struct greq_task greq_task;

#ifdef GREQ_SHIM
#    define GREQ_API
#else
#    define GREQ_API static inline __attribute__((unused))
#endif

/*
 * Whether waits are made cooperative in this process.
 *
 * Returns 1 under libgreq.so, unless GREQ_PATCH=none; else 0. Never fails. In a constructor of a
 * library it may be 0 yet: libgreq.so's own, which reads the environment, comes after those of what
 * stands behind it in the loader's list.
 */
GREQ_API int greq_active(void);

/*
 * Starts fn(arg) as a task of the calling thread.
 *
 * The task runs when the caller next waits, yields or joins. Where greq_active() is 0 it is run to
 * its end before greq_spawn returns. `arg` stays the caller's. A task that nobody joins keeps a
 * small record until the process ends; one that is still unfinished when its thread ends is
 * dropped.
 *
 * Returns a handle for greq_join(), or NULL with errno set: ENOMEM (no memory for its stack),
 * EINVAL (fn is NULL).
 */
GREQ_API greq_task *greq_spawn(void *(*fn)(void *), void *arg);

/*
 * Waits until a task has finished and releases its handle.
 *
 * `result`, when not NULL, receives what the task's function returned. A task can be joined once,
 * from any thread; the wait parks the calling task, or blocks a thread that has no tasks.
 *
 * Returns 0, or an errno value, as pthread_join(3) does: EINVAL (NULL, a handle that was joined
 * already, a task that someone else is joining, a task that was dropped), EDEADLK (the calling task
 * itself).
 */
GREQ_API int greq_join(greq_task *task, void **result);

/*
 * Calls fn on each of n items, each in a task, and waits for all of them.
 *
 * `results`, when not NULL, receives fn(items[i]) at index i. At most `limit` items are in work at
 * once; 0 means all of them. Items are started in order. Both arrays stay the caller's and must
 * stay valid until greq_map returns.
 *
 * Returns 0, or an errno value: EINVAL (fn is NULL, or items is with n > 0), ENOMEM (a task could
 * not be had; the items that were started have been finished, the others were not touched).
 */
GREQ_API int greq_map(void *(*fn)(void *item), void *items[], void *results[], size_t n,
                      size_t limit);

/*
 * Lets the other tasks of this thread run that are ready to. Without tasks it does nothing.
 */
GREQ_API void greq_yield(void);

/*
 * Names the part of the program that the calling task or thread is in from now on, until it names
 * another one, or none by NULL or "". Reports say what each part took, and a budget may limit it
 * (greq-check(1)).
 *
 * A task begins in the part that it was spawned in, a thread in none. Coroutines that are not
 * greq's own, such as greenlets and tasks of asyncio, are in the part of their thread. `name` is
 * copied, and is the same part wherever it is given; what is beyond 255 bytes is left out.
 *
 * Costs a look at one word while nothing is recorded. Keeps errno. Never fails.
 */
GREQ_API void greq_mark(const char *name);

/*
 * A coroutine runtime of the program's own, and how it leaves its thread to others: for those who
 * have coroutines, and a library in them that blocks.
 *
 * While a coroutine waits, its stack stays where it is, and it goes on in the thread where it was.
 * A member that is not needed is NULL or 0.
 */
struct greq_host {
    size_t size; /* sizeof(struct greq_host) */

    /* GREQ_HOST_MOVES: coroutines may go on in another thread. Such a host is refused. */
    unsigned flags;

    /*
     * The coroutine that runs, by an address that tells it from all others; NULL for code that is
     * none, such as the runtime's own loop, and makes the real call. Asked often: it must not wait,
     * and is not for signal handlers.
     */
    void *(*current)(void *data);

    /*
     * Lets others run until a descriptor of `set` may be ready, or `timeout_ns` have passed; a
     * negative one is none. It may return early. `count` may be 0, then there is only the time.
     * What the coroutine calls meanwhile, poll(2) say, is the real function. errno, OpenSSL's
     * errors and C++ exceptions are kept for the coroutine.
     *
     * Returns 0; ETIMEDOUT; EINTR (a signal handler has run: the call ends with that where it may);
     * EBADF (a descriptor was closed); ECANCELED (the call is to end with that error); ENOTSUP (the
     * real call is to be made).
     */
    int (*wait)(void *data, struct pollfd *set, size_t count, int64_t timeout_ns);

    /* An address in the runtime's library, if it is one: the calls that it makes itself are the
     * real ones, and that it keeps something per thread is its own affair. */
    const void *runtime;
};

#define GREQ_HOST_MOVES 1u

/*
 * Has calls that would block in coroutines of the calling thread wait by `host`, which is copied,
 * and gets `data`. NULL takes it away again; no coroutine may be waiting by it then.
 *
 * Returns 0, or an errno value: ENOSYS (no libgreq.so, or GREQ_PATCH=none), EINVAL (no current or
 * wait, a size or flag that is not known), ENOTSUP (coroutines that move), EBUSY (Python has
 * greenlets in this thread).
 */
GREQ_API int greq_host_set(const struct greq_host *host, void *data);

#ifdef __cplusplus
}
#endif

#ifndef GREQ_SHIM
#    include <greq/serial.h>
#endif

#endif
