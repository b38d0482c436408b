/*
 * thread.h: what the kernel says of the threads of a running process, and of what they wait for.
 */
#ifndef LIVE_THREAD_H
#define LIVE_THREAD_H

#include "launch/remote_stack.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

struct live_thread {
    pid_t number;
    char name[32];
    char state;      /* as in /proc/PID/stat; '?' */
    bool in_call;    /* it sleeps in a system call; then: */
    bool is_refused; /* else: this user may not know */
    long call;       /* its number */
    uint64_t arguments[6];
    uint64_t sleeps; /* how often it had gone to sleep, just before; 0: not known */
    struct remote_registers registers;
    double asleep_s; /* since it ran last; negative: not known */
};

struct live_threads {
    struct live_thread *items;
    size_t count;
};

/* Reads all threads of a process; none if it is gone. The caller frees `items`. */
void live_threads_read(struct live_threads *threads, pid_t process);

/* Reads /proc/PROCESS/task/THREAD/NAME, cut to the size. Returns whether there is anything. */
bool live_thread_read_file(pid_t process, pid_t thread, const char *name, char *text, size_t size);

/* Where a field begins in the text of a file "stat", by its number in proc(5), from 3 on: the
 * state. NULL if there are not so many. */
const char *live_thread_field(const char *stat, int number);

/* The name of the system call that it is in. */
const char *live_thread_call_name(const struct live_thread *thread);

/* Who has the mutex that a thread waits for, of all threads of the process; NULL: it waits for
 * none, or that is not known. */
const struct live_thread *live_thread_holder(const struct live_thread *thread, pid_t process,
                                             const struct live_threads *all);

/* Whether it is known to have slept in that very call from when it was read until now. */
bool live_thread_sleeps_on(const struct live_thread *thread, pid_t process);

/* Whether nothing but what it waits for, or a signal, ends the wait for a mutex. */
bool live_thread_has_no_timeout(const struct live_thread *thread);

/* Prints "recvfrom on fd 7 (tcp 127.0.0.1:4321 -> 127.0.0.1:80)": what a thread in a call waits
 * for. */
void live_thread_put_call(const struct live_thread *thread, pid_t process,
                          const struct live_threads *all, FILE *out);

#endif
