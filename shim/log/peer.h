/*
 * peer.h: socket addresses as text.
 */
#ifndef LOG_PEER_H
#define LOG_PEER_H

#include "sys/text.h"

#include <sys/socket.h>

/* Adds "127.0.0.1:443", "[::1]:443", "unix:/path", "unix:@abstract"; nothing for other families. */
void peer_add(struct text *text, const struct sockaddr *peer, socklen_t size);

#endif
