/*
 * answer.h: what a request gets. answer_choose() decides, answer_produce() makes the bytes piece by
 * piece, so that /bytes/N needs no memory for N. Knows nothing of connections.
 */
#ifndef DELAY_SERVER_ANSWER_H
#define DELAY_SERVER_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "request.h"

/* What answer_produce() needs at least: a head with a whole text. */
#define ANSWER_MIN_BUFFER 1024

enum answer_framing { FRAMING_LENGTH, FRAMING_CHUNKED, FRAMING_UNTIL_CLOSE };

/* What happens when all that answer_produce() makes has been sent. */
enum answer_ending {
    ENDING_KEEP,  /* the connection is ready for the next request */
    ENDING_CLOSE, /* an orderly end */
    ENDING_CUT,   /* the connection is closed without a word: a fault on purpose */
    ENDING_STALL, /* nothing happens any more: a fault on purpose */
};

struct answer {
    int64_t delay; /* ns to wait before the first byte */
    enum answer_ending ending;
    int status;
    enum answer_framing framing;
    bool head_done;
    bool last_chunk_due;
    uint64_t size;   /* of the body, as announced */
    uint64_t offset; /* of the body's next byte */
    uint64_t stop;   /* the body is made up to here */
    char text[256];  /* the body when it is a text; else it is body.h's bytes */
};

void answer_choose(const struct request *request, struct answer *answer);

/* The answer to a request that is too long to be looked at. */
void answer_refuse(int status, struct answer *answer);

/* Writes the next piece of the answer. Returns its size; 0 when there is no more. */
size_t answer_produce(struct answer *answer, char *to, size_t size);

#endif
