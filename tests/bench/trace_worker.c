/*
 * trace_worker.c: see trace_worker.h. Records come in the order in which the shim writes them: what
 * a call is about before it, the call, what was found at its end, its stack.
 */
#include "trace_worker.h"

#include "real/calls.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>

enum {
    US = 1000,
    MS = 1000 * US,
    RECONNECT_EVERY = 100, /* rounds */
    SITES = 36,
    DEPTH = 12, /* of the stacks */
    EPOLL_FD = 3,
    REQUEST = 120, /* bytes */
    ANSWER = 900,
};

/* Of this program: its first byte of code, so that sites have names to be looked up. */
extern const char __executable_start[];

#define ADD(worker, record) \
    trace_stream_add(&(worker)->stream, &(record).head, sizeof(record), NULL, 0)
#define ADD_TEXT(worker, record, text) \
    trace_stream_add(&(worker)->stream, &(record).head, sizeof(record), text, strlen(text) + 1)

static struct trace_record head(const struct trace_worker *worker, uint32_t id, uint32_t task)
{
    return (struct trace_record){worker->now, id, task};
}

static uint64_t address_of(unsigned site)
{
    return (uint64_t)(uintptr_t)__executable_start + 0x1100 + 32 * (site % SITES);
}

/* Returns when the call began. The thread's clock stays there: see pass(). */
static uint64_t add_call(struct trace_worker *worker, unsigned call, int fd, uint64_t duration,
                         int64_t result)
{
    struct trace_call record = {
        .head = head(worker, TRACE_CALL, 0),
        .duration = duration,
        .result = result,
        .caller = address_of(call),
        .fd = fd,
        .call = (uint16_t)call,
    };
    ADD(worker, record);
    return worker->now;
}

static void pass(struct trace_worker *worker, uint64_t duration)
{
    worker->now += duration;
}

/* A call that returns at once, and the little that the program does behind it. */
static void do_call(struct trace_worker *worker, unsigned call, int fd, int64_t result)
{
    add_call(worker, call, fd, 4 * US, result);
    pass(worker, 6 * US);
}

static void add_stack(struct trace_worker *worker, uint64_t call_begin, uint32_t task,
                      unsigned site)
{
    uint64_t frames[DEPTH];
    struct trace_long_call record = {
        .head = head(worker, TRACE_LONG_CALL, task),
        .call_begin = call_begin,
        .cpu = (worker->now - worker->stream.packet.process_start) / 4,
        .frame_count = DEPTH,
    };
    for (unsigned i = 0; i < DEPTH; i++)
        frames[i] = address_of(i < 3 ? site + i : i);
    trace_stream_add(&worker->stream, &record.head, sizeof record, frames, sizeof frames);
}

/* What the thread has used so far: at its begin, or before a call, with the stack of that. */
static void add_sample(struct trace_worker *worker, enum trace_sample_reason reason,
                       unsigned before, int fd, unsigned depth)
{
    uint64_t frames[DEPTH];
    struct trace_sample record = {
        .head = head(worker, TRACE_SAMPLE, 0),
        .cpu = (worker->now - worker->stream.packet.process_start) / 4,
        .run_queue = depth ? UINT64_MAX : 0,
        .tid = worker->stream.packet.tid,
        .reason = (uint16_t)reason,
        .before = (uint16_t)before,
        .fd = fd,
        .frame_count = depth,
    };
    for (unsigned i = 0; i < depth; i++)
        frames[i] = address_of(i < 3 ? worker->rounds % 200 + i : i);
    trace_stream_add(&worker->stream, &record.head, sizeof record, frames, depth * sizeof *frames);
}

static void add_peer(struct trace_worker *worker, int fd, uint32_t task)
{
    char text[32];
    struct trace_peer record = {head(worker, TRACE_PEER, task), fd, TRACE_PEER_CONNECT};
    snprintf(text, sizeof text, "127.0.0.%d:443", 1 + fd % 8);
    ADD_TEXT(worker, record, text);
}

static void add_unread(struct trace_worker *worker, uint64_t call_begin, uint32_t reason, int fd,
                       uint32_t count)
{
    struct trace_unread_item items[THREAD_CONNECTIONS];
    struct trace_unread record = {
        .head = head(worker, TRACE_UNREAD, 0),
        .call_begin = call_begin,
        .reason = reason,
        .count = count,
    };
    for (uint32_t i = 0; i < count; i++)
        items[i] = (struct trace_unread_item){fd + (int)i, ANSWER, 4 * MS};
    trace_stream_add(&worker->stream, &record.head, sizeof record, items, count * sizeof *items);
}

