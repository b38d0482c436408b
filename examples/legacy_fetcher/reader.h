/*
 * reader.h: a connection read through a buffer: by lines, and by pieces of any size. Errors are
 * whole sentences here.
 */
#ifndef LEGACY_FETCHER_READER_H
#define LEGACY_FETCHER_READER_H

#include "connection.h"

struct reader {
    struct connection *connection; /* borrowed */
    char *buffer;
    size_t begin; /* of what is there and not taken yet */
    size_t end;
    bool ended; /* the server has ended the connection */
};

enum reader_result { READER_FAILED = -1, READER_ENDED = 0, READER_GOT = 1 };

/* False with an error. */
bool reader_init(struct reader *reader, struct connection *connection, struct error *error);

/* Makes sure that something is there to take, unless the server has ended the connection. */
enum reader_result reader_fill(struct reader *reader, struct error *error);

/* Takes a line, without its line end; it stays valid until the next call on the reader. NULL when
 * the server ended the connection first (then `ended` is set), or with an error. */
char *reader_take_line(struct reader *reader, struct error *error);

/* Takes at most `limit` bytes of what is there, without reading. Returns how many. */
size_t reader_take(struct reader *reader, uint64_t limit, const char **from);

void reader_finish(struct reader *reader);

#endif
