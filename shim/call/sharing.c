/*
 * Who waits stands in a table, by descriptor: stacks of greenlets are copied away meanwhile. What a
 * request is, and whose, is known by who has moved bytes last: if that was a write of the task that
 * waits now, and nobody else has run since, it waits for the answer.
 *
 * That is thread->turns, which counts switches, and the descriptor's last writer: to ask the host
 * would take the interpreter's lock at each send. gevent may switch without a call of ours in
 * between: then a watcher may be taken for one that has asked. A place is a descriptor and the
 * socket's cookie. Both calls get a stack however short they were (TRACE_FLAG_SHARED). The rule is
 * here alone; the tracer counts and words what it is told.
 */
#include "call/sharing.h"

#include "log/log.h"
#include "sys/spin.h"
#include "sys/table.h"

#include <string.h>
#include <sys/socket.h>

enum {
    WAITERS = 4096, /* at once; further ones are not followed */
    CHAINS = 1024,
    REPORTED_MAX = 256, /* connections; further ones are not reported */
    FOLLOWED_MAX = 1 << 14,
};

struct waiter {
    uint32_t next; /* of the same chain, or free; 0: none */
    int fd;
    const struct thread *thread;
    uint64_t stamp;
    uint64_t socket;
    bool is_owed; /* an answer to its own request */
    bool has_met;
    struct log_sharer who;
};

static TABLE struct waiter waiters[WAITERS + 1]; /* number 0 is none */
static TABLE uint32_t chains[CHAINS];
static uint32_t unused, used;
static uint64_t last_stamp;
static TABLE uint64_t reported[REPORTED_MAX];
static uint32_t reported_count;
static char lock; /* of all of these */

void sharing_reset(void)
{
    if (used) /* else nothing is in them, and each forked child would write to them */
        memset(chains, 0, sizeof chains);
    unused = used = 0;
    spin_release(&lock);
}

/* ---- whose request ---- */

/* By descriptor: who has written to it last, if nobody has read since and it is the same file. */
static TABLE uint64_t writers[FOLLOWED_MAX];

/* Changes when another task of the thread may have run. */
static uint64_t run_of(const struct call *call)
{
    uint64_t strand = (uintptr_t)call->strand;
    return (strand ^ (uint64_t)call->thread->turns << 40) * UINT64_C(0x9e3779b97f4a7c15) | 1;
}

static void set_writer(int fd, uint64_t run)
{
    if (fd >= 0 && fd < FOLLOWED_MAX)
        __atomic_store_n(&writers[fd], run, __ATOMIC_RELAXED);
}

static bool has_just_written(const struct call *call, int fd)
{
    return fd < FOLLOWED_MAX && __atomic_load_n(&writers[fd], __ATOMIC_RELAXED) == run_of(call);
}

void sharing_closing(unsigned first, unsigned last)
{
    for (unsigned fd = first; fd <= last && fd < FOLLOWED_MAX; fd++)
        set_writer((int)fd, 0);
}

/* ---- connections ---- */

/* What identifies a connection, whatever its number; 0: it is none. */
static uint64_t connection_of(int fd)
{
    struct sockaddr_storage peer;
    socklen_t peer_size = sizeof peer, type_size = sizeof(int), size = sizeof(uint64_t);
    uint64_t cookie = 0;
    int type = 0;
    if (getpeername(fd, (struct sockaddr *)&peer, &peer_size) != 0 ||
        getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &type_size) != 0 ||
        (type != SOCK_STREAM && type != SOCK_SEQPACKET) ||
        getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &size) != 0)
        return 0;
    return cookie;
}

/* ---- the table ---- */

static uint32_t *chain_of(int fd)
{
    return &chains[(unsigned)fd % CHAINS];
}

static bool may_be_waited_for(int fd)
{
    return __atomic_load_n(chain_of(fd), __ATOMIC_RELAXED) != 0;
}

static uint32_t take_unused(void)
{
    uint32_t number = unused;
    if (number)
        unused = waiters[number].next;
    else if (used < WAITERS)
        number = ++used;
    return number;
}

static void add(struct sharing *sharing, const struct waiter *waiter)
{
    uint32_t *chain = chain_of(waiter->fd), number = take_unused();
    if (!number)
        return;
    *sharing = (struct sharing){number, ++last_stamp};
    waiters[number] = *waiter;
    waiters[number].stamp = sharing->stamp;
    waiters[number].next = *chain;
    __atomic_store_n(chain, number, __ATOMIC_RELAXED);
}

