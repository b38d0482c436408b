/*
 * protobuf.h: the wire format of protocol buffers, as far as writing needs it: fields into a
 * growing buffer. Which fields a message has is the caller's to know.
 */
#ifndef RENDER_PROTOBUF_H
#define RENDER_PROTOBUF_H

#include <stddef.h>
#include <stdint.h>

/* All zeros is an empty one. */
struct protobuf {
    unsigned char *bytes;
    size_t size;
    size_t capacity;
};

/* Fields of type (u)int32, (u)int64, bool or enum; a negative number is its two's complement in 64
 * bits. */
void protobuf_number(struct protobuf *buffer, unsigned field, uint64_t value);

void protobuf_fixed64(struct protobuf *buffer, unsigned field, uint64_t value);

/* Fields of type string or bytes; `text` ends with a NUL. Strings must be UTF-8. */
void protobuf_text(struct protobuf *buffer, unsigned field, const char *text);

/* What is written from here to protobuf_close is a message in a field. Returns what to close it
 * with. Messages may be nested; one may have 256 MiB at most. */
size_t protobuf_open(struct protobuf *buffer, unsigned field);
void protobuf_close(struct protobuf *buffer, size_t message);

/* Empties the buffer and keeps its memory, or releases it. */
void protobuf_clear(struct protobuf *buffer);
void protobuf_finish(struct protobuf *buffer);

#endif
