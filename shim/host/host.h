/*
 * host.h: who owns the code that makes a call, and can leave its thread to others while it waits.
 *
 * A hook asks host_current() and either waits through the host it gets, or makes the real call. The
 * native host parks greq's own tasks; the others park what somebody else calls a task. All that
 * greq knows of one of them is in its file, and what it says here; hosts.def lists them.
 */
#ifndef HOST_HOST_H
#define HOST_HOST_H

#include "real/calls.h"
#include "sys/own_socket.h"
#include "sys/thread.h"
#include "sys/wake.h"

#include <greq/trace_format.h>
#include <poll.h>
#include <stddef.h>
#include <stdint.h>

struct job; /* see task/helper.h */
struct task;

/* A member that is NULL or false: not the host's concern. */
struct host {
    const char *name;

    /* ---- waiting; no host is without ---- */

    /*
     * Lets others run until a descriptor of `set` may be ready, `deadline` (ns, clock.h) or a
     * handler. The set may be empty. May end in each of the ways of enum wake.
     */
    enum wake (*wait)(struct thread *thread, const struct pollfd *set, size_t count,
                      uint64_t deadline, enum interruption interruption);

    /*
     * Runs a job on a helper thread (helper_start, job_is_done) and lets others run until it is
     * done. The job stays the caller's.
     *
     * Returns WAKE_RETRY: it is done; WAKE_NO_HOST: there is no thread to be had, and the job will
     * not be run; else the wait was ended: the job may still be in work, and its results must not
     * be looked at.
     */
    enum wake (*run)(struct thread *thread, struct job *job);

    /* ---- whose call it is ---- */

    /* Whether the code that runs in the thread is one of its tasks. NULL: in threads that have it
     * as thread->host it may always be. */
    bool (*has_others)(const struct thread *thread);

    /* The number of the calling task, for the trace; 0 when there is none. NULL: the strand knows
     * it. */
    uint32_t (*number)(struct thread *thread);

    /* The task of ours that makes the call, which anybody can wake; others are told by a
     * descriptor. */
    struct task *(*task)(const struct thread *thread);

    /* ---- whether it may be parked ---- */

    /* The host's own wait for whatever its tasks wait for. */
    bool (*is_own_wait)(const struct thread *thread, enum call_id id, int fd, const void *caller);

    /* A call that it makes itself, or a lock that it needs for parking. */
    bool (*is_own_call)(enum call_id id, const void *caller);

    /* In the middle of a switch, where nobody can be parked. */
    bool (*is_switching)(const struct thread *thread);

    /* What else speaks against it, where the call has to wait. `refuser` receives the name of the
     * module that it is for, or NULL. */
    enum trace_refusal (*refusal)(const char **refuser);

    /* ---- what it knows of sockets: see task/task.h; all or none ---- */

    bool (*waits_for_ever)(const struct thread *thread, int fd);
    void (*note_waits_for_ever)(const struct thread *thread, int fd, struct own_socket stamp);
    bool (*is_asked)(const struct thread *thread, int fd);
    void (*note_asked)(const struct thread *thread, int fd, bool asked);

    /* ---- its tasks' stacks ---- */

    /* Whether they begin in the module whose file has this path: what lies beyond is not theirs. */
    bool (*begins_stacks)(const char *path);

    /* The module that starts tasks knows of them, and may keep something per thread. */
    bool is_known_to_starter;

    /* An address in another module that may as well: what runs the tasks. */
    const void *(*runtime)(void);

    /* They begin as the host likes: a stack is whole where the tables know no further. */
    bool begins_anywhere;

    /* ---- what it is told ---- */

    /* The calling thread has made an epoll descriptor, in `caller`. */
    void (*note_loop)(struct thread *thread, const void *caller);

    /* Descriptors, from `first` to `last`, are about to be closed, or to name another file; they
     * have been. Who waits for them is to be told. */
    void (*closing)(unsigned first, unsigned last);
    void (*closed)(unsigned first, unsigned last);

    /* `caller` ends the calling thread by pthread_exit: whether it must not be, now or ever. */
    bool (*keeps_thread)(const struct thread *thread, const void *caller);

    /* The library has read its environment. */
    void (*begin)(void);

    /* The process ends by exit. */
    void (*end)(void);

    /* ---- the summary ---- */

    /* Waits that left the thread to others, in all, and what waited, in words: one, and several.
     * NULL: the scheduler knows them. */
    uint64_t (*count_waits)(void);
    const char *one, *several;
};

#define HOST(name) extern const struct host host_##name;
#include "host/hosts.def"

/* Once, before anything is asked. */
void host_open(void);

/* Whether there may be one: false in a thread that has no tasks and no loop. */
static inline bool host_may_be(const struct thread *thread)
{
    return thread->scheduler || thread->host;
}

/* The thread's code is this host's from now on, unless it is another's, and hooks ask for it. */
void host_adopt(struct thread *thread, const struct host *host);

/* The host of the calling code, or NULL when nobody else could run meanwhile. */
const struct host *host_current(const struct thread *thread);

/* ---- the same members, asked of all hosts ---- */

void host_note_loop(struct thread *thread, const void *caller);
void host_closing(unsigned first, unsigned last);
void host_closed(unsigned first, unsigned last);
bool host_keeps_thread(const struct thread *thread, const void *caller);
void host_end(void);

/* Calls `visit` for each host. */
void host_each(void (*visit)(const struct host *host, void *data), void *data);

/* host->run by host->wait, for tasks that a descriptor tells. */
enum wake host_run_by_waiting(const struct host *host, struct thread *thread, struct job *job);

/* ---- of one host, which may be NULL ---- */

static inline bool host_is_switching(const struct host *host, const struct thread *thread)
{
    return host && host->is_switching && host->is_switching(thread);
}

static inline struct task *host_task(const struct host *host, const struct thread *thread)
{
    return host && host->task ? host->task(thread) : NULL;
}

#endif
