/*
 * http_line.h: the first line of a message of HTTP, and what of it may be kept.
 */
#ifndef LOG_HTTP_LINE_H
#define LOG_HTTP_LINE_H

#include "sys/text.h"

#include <stdbool.h>
#include <stddef.h>

/* Whether these bytes begin a request. If so, `kept` is its method and path: "GET /users/{id}". */
bool http_line_request(const char *bytes, size_t size, struct text *kept);

/* The status that these bytes begin to answer with, or 0. */
unsigned http_line_status(const char *bytes, size_t size);

/* Whether these bytes begin a connection of HTTP/2. */
bool http_line_is_2(const char *bytes, size_t size);

#endif