static void add_watch(struct trace_worker *worker, int fd)
{
    const struct trace_watched watched = {fd, POLLIN};
    struct trace_watch record = {head(worker, TRACE_WATCH, 0), worker->now, 1, 1};
    trace_stream_add(&worker->stream, &record.head, sizeof record, &watched, sizeof watched);
}

static void look_up_name(struct trace_worker *worker)
{
    struct trace_name record = {head(worker, TRACE_NAME, 0), worker->now};
    ADD_TEXT(worker, record, "host.example");
    do_call(worker, CALL_getaddrinfo, -1, 0);
}

/* Opens its connections, or opens them anew, every so many rounds. */
static void connect_all(struct trace_worker *worker)
{
    if (worker->rounds++ % RECONNECT_EVERY)
        return;
    look_up_name(worker);
    for (int i = 0; i < THREAD_CONNECTIONS; i++) {
        int fd = worker->first_fd + i;
        if (worker->rounds > 1)
            do_call(worker, CALL_close, fd, 0);
        add_peer(worker, fd, 0);
        add_call(worker, CALL_connect, fd, 300 * US, 0);
        pass(worker, 310 * US);
    }
}

void trace_worker_begin(struct trace_worker *worker, const char *directory, uint32_t pid,
                        uint32_t number, uint64_t start)
{
    *worker = (struct trace_worker){
        .now = start,
        .pid = pid,
        .neighbour = pid + (number ? number - 1 : 1),
        .first_fd = EPOLL_FD + 1 + THREAD_CONNECTIONS * (int)number,
        .tasks = number << 24,
    };
    trace_stream_begin(&worker->stream, directory, pid, number, start);
    struct trace_thread_start record = {head(worker, TRACE_THREAD_START, 0)};
    ADD_TEXT(worker, record, "worker");
    add_sample(worker, TRACE_SAMPLE_BEGIN, TRACE_NO_CALL, -1, 0);
}

/* --- a client that blocks --- */

/* The wait for one answer: mostly short, else with a stack and with what came meanwhile. */
static void wait_for_answer(struct trace_worker *worker, int index)
{
    int fd = worker->first_fd + index;
    bool is_long = index == 0 && worker->rounds % 2 == 0;
    uint64_t duration = is_long ? 12 * MS : 90 * US;
    add_watch(worker, fd);
    uint64_t begin = add_call(worker, CALL_poll, -1, duration, 1);
    pass(worker, duration);
    if (is_long) {
        add_unread(worker, begin, TRACE_UNREAD_BEHIND, fd + 1, 3);
        add_stack(worker, begin, 0, worker->rounds);
    }
    add_unread(worker, worker->now, TRACE_UNREAD_READ, fd, 1);
    do_call(worker, CALL_recv, fd, ANSWER);
}

void trace_worker_client(struct trace_worker *worker)
{
    connect_all(worker);
    add_sample(worker, TRACE_SAMPLE_COMPUTED, CALL_send, worker->first_fd, DEPTH);
    for (int i = 0; i < THREAD_CONNECTIONS; i++)
        do_call(worker, CALL_send, worker->first_fd + i, REQUEST);
    for (int i = 0; i < THREAD_CONNECTIONS; i++)
        wait_for_answer(worker, i);
}

/* --- a client of TLS --- */

void trace_worker_tls(struct trace_worker *worker)
{
    connect_all(worker);
    for (int i = 0; i < THREAD_CONNECTIONS; i++) {
        int fd = worker->first_fd + i;
        uint64_t begin = worker->now, duration = i ? 200 * US : 2 * MS;
        do_call(worker, CALL_SSL_write, fd, REQUEST);
        if (worker->rounds % RECONNECT_EVERY == 1)
            add_unread(worker, begin, TRACE_UNREAD_BASELINE, fd, 1);
        begin = add_call(worker, CALL_SSL_read, fd, duration, ANSWER);
        pass(worker, duration);
        if (i == 0)
            add_stack(worker, begin, 0, worker->rounds);
    }
}

/* --- an event loop --- */

static void watch_by_epoll(struct trace_worker *worker)
{
    for (int i = 0; i < THREAD_CONNECTIONS; i++) {
        struct trace_epoll record = {head(worker, TRACE_EPOLL, 0), EPOLL_FD, worker->first_fd + i,
                                     EPOLL_CTL_ADD, EPOLLIN};
        ADD(worker, record);
    }
}

