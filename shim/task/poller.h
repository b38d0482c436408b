/*
 * poller.h: where a thread sleeps until a descriptor is ready, another thread calls, or a time
 * comes.
 *
 * The engine behind it is a table of functions, so that there can be another one. It offers
 * interest in one report (poller_arm), and standing interest (poller_stand): the descriptor is
 * reported each time anew for as long as it is ready. A report may be spurious, so whoever waits
 * tries again; it is never missing while the descriptor stays open.
 *
 * io_uring was not tried: the containers' default seccomp profiles forbid it, and a wait on a
 * registration that stands makes no system call that it could save.
 */
#ifndef TASK_POLLER_H
#define TASK_POLLER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>

struct poller;

#define POLLER_MAX_EVENTS 256

struct poller_engine {
    const char *name;
    int (*open)(struct poller *poller);
    void (*close)(struct poller *poller);
    int (*arm)(struct poller *poller, int fd, uint32_t events);
    int (*stand)(struct poller *poller, int fd, uint32_t events);
    int (*stand_again)(struct poller *poller, int fd, uint32_t events);
    int (*remove)(struct poller *poller, int fd);
    int (*wait)(struct poller *poller, uint64_t timeout);
};

/* The buffer is here and not on the stack of the task that happens to sleep, which is kept small.
 */
struct poller {
    const struct poller_engine *engine;
    int fd;      /* the engine's descriptor, one of own_fd.h's; -1: not open */
    int call_fd; /* atomic; an eventfd by which other threads and signal handlers end the sleep */
    /* What poller_wait has found: data.fd, and POLLIN, POLLOUT, ... in events. */
    struct epoll_event events[POLLER_MAX_EVENTS];
};

extern const struct poller_engine poller_epoll;

/* `poller` is zeroed, or was closed before. Returns 0 or an errno value. */
int poller_open(struct poller *poller);

/* Closes the engine. The eventfd stays for the next poller_open: another thread may be about to
 * write to it, and its number must not come to be a file of the program's. */
void poller_close(struct poller *poller);

/* Closes both. For a forked child, which has no other threads. */
void poller_discard(struct poller *poller);

/*
 * Asks for one report of any of `events` (POLLIN ...) on a descriptor; replaces what was asked
 * before.
 *
 * Returns 0, or an errno value: EPERM (the descriptor is of a kind that is always ready), EBADF,
 * ENOMEM, ENOSPC.
 */
int poller_arm(struct poller *poller, int fd, uint32_t events);

/* The same for as long as the descriptor is ready. */
int poller_stand(struct poller *poller, int fd, uint32_t events);

/* The same for one that has standing interest already. ENOENT: the number names another file. */
int poller_stand_again(struct poller *poller, int fd, uint32_t events);

/* Ends either interest. Returns 0 or an errno value. From any thread and from signal handlers. */
int poller_remove(struct poller *poller, int fd);

/*
 * Sleeps until something armed is ready, poller_call, a signal, or `timeout` ns (CLOCK_NEVER:
 * none).
 *
 * Returns how many elements of poller->events are filled, 0 also for the other reasons, or -1 when
 * the engine's descriptor was taken from us: then the poller has been opened anew and everything
 * must be armed again.
 */
int poller_wait(struct poller *poller, uint64_t timeout);

/* Ends the current or the next sleep. From any thread and from signal handlers. */
void poller_call(struct poller *poller);

#endif
