/*
 * own_socket.h: stream sockets that this process has made and nobody else has: whoever changes what
 * they are comes through a hook.
 *
 * O_NONBLOCK and the timeouts belong to the open file, which other processes and other numbers may
 * share. A socket is our own from its creation until it may have been passed on: by dup, a fork, a
 * program that is started, SCM_RIGHTS. What was found out of it holds as long as its stamp is the
 * same. That the number still names the file is another matter: see task/fd_standing.h.
 *
 * From any thread and from signal handlers.
 *
 * Of a socket that someone wrote to, a read parks without trying, for there is hardly an answer
 * yet: the registration is level-triggered, so the next look at descriptors reports one that is
 * there. A round trip is then one call to send, one to receive, a share of the sleep, and a
 * verification where the next look after 6 ms does not report the answer: by strace, with 100
 * connections on a busy machine, 2.04 to 2.11 calls instead of 4.5. After a short read the call is
 * tried all the same: in a stream that comes fast, parking first would cost a look at descriptors
 * for each read.
 *
 * That it has no SO_RCVTIMEO is asked of the kernel at its first wait all the same: a library that
 * finds setsockopt by itself (dlsym in libc.so.6, RTLD_DEEPBIND, system calls of its own) sets one
 * on a new connection, and no hook sees it.
 *
 * What was found out is wrong for at most 10 ms where a number was recycled unseen. Not seen: what
 * such a library sets after the first wait, an SO_RCVLOWAT of its, a copy of the process made
 * without libc, and another process that takes the descriptor (pidfd_getfd).
 */
#ifndef SYS_OWN_SOCKET_H
#define SYS_OWN_SOCKET_H

#include <stdbool.h>
#include <stdint.h>

/* Sockets with higher numbers are not noted. */
#define OWN_SOCKETS (1u << 17)

/* Both are atomic. Another socket under the same number has another count of changes. */
struct own_socket {
    uint32_t epoch;   /* own_socket_epoch before it was made; 0: it is not our own */
    uint32_t changes; /* of what it is, and of who it is */
};

extern struct own_socket own_sockets[OWN_SOCKETS];

/* Counts how often all sockets were passed on, from 1. Atomic. */
extern uint32_t own_socket_epoch;

/* The process is about to be copied, or another program to be started in it or beside it: what it
 * has is not its own any more. */
static inline void own_socket_pass_on_all(void)
{
    __atomic_fetch_add(&own_socket_epoch, 1, __ATOMIC_SEQ_CST);
}

/* What own_socket_made wants to know, from before the creation. */
static inline uint32_t own_socket_before(void)
{
    return __atomic_load_n(&own_socket_epoch, __ATOMIC_SEQ_CST);
}

/* O_NONBLOCK or a timeout may have been set. */
static inline void own_socket_changed(int fd)
{
    if ((unsigned)fd < OWN_SOCKETS)
        __atomic_fetch_add(&own_sockets[fd].changes, 1, __ATOMIC_SEQ_CST);
}

static inline void own_socket_made(int fd, uint32_t before)
{
    if ((unsigned)fd >= OWN_SOCKETS)
        return;
    own_socket_changed(fd);
    __atomic_store_n(&own_sockets[fd].epoch, before, __ATOMIC_SEQ_CST);
}

/* It is closed, or somebody else has it as well. */
static inline void own_socket_gone(int fd)
{
    if ((unsigned)fd < OWN_SOCKETS && __atomic_load_n(&own_sockets[fd].epoch, __ATOMIC_RELAXED))
        __atomic_store_n(&own_sockets[fd].epoch, 0, __ATOMIC_SEQ_CST);
}

/* Its stamp; epoch is 0 where it is not our own. */
static inline struct own_socket own_socket_stamp(int fd)
{
    struct own_socket stamp = {0, 0};
    if ((unsigned)fd >= OWN_SOCKETS ||
        __atomic_load_n(&own_sockets[fd].epoch, __ATOMIC_ACQUIRE) != own_socket_before())
        return stamp;
    stamp.changes = __atomic_load_n(&own_sockets[fd].changes, __ATOMIC_ACQUIRE);
    stamp.epoch = own_socket_before();
    return stamp;
}

static inline bool own_socket_is(int fd)
{
    return own_socket_stamp(fd).epoch != 0;
}

/* Whether nothing has happened to it since it had that stamp. */
static inline bool own_socket_is_same(int fd, struct own_socket stamp)
{
    return (unsigned)fd < OWN_SOCKETS && stamp.epoch &&
           __atomic_load_n(&own_sockets[fd].epoch, __ATOMIC_ACQUIRE) == stamp.epoch &&
           __atomic_load_n(&own_sockets[fd].changes, __ATOMIC_ACQUIRE) == stamp.changes &&
           own_socket_before() == stamp.epoch;
}

#endif