static void wait_for_lock(struct trace_worker *worker)
{
    uint64_t begin = add_call(worker, CALL_pthread_mutex_lock, -1, 50 * US, 0);
    pass(worker, 50 * US);
    struct trace_lock record = {head(worker, TRACE_LOCK, 0), begin, 0x7f0000001000,
                                (int32_t)worker->neighbour, (int32_t)worker->neighbour};
    ADD(worker, record);
}

static void sleep_in_python(struct trace_worker *worker)
{
    char text[64];
    uint64_t begin = add_call(worker, CALL_nanosleep, -1, 3 * MS, 0);
    pass(worker, 3 * MS);
    struct trace_python_stack record = {head(worker, TRACE_PYTHON_STACK, 0), begin};
    snprintf(text, sizeof text, "handler.py:%u handle\nserver.py:20 serve\n",
             1 + worker->rounds % SITES);
    ADD_TEXT(worker, record, text);
    add_stack(worker, begin, 0, worker->rounds);
}

void trace_worker_loop(struct trace_worker *worker)
{
    connect_all(worker);
    if (worker->rounds % RECONNECT_EVERY == 1)
        watch_by_epoll(worker);
    uint64_t begin = add_call(worker, CALL_epoll_wait, EPOLL_FD, 100 * US, THREAD_CONNECTIONS);
    pass(worker, 100 * US);
    add_unread(worker, begin, TRACE_UNREAD_REPORTED, worker->first_fd, THREAD_CONNECTIONS);
    for (int i = 0; i < THREAD_CONNECTIONS; i++) {
        do_call(worker, CALL_recv, worker->first_fd + i, REQUEST);
        do_call(worker, CALL_send, worker->first_fd + i, ANSWER);
    }
    if (worker->rounds % 2)
        wait_for_lock(worker);
    if (worker->rounds % 8 == 0)
        sleep_in_python(worker);
}

/* --- tasks --- */

static void start_task(struct trace_worker *worker)
{
    struct trace_task_start record = {head(worker, TRACE_TASK_START, ++worker->tasks),
                                      address_of(0), 0, 0};
    ADD(worker, record);
}

static void end_task(struct trace_worker *worker, uint32_t task)
{
    struct trace_task_end record = {head(worker, TRACE_TASK_END, task)};
    ADD(worker, record);
}

/* A call of a task that is parked in it until `parked` ns have gone by; other records follow. */
static void park(struct trace_worker *worker, uint32_t task, int fd, uint64_t parked)
{
    struct trace_call record = {
        .head = head(worker, TRACE_CALL, task),
        .duration = parked + US,
        .parked = parked,
        .result = ANSWER,
        .caller = address_of(task),
        .fd = fd,
        .call = CALL_recv,
        .flags = TRACE_FLAG_COOPERATIVE | TRACE_FLAG_HAD_TASKS,
    };
    ADD(worker, record);
    pass(worker, 5 * US);
}

void trace_worker_tasks(struct trace_worker *worker)
{
    uint64_t begins[THREAD_CONNECTIONS];
    connect_all(worker);
    if (worker->rounds % RECONNECT_EVERY == 1)
        for (int i = 0; i < THREAD_CONNECTIONS; i++)
            start_task(worker);
    uint32_t first = worker->tasks - THREAD_CONNECTIONS + 1;
    for (int i = 0; i < THREAD_CONNECTIONS; i++) {
        begins[i] = worker->now;
        do_call(worker, CALL_send, worker->first_fd + i, REQUEST);
        park(worker, first + (uint32_t)i, worker->first_fd + i, 1500 * US);
    }
    struct trace_idle idle = {head(worker, TRACE_IDLE, 0), 1300 * US};
    ADD(worker, idle);
    pass(worker, 1600 * US);
    add_stack(worker, begins[0] + 6 * US, first, worker->rounds);
    if (worker->rounds % RECONNECT_EVERY == 0)
        for (int i = 0; i < THREAD_CONNECTIONS; i++)
            end_task(worker, first + (uint32_t)i);
}

/* --- the end --- */

void trace_worker_end(struct trace_worker *worker)
{
    struct trace_count waited = {head(worker, TRACE_COUNT, 0), 5 * MS};
    ADD_TEXT(worker, waited, "run-queue ns");
    struct trace_thread_end record = {head(worker, TRACE_THREAD_END, 0),
                                      (worker->now - worker->stream.packet.process_start) / 4};
    ADD(worker, record);
    trace_stream_end(&worker->stream);
}
