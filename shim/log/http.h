/*
 * http.h: what a trace keeps of HTTP when it is asked to (GREQ_HTTP=1): of a request its method and
 * the path without query, in which whatever may identify somebody or something is "{id}"; of an
 * answer its status. Nothing else of what is sent and received is ever kept, not even for a moment.
 *
 * Looked at is the begin of what is written after a read, or read after a write: there a message
 * begins. It counts only if it looks like the first line of one, and lies there whole. Without
 * being asked to, the trace has no more than that a connection speaks HTTP/2 (log/first.h).
 *
 * Used by the trace alone. Never blocks, never allocates.
 */
#ifndef LOG_HTTP_H
#define LOG_HTTP_H

#include <stdint.h>

struct log_call;
struct stream;

/* The descriptor is a connection from now on. */
void http_open(int fd);

/* A call has ended: records what it wrote or read, if a message begins there. */
void http_after(struct stream *stream, const struct log_call *call, uint64_t end, uint32_t task);

/* The connection speaks HTTP/2. */
void http_is_2(struct stream *stream, int fd, uint32_t task);

#endif
