/*
 * http.h: what a trace keeps of HTTP when it is asked to (GREQ_HTTP=1): of a request its method and
 * the path without query, in which whatever may identify somebody or something is "{id}"; of an
 * answer its status. Nothing else of what is sent and received is ever kept, not even for a moment.
 *
 * Looked at is the begin of what is written after a read, or read after a write: there a message
 * begins. It counts only if it looks like the first line of one, and lies there whole. Without
 * being asked to, the trace has no more than that a connection speaks HTTP/2 (log/first.h).
 *
 * What is written is looked at before it is: when the write has returned another thread may know
 * already that it has come, and have unmapped it. What it says is kept on the caller's stack until
 * it is known how much of it was written.
 *
 * Never blocks, never allocates.
 */
#ifndef LOG_HTTP_H
#define LOG_HTTP_H

#include "config/config.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct log_call;
struct stream;

/* What is kept of a message's first line. */
struct http_line {
    size_t shown;    /* so many bytes show it; 0: no message begins there */
    uint16_t what;   /* enum trace_http_what */
    uint16_t status; /* of an answer */
    char text[224];  /* of a request: method, and 8 parts of a path */
};

/* Whether anybody wants to know. */
static inline bool http_on(void)
{
    return __builtin_expect(config.http, 0);
}

/* What is about to be written to a descriptor, or has been read: fills in what message begins there
 * and returns `line`; or returns NULL where none can. `fd`: -1 if it is not known yet. The bytes
 * need not be readable. */
const struct http_line *http_look(struct http_line *line, int fd, bool reads, const void *bytes,
                                  size_t size);

/* The descriptor is a connection from now on. */
void http_open(int fd);

/* A call has ended, and `result` is what it wrote or read: records whether a message begins there.
 */
void http_after(struct stream *stream, const struct log_call *call, int64_t result, uint64_t end,
                uint32_t task);

/* The connection speaks HTTP/2. */
void http_is_2(struct stream *stream, int fd, uint32_t task);

#endif
