#include "reader.h"

#include <stdlib.h>
#include <string.h>

#define BUFFER_SIZE 16384 /* a TLS record; also the longest line */

bool reader_init(struct reader *reader, struct connection *connection, struct error *error)
{
    *reader = (struct reader){.connection = connection};
    reader->buffer = malloc(BUFFER_SIZE);
    return reader->buffer || error_set(error, "cannot read the answer (no memory)");
}

/* Reads into the buffer's free part. */
static enum reader_result read_more(struct reader *reader, struct error *error)
{
    if (reader->begin > 0) {
        memmove(reader->buffer, reader->buffer + reader->begin, reader->end - reader->begin);
        reader->end -= reader->begin;
        reader->begin = 0;
    }
    ssize_t got = connection_read(reader->connection, reader->buffer + reader->end,
                                  BUFFER_SIZE - reader->end, error);
    if (got < 0) {
        error_wrap(error, "cannot read the answer");
        return READER_FAILED;
    }
    reader->end += (size_t)got;
    reader->ended = got == 0;
    return got == 0 ? READER_ENDED : READER_GOT;
}

enum reader_result reader_fill(struct reader *reader, struct error *error)
{
    return reader->begin < reader->end ? READER_GOT : read_more(reader, error);
}

/* Cuts the line that ends at `end`, where the buffer has its '\n'. */
static char *cut_line(struct reader *reader, char *end)
{
    char *line = reader->buffer + reader->begin;
    reader->begin = (size_t)(end - reader->buffer) + 1;
    *end = '\0';
    if (end > line && end[-1] == '\r')
        end[-1] = '\0';
    return line;
}

char *reader_take_line(struct reader *reader, struct error *error)
{
    do {
        char *start = reader->buffer + reader->begin;
        char *end = memchr(start, '\n', reader->end - reader->begin);
        if (end)
            return cut_line(reader, end);
        if (reader->end - reader->begin == BUFFER_SIZE) {
            error_set(error, "bad answer (a line of its header is too long)");
            return NULL;
        }
    } while (read_more(reader, error) == READER_GOT);
    return NULL;
}

size_t reader_take(struct reader *reader, uint64_t limit, const char **from)
{
    size_t there = reader->end - reader->begin;
    if (there > limit)
        there = (size_t)limit;
    *from = reader->buffer + reader->begin;
    reader->begin += there;
    return there;
}

void reader_finish(struct reader *reader)
{
    free(reader->buffer);
    reader->buffer = NULL;
}
