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

static void read_line(struct http_line *line, const char *bytes, size_t size)
{
    struct text kept = {0};
    line->shown = http_line_request(bytes, size, &kept);
    line->what = TRACE_HTTP_REQUEST;
    line->status = 0;
    if (!line->shown) {
        text_add(&kept, "HTTP/1");
        line->what = TRACE_HTTP_ANSWER;
        line->status = (uint16_t)http_line_status(bytes, size);
        line->shown = line->status ? HTTP_LINE_STATUS : 0;
    }
    const char *text = text_string(&kept);
    size_t length = strnlen(text, sizeof line->text - 1);
    memcpy(line->text, text, length);
    line->text[length] = '\0';
}

/* A first line is no longer. */
enum { LOOKED_AT = 3 * READABLE_PAGE };

/* Whether a message may begin in what is moved in this direction now, or something follows from it
 * that none does. */
static bool may_begin(int fd, enum turn direction)
{
    unsigned turn = turn_of(fd);
    return turn != TURN_NONE && turn != (unsigned)direction;
}

const struct http_line *http_look(struct http_line *line, int fd, bool reads, const void *bytes,
                                  size_t size)
{
    if (fd >= 0 && !may_begin(fd, reads ? TURN_READ : TURN_WROTE))
        return NULL;
    line->shown = 0;
    if (readable(bytes, size < LOOKED_AT ? size : LOOKED_AT))
        read_line(line, bytes, size);
    return line;
}

/* Whose turn it is after a message. */
static unsigned turn_after(const struct http_line *line, enum turn direction)
{
    if (line->status == SWITCHING_PROTOCOLS)
        return TURN_NONE;
    return line->status && line->status < 200 ? direction | TURN_INTERIM : direction;
}

/* What is written after an interim answer is the rest of the request. */
static bool is_rest(int fd, enum turn direction)
{
    unsigned turn = turn_of(fd);
    return turn & TURN_INTERIM && turn != (direction | TURN_INTERIM);
}

static void tell(struct stream *stream, int fd, const struct http_line *line, bool reads,
                 int64_t moved, uint64_t time, uint32_t task)
{
    enum turn direction = reads ? TURN_READ : TURN_WROTE;
    if (!may_begin(fd, direction))
        return;
    if (!line->shown || (uint64_t)moved < line->shown || is_rest(fd, direction)) {
        set_turn(fd, direction);
        return;
    }
    const struct trace_http what = {
        .head = {.time = time, .task = task}, .fd = fd, .what = line->what, .status = line->status};
    record(stream, &what, line->text);
    set_turn(fd, turn_after(line, direction));
}

void http_after(struct stream *stream, const struct log_call *call, int64_t result, uint64_t end,
                uint32_t task)
{
    enum call_role role = call_role(call->id);
    struct http_line read;
    const struct http_line *line = call->line;
    bool reads = role == ROLE_READ || role == ROLE_TLS_READ;
    if (role == ROLE_CLOSE)
        set_turn(call->fd, TURN_NONE);
    else if (reads && call->bytes)
        line = http_look(&read, call->fd, true, call->bytes, call->byte_count);
    if (line && result > 0)
        tell(stream, call->fd, line, reads, result, end, task);
}
