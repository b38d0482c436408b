/*
 * connection.h: one client's connection, from accept to close, as a state machine that never
 * blocks. It says what it needs; the server's loop gives it that and calls again. It knows neither
 * epoll nor the timers.
 */
#ifndef DELAY_SERVER_CONNECTION_H
#define DELAY_SERVER_CONNECTION_H

#include "answer.h"
#include "transport.h"

#define CONNECTION_BUFFER 16384 /* of each direction; also the longest head of a request */

enum connection_state {
    CONNECTION_HELD,       /* the handshake is being delayed */
    CONNECTION_HANDSHAKES, /* TLS */
    CONNECTION_READS,      /* a request is awaited */
    CONNECTION_DELAYS,     /* the answer is not due yet */
    CONNECTION_WRITES,     /* the answer */
    CONNECTION_STALLS,     /* for ever, on purpose */
    CONNECTION_DRAINS,     /* all is said; the client's end is awaited */
};

enum connection_need {
    NEED_NOTHING, /* not even a call: only the client can end this */
    NEED_READ,    /* call when the descriptor is readable */
    NEED_WRITE,   /* ... writable */
    NEED_TIME,    /* call when connection->due has come */
    NEED_TURN,    /* there is more to do, but others are to have their turn first */
    NEED_CLOSE,   /* call connection_destroy() */
};

struct connection {
    enum connection_state state;
    struct transport transport;
    struct answer answer;
    int64_t due; /* ns; for CONNECTION_HELD and CONNECTION_DELAYS */
    size_t in_used;
    size_t out_used;
    size_t out_sent;
    char *in;  /* what has come and is not parsed yet */
    char *out; /* what has been made and is not sent yet */
};

/*
 * Takes over `fd`, in any case. `context` NULL: plain HTTP. `hold` (ns) delays a TLS handshake.
 * Returns NULL without memory.
 */
struct connection *connection_create(int fd, SSL_CTX *context, int64_t hold);

/* Goes as far as it can, but not so far that others starve. */
enum connection_need connection_advance(struct connection *connection);

void connection_destroy(struct connection *connection);

#endif
