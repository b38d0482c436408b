#include "connection.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"

/* How many steps, each about one read or write, a connection makes before it is others' turn. */
#define STEPS_PER_TURN 16

/* A step that made progress, so that the next one is to be tried, returns this. */
#define STEP_DONE ((enum connection_need)(-1))

struct connection *connection_create(int fd, SSL_CTX *context, int64_t hold)
{
    struct connection *connection = malloc(sizeof *connection);
    if (connection)
        *connection = (struct connection){.transport.fd = -1};
    if (!connection || !transport_open(&connection->transport, fd, context))
        goto cleanup;
    connection->in = malloc(CONNECTION_BUFFER);
    connection->out = malloc(CONNECTION_BUFFER);
    if (!connection->in || !connection->out)
        goto cleanup;
    connection->state = context && hold ? CONNECTION_HELD : CONNECTION_HANDSHAKES;
    connection->due = clock_now() + hold;
    return connection;

cleanup:
    connection_destroy(connection);
    return NULL;
}

void connection_destroy(struct connection *connection)
{
    if (!connection)
        return;
    transport_close(&connection->transport);
    free(connection->in);
    free(connection->out);
    free(connection);
}

static enum connection_need need_of(enum transport_result result)
{
    switch (result) {
    case TRANSPORT_DONE:
        return STEP_DONE;
    case TRANSPORT_WANTS_READ:
        return NEED_READ;
    case TRANSPORT_WANTS_WRITE:
        return NEED_WRITE;
    default:
        return NEED_CLOSE;
    }
}

static enum connection_need step_until_due(struct connection *connection,
                                           enum connection_state next)
{
    if (clock_now() < connection->due)
        return NEED_TIME;
    connection->state = next;
    return STEP_DONE;
}

static enum connection_need step_handshake(struct connection *connection)
{
    enum transport_result result = transport_handshake(&connection->transport);
    if (result == TRANSPORT_DONE)
        connection->state = CONNECTION_READS;
    return need_of(result);
}

static void start_answer(struct connection *connection)
{
    connection->due = clock_now() + connection->answer.delay;
    connection->state = CONNECTION_DELAYS;
}

/* Looks for a whole request in what has come; the answer to it begins if there is one. */
static bool take_request(struct connection *connection)
{
    struct request request;
    size_t size = request_parse(connection->in, connection->in_used, &request);
    if (size > 0)
        answer_choose(&request, &connection->answer);
    else if (connection->in_used == CONNECTION_BUFFER)
        answer_refuse(431, &connection->answer);
    else
        return false;
    connection->in_used -= size;
    memmove(connection->in, connection->in + size, connection->in_used);
    start_answer(connection);
    return true;
}

static enum connection_need step_read(struct connection *connection)
{
    size_t got = 0;
    if (take_request(connection))
        return STEP_DONE;
    enum transport_result result =
        transport_read(&connection->transport, connection->in + connection->in_used,
                       CONNECTION_BUFFER - connection->in_used, &got);
    connection->in_used += got;
    return need_of(result);
}

static enum connection_need finish_answer(struct connection *connection)
{
    switch (connection->answer.ending) {
    case ENDING_KEEP:
        connection->state = CONNECTION_READS;
        return STEP_DONE;
    case ENDING_CLOSE:
        transport_end(&connection->transport);
        connection->state = CONNECTION_DRAINS;
        return STEP_DONE;
    case ENDING_STALL:
        connection->state = CONNECTION_STALLS;
        return STEP_DONE;
    case ENDING_CUT:
    default:
        return NEED_CLOSE;
    }
}

static enum connection_need step_write(struct connection *connection)
{
    if (connection->out_sent == connection->out_used) {
        connection->out_sent = 0;
        connection->out_used =
            answer_produce(&connection->answer, connection->out, CONNECTION_BUFFER);
        if (connection->out_used == 0)
            return finish_answer(connection);
    }
    size_t sent = 0;
    enum transport_result result =
        transport_write(&connection->transport, connection->out + connection->out_sent,
                        connection->out_used - connection->out_sent, &sent);
    connection->out_sent += sent;
    return need_of(result);
}

static enum connection_need step(struct connection *connection)
{
    switch (connection->state) {
    case CONNECTION_HELD:
        return step_until_due(connection, CONNECTION_HANDSHAKES);
    case CONNECTION_HANDSHAKES:
        return step_handshake(connection);
    case CONNECTION_READS:
        return step_read(connection);
    case CONNECTION_DELAYS:
        return step_until_due(connection, CONNECTION_WRITES);
    case CONNECTION_WRITES:
        return step_write(connection);
    case CONNECTION_DRAINS:
        /* Closing with input unread would reset the connection, and the answer could be lost. */
        return need_of(transport_drain(&connection->transport));
    case CONNECTION_STALLS:
    default:
        return NEED_NOTHING;
    }
}

enum connection_need connection_advance(struct connection *connection)
{
    for (int i = 0; i < STEPS_PER_TURN; i++) {
        enum connection_need need = step(connection);
        if (need != STEP_DONE)
            return need;
    }
    return NEED_TURN;
}
