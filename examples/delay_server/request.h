/*
 * request.h: reads the head of an HTTP request: GET or HEAD, HTTP/1.0 or 1.1, without a body.
 */
#ifndef DELAY_SERVER_REQUEST_H
#define DELAY_SERVER_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

struct request {
    const char *path; /* without the query; within the text that was parsed */
    int refuse;       /* 0, or the HTTP status that says what is wrong */
    int minor;        /* of the version: HTTP/1.minor */
    bool head_only;
    bool keep_alive;
};

/*
 * Parses the request at the start of `text` (`size` bytes), and writes into it on the way.
 *
 * Returns the size of the request's head, or 0 when there is more to come: then `text` is as it
 * was. A request that is refused cannot be followed by another: keep_alive is false.
 */
size_t request_parse(char *text, size_t size, struct request *request);

#endif
