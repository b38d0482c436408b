#include "log/http.h"

#include "config/config.h"
#include "log/http_line.h"
#include "log/log.h"
#include "log/stream.h"
#include "sys/clock.h"
#include "sys/readable.h"
#include "sys/table.h"

#include <greq/trace_format.h>
#include <string.h>

/* ---- whose turn it is ---- */

/* Of a connection: what was done last. After an answer of 1xx another answer follows, and what is
 * written next is the rest of the request. */
enum turn { TURN_NONE, TURN_FRESH, TURN_WROTE, TURN_READ, TURN_INTERIM = 4 };

/* By descriptor; larger ones are not followed. */
enum { FOLLOWED_MAX = 1 << 14 };
static TABLE unsigned char turns[FOLLOWED_MAX];

static unsigned turn_of(int fd)
{
    bool is_followed = fd >= 0 && fd < FOLLOWED_MAX;
    return is_followed ? __atomic_load_n(&turns[fd], __ATOMIC_RELAXED) : TURN_NONE;
}

static void set_turn(int fd, unsigned turn)
{
    if (fd >= 0 && fd < FOLLOWED_MAX)
        __atomic_store_n(&turns[fd], (unsigned char)turn, __ATOMIC_RELAXED);
}

void http_open(int fd)
{
    if (config.http)
        set_turn(fd, TURN_FRESH);
}

/* ---- records ---- */

enum { SWITCHING_PROTOCOLS = 101 };

static void record(struct stream *stream, const struct trace_http *what, const char *text)
{
    size_t size = strlen(text) + 1;
    struct trace_http *record = stream_reserve(stream, sizeof *record + size, TRACE_HTTP,
                                               what->head.time, what->head.task, NULL);
    if (!record)
        return;
    record->fd = what->fd;
    record->what = what->what;
    record->status = what->status;
    memcpy(record->text, text, size);
    stream_commit(stream);
}

void http_is_2(struct stream *stream, int fd, uint32_t task)
{
    const struct trace_http what = {
        .head = {.time = clock_kernel_now(), .task = task}, .fd = fd, .what = TRACE_HTTP_2};
    set_turn(fd, TURN_NONE);
    record(stream, &what, "HTTP/2");
}

/* ---- messages ---- */

/* Returns the turn after it. */
static unsigned record_message(struct stream *stream, const struct log_call *call,
                               enum turn direction, uint64_t time, uint32_t task)
{
    struct trace_http what = {.head = {.time = time, .task = task}, .fd = call->fd};
    struct text kept = {0};
    if (http_line_request(call->bytes, call->byte_count, &kept)) {
        what.what = TRACE_HTTP_REQUEST;
        record(stream, &what, text_string(&kept));
        return direction;
    }
    what.what = TRACE_HTTP_ANSWER;
    what.status = (uint16_t)http_line_status(call->bytes, call->byte_count);
    if (what.status)
        record(stream, &what, "HTTP/1");
    if (what.status == SWITCHING_PROTOCOLS)
        return TURN_NONE;
    return what.status && what.status < 200 ? direction | TURN_INTERIM : direction;
}

/* A first line is no longer. What was sent may have been unmapped by who has received it. */
enum { LOOKED_AT = 3 * READABLE_PAGE };

static void look(struct stream *stream, const struct log_call *call, enum turn direction,
                 uint64_t time, uint32_t task)
{
    unsigned turn = turn_of(call->fd);
    bool interim = turn & TURN_INTERIM, turned = (turn & ~TURN_INTERIM) != (unsigned)direction;
    if (turn == TURN_NONE || (!turned && !interim))
        return;
    if (turned && interim) /* the rest of the request */
        set_turn(call->fd, direction);
    else if (readable(call->bytes, call->byte_count < LOOKED_AT ? call->byte_count : LOOKED_AT))
        set_turn(call->fd, record_message(stream, call, direction, time, task));
}

void http_after(struct stream *stream, const struct log_call *call, uint64_t end, uint32_t task)
{
    enum call_role role = call_role(call->id);
    if (role == ROLE_CLOSE)
        set_turn(call->fd, TURN_NONE);
    else if (!call->bytes)
        return;
    else if (role == ROLE_WRITE || role == ROLE_TLS_WRITE)
        look(stream, call, TURN_WROTE, end, task);
    else if (role == ROLE_READ || role == ROLE_TLS_READ)
        look(stream, call, TURN_READ, end, task);
}
