/*
 * Looks at what lies unread, and their records.
 *
 * Before a read a look is SIOCINQ and TCP_INFO, about 0.4 us, and taken only if the thread was
 * blocked for 1 ms or more by another call since it last used that descriptor. Which ones it used
 * is a table of 64 places by number, so traffic to and fro pays a comparison. What is behind a call
 * is one poll(0) over those 64. A baseline is taken after SSL_write alone. What a call reported
 * needs no look, and is recorded only if more than one descriptor is ready or one is writable.
 */
#include "log/unread.h"

#include "log/epoll_data.h"
#include "log/log.h"
#include "log/stream.h"
#include "real/real.h"
#include "sys/clock.h"
#include "sys/kernel.h"

#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

/* ---- which descriptors ---- */

static struct unread_slot *slot_of(struct unread *unread, int fd)
{
    return &unread->slots[(unsigned)fd % UNREAD_SLOTS];
}

static bool is_there(struct unread *unread, int fd)
{
    return fd >= 0 && slot_of(unread, fd)->number == fd + 1;
}

void unread_add(struct unread *unread, int fd, bool accepted)
{
    *slot_of(unread, fd) = (struct unread_slot){fd + 1, unread->long_calls - accepted};
}

/* ---- a look ---- */

/* As getsockopt(2), without a page of libc's that a short process touches for nothing else. */
static bool ask(int fd, int level, int option, void *value, socklen_t *size)
{
    return kernel_call(SYS_getsockopt, fd, level, option, (long)value, (long)size, 0) == 0;
}

/* Bytes that can be read without waiting. */
static uint32_t bytes_unread(int fd)
{
    int bytes = 0;
    return ioctl(fd, SIOCINQ, &bytes) == 0 && bytes > 0 ? (uint32_t)bytes : 0;
}

/* Only of a socket: a file has bytes that nobody waits for. Returns false when there is nothing. */
static bool look(int fd, struct trace_unread_item *item)
{
    struct tcp_info info;
    socklen_t size = sizeof info;
    bool is_tcp = ask(fd, IPPROTO_TCP, TCP_INFO, &info, &size);
    int type;
    if (!is_tcp && (size = sizeof type, !ask(fd, SOL_SOCKET, SO_TYPE, &type, &size)))
        return false;
    item->fd = fd;
    item->bytes = bytes_unread(fd);
    item->age = is_tcp ? info.tcpi_last_data_recv * NS_PER_MS : UINT64_MAX;
    return item->bytes > 0;
}

/* ---- a record ---- */

struct items {
    struct trace_unread_item list[TRACE_MAX_UNREAD];
    uint32_t count;
};

static void record_items(struct stream *stream, const struct log_call *call, uint32_t task,
                         enum trace_unread_reason reason, const struct items *items, uint64_t time)
{
    size_t size = items->count * sizeof *items->list;
    if (!items->count)
        return;
    struct trace_unread *record =
        stream_reserve(stream, sizeof *record + size, TRACE_UNREAD, time, task, NULL);
    if (!record)
        return;
    record->call_begin = call->begin;
    record->reason = reason;
    record->count = items->count;
    memcpy(record->items, items->list, size);
    stream_commit(stream);
}

static void record_one(struct stream *stream, const struct log_call *call, uint32_t task,
                       enum trace_unread_reason reason, uint64_t time)
{
    struct items items;
    items.count = look(call->fd, items.list);
    record_items(stream, call, task, reason, &items, time);
}

/* ---- after an accept ---- */

/* Nothing was sent yet, and until then the kernel counts from when the connection was made. */
void unread_backlog(struct stream *stream, int fd, uint32_t task)
{
    struct tcp_info info;
    socklen_t size = sizeof info;
    uint64_t now = clock_kernel_now();
    if (!ask(fd, IPPROTO_TCP, TCP_INFO, &info, &size))
        return;
    const struct log_call none = {.begin = now};
    const struct items items = {{{fd, 0, info.tcpi_last_data_sent * NS_PER_MS}}, 1};
    record_items(stream, &none, task, TRACE_UNREAD_BACKLOG, &items, now);
}

/* ---- at the end ---- */

/* What <linux/tcp.h> has, which cannot be included beside <netinet/tcp.h>. */
struct whole_tcp_info {
    struct tcp_info head;
    uint64_t pacing_rate, max_pacing_rate, bytes_acked, bytes_received;
    uint32_t segs_out, segs_in, notsent_bytes, min_rtt, data_segs_in, data_segs_out;
};

_Static_assert(offsetof(struct whole_tcp_info, pacing_rate) == 104,
               "libc has the kernel's first 104 bytes");

