/*
 * task.h: what the rest of the shim does with greq's own tasks. What they are made of is this
 * folder's own (internal.h).
 *
 * A task is a stackful coroutine. Its thread's own flow of control is a task too, the main task, so
 * that a blocking call of the main thread lets the others run. Tasks never move between threads.
 *
 * All functions are for the thread whose tasks they are about, except those that say otherwise, and
 * none is for signal handlers unless it says so.
 */
#ifndef TASK_TASK_H
#define TASK_TASK_H

#include "sys/own_socket.h"
#include "sys/thread.h"
#include "sys/wake.h"

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct task;
struct scheduler;

/* ---- who runs ---- */

/* Whether the thread has tasks that another one's wait would let run. */
bool task_thread_has_others(const struct thread *thread);

/* The task that runs in a thread with a scheduler; its main task outside of others. */
struct task *task_current(const struct thread *thread);

/* Whether a task is really the one that runs, and not in the middle of a switch. */
bool task_is_running(const struct task *task);

/* A task's record is used again when the task is over: with its generation, whoever remembers the
 * record knows whether it is still the same task's. From any thread. */
uint16_t task_generation(const struct task *task);
bool task_is_over(const struct task *task, uint16_t generation);

/* ---- parking and waking ---- */

/*
 * Leaves the thread to others until task_wake, task_wake_remote or `deadline`.
 *
 * Returns WAKE_RETRY, WAKE_TIMED_OUT, WAKE_SIGNALLED or what task_wake was given. The first may be
 * spurious: who waits for something looks whether it is there.
 */
enum wake task_park(struct task *task, uint64_t deadline, enum interruption interruption,
                    const char *waits_for);

/*
 * The same, until one of the descriptors may be ready too (elements with a negative fd or without
 * events are passed over). WAKE_NO_HOST: they are too many, or one is not to be had.
 */
enum wake fd_wait(struct task *task, const struct pollfd *set, size_t count, uint64_t deadline,
                  enum interruption interruption);

/* Makes a parked task ready. Others are left alone. */
void task_wake(struct task *task, enum wake reason);

/* The same from any thread, also when the task has ended meanwhile. It finds WAKE_RETRY. */
void task_wake_remote(struct task *task);

/* ---- descriptors ---- */

/*
 * Descriptors are closed, or made to name another file: who waits for them, in any thread, is woken
 * with WAKE_CLOSED. The first is called before the system call, the second after it when it has
 * been done: who begins to wait in between waits for what the number names next. From any thread
 * and from signal handlers.
 */
void fd_wait_closing(unsigned first, unsigned last);
void fd_wait_closed(unsigned first, unsigned last);

/*
 * What is known of a socket of this process's own, so that a wait for its data need not ask: that
 * nothing but data ends the wait, neither O_NONBLOCK nor SO_RCVTIMEO, since it had `stamp`. It is
 * known only while the descriptor stays registered, and wrong for at most 10 ms of a wait.
 */
bool fd_waits_for_ever(const struct thread *thread, int fd);
void fd_note_waits_for_ever(const struct thread *thread, int fd, struct own_socket stamp);

/*
 * Whether something was sent, and nothing was read since: there is hardly an answer already, so who
 * wants one waits before he tries. If there is one, the wait ends at once. Only where the wait has
 * nothing to ask.
 */
bool fd_is_asked(const struct thread *thread, int fd);
void fd_note_asked(const struct thread *thread, int fd, bool asked);

/* Waits for the data of a descriptor that is asked, and then is not any more. WAKE_NO_HOST: it is
 * not asked, or not to be waited for. Not for main tasks: no handler ends the wait. */
enum wake fd_wait_for_answer(const struct thread *thread, int fd);

/* ---- signals ---- */

/*
 * A signal has come while the thread sleeps: has its main task, if it waits in a call of its own,
 * wake up and call deliver(entry, number, info) there. `info` may be NULL. From signal handlers.
 *
 * Returns false when that does not apply, and the handler must run now.
 */
typedef void signal_deliver(unsigned entry, int number, siginfo_t *info);
bool scheduler_defer_signal(struct scheduler *scheduler, signal_deliver *deliver, unsigned entry,
                            int number, const siginfo_t *info);

/* A handler of the program's has run, or is deferred: the main task's wait may be over. From signal
 * handlers. */
void scheduler_note_signal(struct scheduler *scheduler);

/* ---- the end of threads and processes ---- */

/* The thread ends: unfinished tasks are dropped, who waits to join them is told so. */
void scheduler_leave(struct thread *thread);

/* A forked child: only the task that runs (and its thread's main task) go on. */
void scheduler_after_fork(struct thread *thread);

/* What all threads' tasks did together. */
struct task_totals {
    uint32_t tasks;   /* started */
    uint32_t dropped; /* of them unfinished */
    uint64_t parks;   /* waits */
    uint32_t most;    /* tasks parked at the same time, in the thread that had most */
};

/* Adds them up, from any thread. */
struct task_totals task_totals(void);

#endif
