#include "account/served.h"

#include "account/slots.h"
#include "model/call.h"
#include "model/process.h"
#include "model/thread.h"

/* Of a thread. */
struct server {
    uint64_t slept_until;  /* ns; in a wait for many */
    uint64_t slept_before; /* ns; until then, in the wait before that one */
    uint64_t answered;     /* number of the connection that it answered last; 0: none */
    uint64_t answered_at;  /* ns */
    uint64_t another_at;   /* ns; when it last answered any but that one */
};

static struct server *server_of(struct thread *thread)
{
    return kept_of(&thread->kept, SLOT_SERVED);
}

static struct served_request *request_of(struct connection *connection)
{
    return kept_of(&connection->kept, SLOT_SERVED);
}

struct served_request served_request(struct connection *connection)
{
    return *request_of(connection);
}

static struct served_load *load_of(struct process *process)
{
    return kept_get(&process->kept, SLOT_SERVED, sizeof(struct served_load));
}

struct served_load served_load(struct process *process)
{
    return *load_of(process);
}

bool served_answers(struct process *process)
{
    return load_of(process)->has_answered;
}

uint64_t served_slept_until(struct thread *thread)
{
    return server_of(thread)->slept_until;
}

bool served_is_due(struct connection *connection, struct thread *thread)
{
    const struct served_request *request = request_of(connection);
    return request->thread == thread && request->asked >= server_of(thread)->slept_until;
}

uint64_t served_other_answer(struct thread *thread, const struct connection *connection)
{
    const struct server *server = server_of(thread);
    return server->answered == connection->number ? server->another_at : server->answered_at;
}

static void note_answer(struct server *server, const struct connection *connection, uint64_t begun)
{
    if (server->answered != connection->number)
        server->another_at = server->answered_at;
    server->answered = connection->number;
    server->answered_at = begun;
}

static void add_request(struct served_load *load, uint64_t time)
{
    load->requests++;
    load->unanswered++;
    load->asked = time;
}

/* It was answered, or nobody will be. */
static void end_request(struct connection *connection)
{
    if (request_of(connection)->thread)
        load_of(connection->process)->unanswered--;
}

/* A peer that goes on without an answer wants none. */
static void note_request(struct connection *connection, struct thread *thread, uint64_t time)
{
    struct served_request *request = request_of(connection);
    bool is_new = request->thread && !served_is_due(connection, request->thread);
    if (!request->thread)
        add_request(load_of(connection->process), time);
    *request = (struct served_request){thread, time, is_new || request->is_one_of_many};
}

static void note_sleep(struct server *server, uint64_t time)
{
    server->slept_before = server->slept_until;
    server->slept_until = time;
}

/* Whether it stood in the run queue for all but a moment: it was a look for more to do. */
static bool has_not_slept(const struct call *call)
{
    return call->queued <= call->blocked && call->blocked - call->queued < TRACE_LONG_CALL_NS;
}

/* That is told after its end. */
static void know_call(struct listener *listener, struct call *call)
{
    struct server *server = server_of(call->task->thread);
    uint64_t end = call_end_time(call->record.head.time, call->record.duration);
    (void)listener;
    if (call->many && server->slept_until == end && has_not_slept(call))
        server->slept_until = server->slept_before;
}

void served_end_call(const struct call *call, uint64_t time)
{
    struct thread *thread = call->task->thread;
    struct connection *connection = call_subject(call);
    if (call->many && call->blocked >= TRACE_LONG_CALL_NS)
        note_sleep(server_of(thread), time);
    if (!served_is(connection) || connection->is_mixed)
        return;
    if (call->kind.kind == KIND_READ && call->record.result > 0)
        note_request(connection, thread, time);
    if (call->kind.kind == KIND_WRITE) {
        load_of(thread->process)->has_answered |= request_of(connection)->thread != NULL;
        end_request(connection);
        *request_of(connection) = (struct served_request){0};
        note_answer(server_of(thread), connection, call->record.head.time);
    }
}

/* Others ask for its request yet. */
static void close(struct listener *listener, struct connection *connection)
{
    (void)listener;
    end_request(connection);
}

void served_begin(struct served *served)
{
    *served = (struct served){.listener = {.keeps = {SLOT_SERVED, .thread = sizeof(struct server),
                                                     .connection = sizeof(struct served_request)},
                                           .closed = close,
                                           .slow_called = know_call}};
}