/* Whether the peer of a TCP connection is there and was sent nothing since its last data came, by
 * whatever function. The kernel's clock for that is not exact. */
static bool look_at_left(int fd, struct trace_unread_item *item)
{
    struct whole_tcp_info info;
    socklen_t size = sizeof info;
    if (!ask(fd, IPPROTO_TCP, TCP_INFO, &info, &size) || size < sizeof info ||
        info.head.tcpi_state != TCP_ESTABLISHED)
        return false;
    bool was_sent =
        info.data_segs_out && info.head.tcpi_last_data_sent <= info.head.tcpi_last_data_recv;
    *item =
        (struct trace_unread_item){fd, bytes_unread(fd), info.head.tcpi_last_data_recv * NS_PER_MS};
    return !was_sent;
}

static void record_left(struct stream *stream, int fd, uint64_t time, uint32_t task)
{
    const struct log_call none = {.begin = time};
    struct items items;
    items.count = look_at_left(fd, items.list);
    record_items(stream, &none, task, TRACE_UNREAD_LEFT, &items, time);
}

void unread_left(const struct unread *unread, struct stream *stream, uint64_t time, uint32_t task)
{
    for (size_t i = 0; i < UNREAD_SLOTS; i++)
        if (unread->slots[i].number)
            record_left(stream, unread->slots[i].number - 1, time, task);
}

/* ---- before a read ---- */

/* One that nothing has kept the thread from since it used it has not waited, and neither has one
 * that nothing lies on. */
static void close_one(struct unread *unread, struct stream *stream, const struct log_call *call,
                      uint32_t task)
{
    if (!is_there(unread, call->fd))
        return;
    if (slot_of(unread, call->fd)->long_calls != unread->long_calls && bytes_unread(call->fd))
        record_left(stream, call->fd, call->begin, task);
    slot_of(unread, call->fd)->number = 0;
}

void unread_before(struct unread *unread, struct stream *stream, const struct log_call *call,
                   uint32_t task)
{
    enum call_role role = call_role(call->id);
    if (role == ROLE_CLOSE) {
        close_one(unread, stream, call, task);
    } else if (unread_asks_before(unread, role, call->fd)) {
        record_one(stream, call, task, TRACE_UNREAD_READ, call->begin);
    }
}

/* ---- after a call ---- */

static bool is_watched(const struct log_call *call, int fd)
{
    for (size_t i = 0; i < call->watched_count; i++)
        if (call->watched[i].fd == fd)
            return true;
    return fd == call->fd;
}

static size_t collect_others(const struct unread *unread, const struct log_call *call,
                             struct pollfd others[UNREAD_SLOTS])
{
    size_t count = 0;
    for (size_t i = 0; i < UNREAD_SLOTS; i++) {
        int fd = unread->slots[i].number - 1;
        bool is_told = unread->slots[i].long_calls == unread->long_calls;
        if (fd >= 0 && !is_told && !is_watched(call, fd))
            others[count++] = (struct pollfd){fd, POLLIN, 0};
    }
    return count;
}

static void look_behind(const struct unread *unread, struct stream *stream,
                        const struct log_call *call, uint32_t task)
{
    struct pollfd others[UNREAD_SLOTS];
    struct items items = {.count = 0};
    size_t count = collect_others(unread, call, others);
    if (!count || REAL(poll)(others, count, 0) <= 0)
        return;
    for (size_t i = 0; i < count; i++)
        if (others[i].revents & POLLIN)
            items.count += look(others[i].fd, &items.list[items.count]);
    record_items(stream, call, task, TRACE_UNREAD_BEHIND, &items, clock_kernel_now());
}

void unread_computed(struct unread *unread, struct stream *stream, const struct log_call *call,
                     uint32_t task)
{
    unread->long_calls++;
    look_behind(unread, stream, call, task);
}

static void add_reported(struct items *items, int fd, bool readable)
{
    if (fd >= 0 && items->count < TRACE_MAX_UNREAD)
        items->list[items->count++] =
            (struct trace_unread_item){fd, readable ? TRACE_UNREAD_SOME : 0, UINT64_MAX};
}

static bool collect_polled(struct items *items, const struct log_call *call)
{
    bool writable = false;
    for (size_t i = 0; i < call->watched_count; i++) {
        short events = call->watched[i].revents;
        writable |= (events & POLLOUT) != 0;
        if (events)
            add_reported(items, call->watched[i].fd, events & ~POLLOUT);
    }
    return writable;
}

