/*
 * lifeline.h: what becomes of a connection, in words that all who are told of it share.
 */
#ifndef MODEL_LIFELINE_H
#define MODEL_LIFELINE_H

#include <stdint.h>

/* What a connection is doing; one of them at any time. */
enum lane_state {
    LANE_OPENING, /* connect and handshake */
    LANE_IDLE,    /* open, and nothing is awaited of the peer */
    LANE_FLIGHT,  /* its request is in flight */
    LANE_BLOCKED, /* and a call blocks the thread for it */
    LANE_WAITING, /* for the program: it is ready, or data have come, and nobody is at it */
    LANE_STATES,
};

/* What happened at a moment, as bits. */
enum lane_mark { MARK_SENT = 1, MARK_RECEIVED = 2, MARK_FAILED = 4 };

/* What it had for the program to do. */
enum wait_reason {
    WAIT_TO_BE_USED, /* it was opened, and nobody had come to it */
    WAIT_TO_BE_READ, /* data lay unread */
};

/* What became of a connection. Times are ns, 0 for what never happened. */
struct lifeline {
    uint64_t opened;
    uint64_t ready;    /* connected, and the handshake done */
    uint64_t sent;     /* the first request */
    uint64_t answered; /* the first answer began to be read */
    uint64_t closed;
    uint64_t requests;
    uint64_t bytes_sent; /* as far as known */
    uint64_t bytes_received;
    unsigned blocker; /* the function that blocked its thread longest for it */
    uint64_t blocked; /* ns of that call; 0: none did */
};

/* Who makes a call. */
struct caller {
    uint32_t pid;
    uint32_t thread;
    uint32_t task;
};

#endif
