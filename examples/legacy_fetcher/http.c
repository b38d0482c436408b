#include "http.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "parse.h"
#include "reader.h"

#define MAX_HEADER_LINES 256

enum framing { FRAMING_UNTIL_CLOSE, FRAMING_LENGTH, FRAMING_CHUNKED, FRAMING_NO_BODY };

struct answer {
    int status;
    char reason[64];
    enum framing framing;
    uint64_t length; /* FRAMING_LENGTH */
};

bool http_send_request(struct connection *connection, const struct url *url, struct error *error)
{
    char *request = NULL;
    const char *open = url->bracketed ? "[" : "", *close = url->bracketed ? "]" : "";
    const char *slash = url->target[0] == '/' ? "" : "/";
    int size = asprintf(&request,
                        "GET %s%.*s HTTP/1.1\r\n"
                        "Host: %s%s%s:%s\r\n"
                        "User-Agent: legacy_fetcher/" GREQ_VERSION "\r\n"
                        "Accept: */*\r\n"
                        "Connection: close\r\n"
                        "\r\n",
                        slash, url->target_size, url->target, open, url->host, close, url->port);
    if (size < 0)
        return error_set(error, "cannot send the request (no memory)");
    bool sent = connection_write(connection, request, (size_t)size, error);
    free(request);
    return sent || error_wrap(error, "cannot send the request");
}

/* A line of the head; the connection must not end there. */
static char *head_line(struct reader *reader, struct error *error)
{
    char *line = reader_take_line(reader, error);
    if (!line && reader->ended)
        error_set(error, "the answer was cut (in its header)");
    return line;
}

/* "HTTP/1.1 200 OK" */
static bool parse_status_line(const char *line, struct answer *answer, struct error *error)
{
    int minor, parsed = 0;
    *answer = (struct answer){0};
    if (sscanf(line, "HTTP/1.%1d %3d%n", &minor, &answer->status, &parsed) < 2 || parsed != 12 ||
        answer->status < 100 || (line[parsed] != ' ' && line[parsed] != '\0'))
        return error_set(error, "bad answer (it does not begin like HTTP/1.1)");
    snprintf(answer->reason, sizeof answer->reason, "%.60s",
             line[parsed] ? line + parsed + 1 : "no reason given");
    return true;
}

static bool parse_length(const char *value, struct answer *answer, struct error *error)
{
    uint64_t length;
    if (!parse_number(value, INT64_MAX, &length) ||
        (answer->framing == FRAMING_LENGTH && answer->length != length))
        return error_set(error, "bad answer (its Content-Length makes no sense)");
    /* Chunks go before a length, which is then meaningless. */
    if (answer->framing != FRAMING_CHUNKED)
        answer->framing = FRAMING_LENGTH;
    answer->length = length;
    return true;
}

static bool parse_encoding(const char *value, struct answer *answer, struct error *error)
{
    if (strcasecmp(value, "chunked") != 0)
        return error_set(error, "bad answer (Transfer-Encoding %.64s is not supported)", value);
    answer->framing = FRAMING_CHUNKED;
    return true;
}

static void trim_end(char *text)
{
    size_t size = strlen(text);
    while (size > 0 && (text[size - 1] == ' ' || text[size - 1] == '\t'))
        text[--size] = '\0';
}

static bool parse_header(char *line, struct answer *answer, struct error *error)
{
    char *value = strchr(line, ':');
    if (!value)
        return error_set(error, "bad answer (a line of its header has no colon)");
    *value++ = '\0';
    value += strspn(value, " \t");
    trim_end(value);
    if (strcasecmp(line, "Content-Length") == 0)
        return parse_length(value, answer, error);
    if (strcasecmp(line, "Transfer-Encoding") == 0)
        return parse_encoding(value, answer, error);
    return true;
}

/* Reads header lines up to the empty one. `answer` NULL: they do not matter. */
static bool read_headers(struct reader *reader, struct answer *answer, struct error *error)
{
    for (int i = 0; i < MAX_HEADER_LINES; i++) {
        char *line = head_line(reader, error);
        if (!line)
            return false;
        if (line[0] == '\0')
            return true;
        if (answer && !parse_header(line, answer, error))
            return false;
    }
    return error_set(error, "bad answer (its header is too long)");
}

static bool read_head(struct reader *reader, struct answer *answer, struct error *error)
{
    switch (reader_fill(reader, error)) {
    case READER_FAILED:
        return false;
    case READER_ENDED:
        return error_set(error, "the server closed the connection without an answer");
    case READER_GOT:
        break;
    }
    char *line = head_line(reader, error);
    if (!line || !parse_status_line(line, answer, error) || !read_headers(reader, answer, error))
        return false;
    if (answer->status == 204 || answer->status == 304)
        answer->framing = FRAMING_NO_BODY;
    return true;
}

