#include "answer.h"

#include <stdio.h>
#include <string.h>

#include "body.h"
#include "parse.h"

#define MAX_BYTES   UINT64_C(1000000000000)
#define CHUNK_FRAME 32 /* room for a chunk's size line, its line end and the last chunk */

static const struct {
    int status;
    const char *reason;
} reasons[] = {
    {200, "OK"},
    {204, "No Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {304, "Not Modified"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {413, "Content Too Large"},
    {418, "I'm a Teapot"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
};

static const char *reason_of(int status)
{
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        if (reasons[i].status == status)
            return reasons[i].reason;
    return "Status";
}

static void set_text_size(struct answer *answer)
{
    answer->size = strlen(answer->text);
    answer->stop = answer->size;
}

static void choose_status(struct answer *answer, int status)
{
    answer->status = status;
    snprintf(answer->text, sizeof answer->text, "{\"status\": %d, \"reason\": \"%s\"}\n", status,
             reason_of(status));
    set_text_size(answer);
}

/*
 * The routes. Each is given the path's part behind its own prefix, and returns false when that is
 * not what it takes. The answer it fills in is zeroed, but for its ending, and has status 200.
 */

static bool route_delay(const char *rest, struct answer *answer)
{
    if (!parse_seconds(rest, &answer->delay))
        return false;
    double seconds = (double)answer->delay / 1e9;
    int size = snprintf(answer->text, sizeof answer->text,
                        "{\"path\": \"/delay/%s\", \"delay\": %g}\n", rest, seconds);
    set_text_size(answer);
    return size < (int)sizeof answer->text;
}

static bool route_bytes(const char *rest, struct answer *answer)
{
    bool known = parse_number(rest, MAX_BYTES, &answer->size);
    answer->stop = answer->size;
    return known;
}

static bool route_stream_bytes(const char *rest, struct answer *answer)
{
    answer->framing = FRAMING_CHUNKED;
    return route_bytes(rest, answer);
}

static bool route_until_close(const char *rest, struct answer *answer)
{
    answer->framing = FRAMING_UNTIL_CLOSE;
    return route_bytes(rest, answer);
}

static bool route_truncate(const char *rest, struct answer *answer)
{
    bool known = route_bytes(rest, answer);
    answer->stop = answer->size / 2;
    answer->ending = ENDING_CUT;
    return known;
}

static bool route_status(const char *rest, struct answer *answer)
{
    uint64_t status;
    if (!parse_number(rest, 599, &status) || status < 200)
        return false;
    choose_status(answer, (int)status);
    return true;
}

static bool route_close(const char *rest, struct answer *answer)
{
    answer->ending = ENDING_CUT;
    answer->head_done = true;
    return *rest == '\0';
}

static bool route_stall(const char *rest, struct answer *answer)
{
    answer->ending = ENDING_STALL;
    answer->size = 1000;
    return *rest == '\0';
}

static const struct {
    const char *prefix;
    bool (*choose)(const char *rest, struct answer *answer);
} routes[] = {
    {"/delay/", route_delay},
    {"/bytes/", route_bytes},
    {"/stream-bytes/", route_stream_bytes},
    {"/until-close/", route_until_close},
    {"/truncate/", route_truncate},
    {"/status/", route_status},
    {"/close", route_close},
    {"/stall", route_stall},
};

static bool choose_route(const char *path, struct answer *answer)
{
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
        size_t length = strlen(routes[i].prefix);
        if (strncmp(path, routes[i].prefix, length) == 0)
            return routes[i].choose(path + length, answer);
    }
    return false;
}

static void start(struct answer *answer, bool keep_alive)
{
    *answer = (struct answer){.status = 200, .ending = keep_alive ? ENDING_KEEP : ENDING_CLOSE};
}

/* HTTP/1.0 knows no chunks, and without either the end of the connection ends the body. */
static void settle_framing(struct answer *answer, int minor)
{
    if (answer->framing == FRAMING_CHUNKED && minor == 0)
        answer->framing = FRAMING_UNTIL_CLOSE;
    if (answer->framing == FRAMING_UNTIL_CLOSE && answer->ending == ENDING_KEEP)
        answer->ending = ENDING_CLOSE;
    answer->last_chunk_due = answer->framing == FRAMING_CHUNKED;
}

static void drop_body(struct answer *answer)
{
    answer->stop = 0;
    answer->last_chunk_due = false;
}

void answer_refuse(int status, struct answer *answer)
{
    start(answer, false);
    choose_status(answer, status);
}

void answer_choose(const struct request *request, struct answer *answer)
{
    if (request->refuse) {
        answer_refuse(request->refuse, answer);
        return;
    }
    start(answer, request->keep_alive);
    if (!choose_route(request->path, answer)) {
        start(answer, request->keep_alive);
        choose_status(answer, 404);
    }
    settle_framing(answer, request->minor);
    if (request->head_only || answer->status == 204 || answer->status == 304)
        drop_body(answer);
}

static size_t produce_length(const struct answer *answer, char *to, size_t size)
{
    if (answer->framing == FRAMING_CHUNKED)
        return (size_t)snprintf(to, size, "Transfer-Encoding: chunked\r\n");
    if (answer->framing == FRAMING_UNTIL_CLOSE || answer->status == 204)
        return 0;
    return (size_t)snprintf(to, size, "Content-Length: %llu\r\n", (unsigned long long)answer->size);
}

static size_t produce_head(struct answer *answer, char *to, size_t size)
{
    size_t used =
        (size_t)snprintf(to, size,
                         "HTTP/1.1 %d %s\r\n"
                         "Server: delay_server/" GREQ_VERSION "\r\n"
                         "Content-Type: %s\r\n"
                         "%s",
                         answer->status, reason_of(answer->status),
                         answer->text[0] ? "application/json" : "application/octet-stream",
                         answer->status == 405 ? "Allow: GET, HEAD\r\n" : "");
    used += produce_length(answer, to + used, size - used);
    answer->head_done = true;
    if (answer->ending == ENDING_STALL)
        return used;
    return used + (size_t)snprintf(to + used, size - used, "Connection: %s\r\n\r\n",
                                   answer->ending == ENDING_KEEP ? "keep-alive" : "close");
}

static void copy_body(struct answer *answer, char *to, size_t size)
{
    if (answer->text[0])
        memcpy(to, answer->text + answer->offset, size);
    else
        body_fill(to, size, answer->offset);
    answer->offset += size;
}

static size_t body_left(const struct answer *answer, size_t room)
{
    uint64_t left = answer->stop - answer->offset;
    return left < room ? (size_t)left : room;
}

static size_t produce_chunk(struct answer *answer, char *to, size_t size)
{
    size_t data = body_left(answer, size - CHUNK_FRAME);
    size_t used = 0;
    if (data > 0) {
        used = (size_t)snprintf(to, size, "%zx\r\n", data);
        copy_body(answer, to + used, data);
        memcpy(to + used + data, "\r\n", 2);
        used += data + 2;
    }
    if (answer->offset == answer->stop && answer->last_chunk_due) {
        memcpy(to + used, "0\r\n\r\n", 5);
        used += 5;
        answer->last_chunk_due = false;
    }
    return used;
}

static size_t produce_body(struct answer *answer, char *to, size_t size)
{
    if (answer->framing == FRAMING_CHUNKED)
        return produce_chunk(answer, to, size);
    size_t data = body_left(answer, size);
    copy_body(answer, to, data);
    return data;
}

size_t answer_produce(struct answer *answer, char *to, size_t size)
{
    size_t used = answer->head_done ? 0 : produce_head(answer, to, size);
    return used + produce_body(answer, to + used, size - used);
}
