/*
 * transport.h: bytes to and from a client, through TLS or plain. Nothing here blocks, prints or
 * keeps an error: a transport that failed is only good for transport_close().
 */
#ifndef DELAY_SERVER_TRANSPORT_H
#define DELAY_SERVER_TRANSPORT_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>

struct transport {
    int fd;   /* non-blocking, owned */
    SSL *ssl; /* owned; NULL: plain */
};

enum transport_result {
    TRANSPORT_DONE,
    TRANSPORT_WANTS_READ,  /* try again when the descriptor is readable */
    TRANSPORT_WANTS_WRITE, /* ... writable */
    TRANSPORT_ENDED,       /* the client has ended it */
    TRANSPORT_FAILED,
};

/* Takes over `fd` in any case. `context` NULL: plain. False without memory. */
bool transport_open(struct transport *transport, int fd, SSL_CTX *context);

enum transport_result transport_handshake(struct transport *transport);
enum transport_result transport_read(struct transport *transport, char *to, size_t size,
                                     size_t *got);
enum transport_result transport_write(struct transport *transport, const char *from, size_t size,
                                      size_t *sent);

/* Says that nothing more will be sent. Reading goes on. */
void transport_end(struct transport *transport);

/* Reads and drops raw bytes; never TRANSPORT_DONE. For after transport_end(). */
enum transport_result transport_drain(struct transport *transport);

/* Closes without a further word: without transport_end() a TLS client sees a cut connection. */
void transport_close(struct transport *transport);

#endif
