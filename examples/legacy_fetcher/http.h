/*
 * http.h: one HTTP/1.1 request and its answer over a connection.
 */
#ifndef LEGACY_FETCHER_HTTP_H
#define LEGACY_FETCHER_HTTP_H

#include "check.h"
#include "connection.h"

/* Sends a GET request. False with an error. */
bool http_send_request(struct connection *connection, const struct url *url, struct error *error);

/*
 * Reads the answer to its end, and hands the body to `check` when the status is 200.
 *
 * Stores the status, 0 while there is none, and the size of the body, as far as it came. False with
 * an error when the answer is not whole, its body is not right, or its status is 400 or more.
 */
bool http_read_answer(struct connection *connection, struct check *check, int *status,
                      uint64_t *body_size, struct error *error);

#endif