static enum reader_result take_bytes(struct reader *reader, uint64_t size, struct check *check,
                                     struct error *error)
{
    while (size > 0) {
        const char *from;
        enum reader_result result = reader_fill(reader, error);
        if (result != READER_GOT)
            return result;
        size_t taken = reader_take(reader, size, &from);
        check_take(check, from, taken);
        size -= taken;
    }
    return READER_GOT;
}

static bool read_by_length(struct reader *reader, uint64_t length, struct check *check,
                           struct error *error)
{
    enum reader_result result = take_bytes(reader, length, check, error);
    if (result == READER_ENDED)
        error_set(error, "the answer was cut (%" PRIu64 " of %" PRIu64 " bytes)", check->size,
                  length);
    return result == READER_GOT;
}

static bool read_until_close(struct reader *reader, struct check *check, struct error *error)
{
    enum reader_result result;
    while ((result = reader_fill(reader, error)) == READER_GOT) {
        const char *from;
        size_t taken = reader_take(reader, UINT64_MAX, &from);
        check_take(check, from, taken);
    }
    if (result == READER_ENDED && reader->connection->cut)
        return error_set(error, "the answer was cut (TLS ended without close_notify)");
    return result == READER_ENDED;
}

/* The size line of a chunk. An extension behind a semicolon is of no interest. */
static bool parse_chunk_size(char *line, uint64_t *size, struct error *error)
{
    size_t digits = strspn(line, "0123456789abcdefABCDEF");
    line[strcspn(line, "; \t")] = '\0';
    if (digits == 0 || digits > 15 || line[digits] != '\0')
        return error_set(error, "bad answer (a chunk's size is not a number)");
    *size = strtoull(line, NULL, 16);
    return true;
}

/* Takes the next line of the framing between chunks. */
static char *chunk_line(struct reader *reader, const struct check *check, struct error *error)
{
    char *line = reader_take_line(reader, error);
    if (!line && reader->ended)
        error_set(error, "the answer was cut (after %" PRIu64 " bytes)", check->size);
    return line;
}

static bool read_chunk(struct reader *reader, uint64_t size, struct check *check,
                       struct error *error)
{
    enum reader_result result = take_bytes(reader, size, check, error);
    if (result == READER_ENDED)
        error_set(error, "the answer was cut (after %" PRIu64 " bytes)", check->size);
    if (result != READER_GOT)
        return false;
    char *line = chunk_line(reader, check, error);
    if (line && line[0] != '\0')
        error_set(error, "bad answer (a chunk is longer than announced)");
    return line && line[0] == '\0';
}

static bool read_chunks(struct reader *reader, struct check *check, struct error *error)
{
    for (;;) {
        uint64_t size = 0;
        char *line = chunk_line(reader, check, error);
        if (!line || !parse_chunk_size(line, &size, error))
            return false;
        if (size == 0)
            return read_headers(reader, NULL, error); /* the trailers */
        if (!read_chunk(reader, size, check, error))
            return false;
    }
}

static bool read_body(struct reader *reader, const struct answer *answer, struct check *check,
                      struct error *error)
{
    switch (answer->framing) {
    case FRAMING_LENGTH:
        return read_by_length(reader, answer->length, check, error);
    case FRAMING_CHUNKED:
        return read_chunks(reader, check, error);
    case FRAMING_UNTIL_CLOSE:
        return read_until_close(reader, check, error);
    case FRAMING_NO_BODY:
    default:
        return true;
    }
}

static bool judge_answer(const struct answer *answer, const struct check *check,
                         struct error *error)
{
    if (answer->status >= 400)
        return error_set(error, "the server answered %d (%s)", answer->status, answer->reason);
    return answer->status != 200 || check_finish(check, error);
}

bool http_read_answer(struct connection *connection, struct check *check, int *status,
                      uint64_t *body_size, struct error *error)
{
    struct reader reader;
    struct answer answer = {0};
    bool right = false;
    if (!reader_init(&reader, connection, error))
        return false;
    do /* 1xx answers only announce the one that counts */
        if (!read_head(&reader, &answer, error))
            goto cleanup;
    while (answer.status < 200);
    *status = answer.status;
    right = read_body(&reader, &answer, check, error) && judge_answer(&answer, check, error);
    *body_size = check->size;

cleanup:
    reader_finish(&reader);
    return right;
}
