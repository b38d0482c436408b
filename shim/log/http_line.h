/*
 * http_line.h: the first line of a message of HTTP, and what of it may be kept.
 */
#ifndef LOG_HTTP_LINE_H
#define LOG_HTTP_LINE_H

#include "sys/text.h"

#include <stdbool.h>
#include <stddef.h>

/* What a request's line begins with: method and path, "GET /users/{id}", and how many bytes show
 * that it is one. 0: these bytes begin no request, and nothing is added to `kept`. */
size_t http_line_request(const char *bytes, size_t size, struct text *kept);

/* So many bytes show an answer's status. */
#define HTTP_LINE_STATUS (sizeof "HTTP/1.1 200" - 1)

/* The status that these bytes begin to answer with, or 0. */
unsigned http_line_status(const char *bytes, size_t size);

/* Whether these bytes begin a connection of HTTP/2. */
bool http_line_is_2(const char *bytes, size_t size);

#endif
