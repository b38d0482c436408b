/*
 * peer_client.h: connections to the runner's peer, whose scripts tests/support/peer.h describes.
 */
#ifndef VICTIMS_PEER_CLIENT_H
#define VICTIMS_PEER_CLIENT_H

#include <openssl/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Connects and sends the script. Returns the descriptor; ends the program when that fails. */
int peer_open(const char *script, ...) __attribute__((format(printf, 1, 2)));

/* A listener on a free port of 127.0.0.1; its port goes to `*port`. */
int listen_loopback(int *port, int backlog);

/* As connect(2), to a port of 127.0.0.1. */
int connect_loopback(int fd, int port);

/* A listener of the peer's whose queue is full. peer_full_port() tells its port; `wait_ms` after
 * peer_full_begin() there will be room. The descriptor is to be closed at the end. */
int peer_full(int wait_ms);
int peer_full_port(int peer);
void peer_full_begin(int peer);

/* A client's context that trusts the peer's certificates and verifies them. Shared; never NULL. */
SSL_CTX *peer_trust(void);

/* A server's context with the peer's own certificate. Shared; never NULL. */
SSL_CTX *peer_server(void);

/* An SSL for a connection, in connect state, verifying the name localhost; to be freed by
 * SSL_free(), which leaves the descriptor open. */
SSL *peer_tls(int fd);

#ifdef __cplusplus
}
#endif

#endif