/* Returns whether it has met another one. */
static bool remove_waiter(const struct sharing *sharing)
{
    struct waiter *waiter = &waiters[sharing->number];
    if (waiter->stamp != sharing->stamp) /* a forked child's table began anew */
        return false;
    uint32_t *link = chain_of(waiter->fd);
    while (*link && *link != sharing->number)
        link = &waiters[*link].next;
    if (!*link)
        return false;
    __atomic_store_n(link, waiter->next, __ATOMIC_RELAXED);
    waiter->stamp = 0;
    waiter->next = unused;
    unused = sharing->number;
    return waiter->has_met;
}

/* Another task of the thread that waits for the connection, or NULL. */
static struct waiter *find(const struct thread *thread, int fd, uint64_t socket, bool is_owed)
{
    for (uint32_t number = *chain_of(fd); number; number = waiters[number].next) {
        struct waiter *waiter = &waiters[number];
        if (waiter->fd == fd && waiter->thread == thread && waiter->socket == socket &&
            (waiter->is_owed || !is_owed))
            return waiter;
    }
    return NULL;
}

/* ---- a meeting ---- */

static bool is_first_report(uint64_t socket)
{
    for (uint32_t i = 0; i < reported_count; i++)
        if (reported[i] == socket)
            return false;
    if (reported_count == REPORTED_MAX)
        return false;
    reported[reported_count++] = socket;
    return true;
}

static struct log_sharer sharer_of(const struct call *call)
{
    struct log_sharer who = {
        .task = call->strand->task, .id = call->outer->log.id, .begin = call->outer->log.begin};
    log_place(&call->outer->log, who.place, sizeof who.place);
    return who;
}

/* Whether `call` has met another task in the connection for the first time; then `meeting` says
 * whom. */
static bool meets(struct call *call, int fd, uint64_t socket, bool is_owed,
                  struct log_meeting *meeting)
{
    struct waiter *other = find(call->thread, fd, socket, is_owed);
    if (!other || !is_first_report(socket))
        return false;
    other->has_met = true;
    *meeting = (struct log_meeting){.fd = fd, .first = other->who};
    return true;
}

static void report(struct call *call, struct log_meeting *meeting, unsigned what)
{
    meeting->what = what;
    call->outer->log.flags |= TRACE_FLAG_SHARED;
    log_shared(call->thread, meeting);
}

/* ---- waits ---- */

void sharing_begin(struct sharing *sharing, struct call *call, const struct pollfd *set,
                   size_t count)
{
    enum call_role role = call_role(call->outer->log.id);
    int fd = count == 1 && set->events & POLLIN && !(set->events & POLLOUT) ? set->fd : -1;
    *sharing = (struct sharing){0};
    if (fd < 0 || !(call_role_reads(role) || role == ROLE_WAIT))
        return;
    bool is_owed = has_just_written(call, fd);
    uint64_t socket = call_role_reads(role) || is_owed ? connection_of(fd) : 0;
    if (!socket)
        return;
    struct waiter waiter = {.fd = fd,
                            .thread = call->thread,
                            .socket = socket,
                            .is_owed = is_owed,
                            .who = sharer_of(call)};
    struct log_meeting meeting;
    spin_acquire(&lock);
    bool has_met = meets(call, fd, socket, false, &meeting);
    add(sharing, &waiter);
    spin_release(&lock);
    if (!has_met)
        return;
    meeting.second = waiter.who;
    report(call, &meeting, TRACE_SHARED_BOTH_WAIT);
}

void sharing_end(const struct sharing *sharing, struct call *call)
{
    if (!sharing->number)
        return;
    spin_acquire(&lock);
    bool has_met = remove_waiter(sharing);
    spin_release(&lock);
    if (has_met)
        call->outer->log.flags |= TRACE_FLAG_SHARED;
}

/* ---- reads and writes that are over ---- */

/* Some of it may have been another task's answer. */
static void note_read(struct call *call, int fd)
{
    struct log_meeting meeting;
    if (!may_be_waited_for(fd) || call_in_handler(call->thread))
        return;
    uint64_t socket = connection_of(fd);
    spin_acquire(&lock);
    bool has_met = socket && meets(call, fd, socket, true, &meeting);
    spin_release(&lock);
    if (!has_met)
        return;
    meeting.second = sharer_of(call);
    report(call, &meeting, TRACE_SHARED_READS);
}

void sharing_moved(struct call *call, int64_t result)
{
    enum call_role role = call_role(call->log.id);
    int fd = call->log.fd;
    if (result <= 0 || fd < 0)
        return;
    if (call_role_writes(role)) {
        set_writer(fd, run_of(call));
    } else if (call_role_reads(role)) {
        note_read(call, fd);
        set_writer(fd, 0);
    }
}