static bool collect_epolled(struct items *items, const struct log_call *call, int64_t count)
{
    bool writable = false;
    for (int64_t i = 0; i < count; i++) {
        const struct epoll_event *event = &call->events[i];
        writable |= (event->events & EPOLLOUT) != 0;
        add_reported(items, epoll_data_find(call->fd, event->data.u64),
                     event->events & ~(uint32_t)EPOLLOUT);
    }
    return writable;
}

/* One that can be read from is going to be read from now: that says nothing new. */
static void record_reported(struct stream *stream, const struct log_call *call, int64_t ready,
                            uint32_t task)
{
    struct items items;
    items.count = 0;
    bool writable =
        call->events ? collect_epolled(&items, call, ready) : collect_polled(&items, call);
    if (ready > 1 || writable)
        record_items(stream, call, task, TRACE_UNREAD_REPORTED, &items, clock_kernel_now());
}

/* Where a thread waits for many it is not blocked by one of them; a task that does holds up the
 * others. */
static bool waits_for_many(const struct log_call *call)
{
    bool holds_tasks =
        call->flags & TRACE_FLAG_HAD_TASKS && !(call->flags & TRACE_FLAG_COOPERATIVE);
    return !holds_tasks && (call_role(call->id) == ROLE_EPOLL || call->watched_count > 1);
}

/* A loop inside of the thread's loop waits for others than that does, and blocks it. What looks so
 * and is none, as two loops in turn, costs looks. */
static bool may_be_nested(struct unread *unread, const struct log_call *call)
{
    int32_t before = unread->set;
    if (call_role(call->id) != ROLE_EPOLL)
        return before != 0;
    unread->set = call->fd + 1;
    return before != 0 && before != unread->set;
}

/* What the wait of such a task has said to be ready has not waited behind it. */
static void note_epolled(struct unread *unread, const struct log_call *call, int64_t count)
{
    for (int64_t i = 0; call->events && i < count; i++) {
        int fd = epoll_data_find(call->fd, call->events[i].data.u64);
        if (is_there(unread, fd))
            slot_of(unread, fd)->long_calls = unread->long_calls;
    }
}

/* ---- what the kernel held back ---- */

/* The thread waits for an answer, and what it has written before leaves only now: the last part of
 * a request that waits for the first one to be acknowledged. */
static void look_held_back(struct stream *stream, const struct log_call *call, uint64_t blocked,
                           uint32_t task)
{
    struct tcp_info info;
    socklen_t size = sizeof info;
    if (call->fd < 0 || !ask(call->fd, IPPROTO_TCP, TCP_INFO, &info, &size))
        return;
    uint64_t age = info.tcpi_last_data_sent * NS_PER_MS;
    if (age + UNREAD_HELD_BACK_NS > blocked)
        return;
    const struct items items = {{{call->fd, 0, age}}, 1};
    record_items(stream, call, task, TRACE_UNREAD_HELD_BACK, &items, clock_kernel_now());
}

static bool waits_for_one(const struct log_call *call)
{
    enum call_role role = call_role(call->id);
    return call_role_reads(role) || role == ROLE_WAIT;
}

/* Where the call waited, or was told what is ready. */
static __attribute__((noinline)) void look_after(struct unread *unread, struct stream *stream,
                                                 const struct log_call *call, int64_t result,
                                                 uint64_t blocked, uint32_t task)
{
    if ((call->watched_count || call->events) && result > 0)
        record_reported(stream, call, result, task);
    if (blocked >= UNREAD_HELD_BACK_NS && result > 0 && waits_for_one(call))
        look_held_back(stream, call, blocked, task);
    if (blocked >= TRACE_LONG_CALL_NS && (!waits_for_many(call) || may_be_nested(unread, call))) {
        unread->long_calls++;
        note_epolled(unread, call, result);
        if (blocked >= UNREAD_BEHIND_NS)
            look_behind(unread, stream, call, task);
    }
}

void unread_after(struct unread *unread, struct stream *stream, const struct log_call *call,
                  int64_t result, uint64_t blocked, uint32_t task)
{
    enum call_role role = call_role(call->id);
    if (role == ROLE_TLS_WRITE && result > 0 && call->fd >= 0)
        record_one(stream, call, task, TRACE_UNREAD_BASELINE, clock_kernel_now());
    if (blocked >= TRACE_LONG_CALL_NS || call->watched_count || call->events)
        look_after(unread, stream, call, result, blocked, task);
    /* Who has only looked whether something is there leaves it to the read to ask since when. */
    if (role != ROLE_WAIT || blocked >= TRACE_LONG_CALL_NS)
        unread_note_use(unread, role, call->fd);
}
