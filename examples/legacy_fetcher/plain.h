/*
 * plain.h: reading and writing without TLS. See connection_read() and connection_write().
 */
#ifndef LEGACY_FETCHER_PLAIN_H
#define LEGACY_FETCHER_PLAIN_H

#include "connection.h"

bool plain_write(struct connection *connection, const char *from, size_t size, struct error *error);
ssize_t plain_read(struct connection *connection, char *to, size_t size, struct error *error);

#endif
