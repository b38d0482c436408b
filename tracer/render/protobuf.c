#include "render/protobuf.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

enum wire_type { WIRE_VARINT = 0, WIRE_FIXED64 = 1, WIRE_BYTES = 2 };

/* The length of a message is known only when it ends. Until then these many bytes hold its place;
 * a varint may be longer than it must be. */
enum { LENGTH_BYTES = 4 };

static void put(struct protobuf *buffer, unsigned char byte)
{
    buffer->bytes = memory_grow(buffer->bytes, buffer->size, &buffer->capacity, 1);
    buffer->bytes[buffer->size++] = byte;
}

static void put_varint(struct protobuf *buffer, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        put(buffer, value | 0x80);
    put(buffer, value);
}

static void put_key(struct protobuf *buffer, unsigned field, enum wire_type type)
{
    put_varint(buffer, (uint64_t)field << 3 | type);
}

void protobuf_number(struct protobuf *buffer, unsigned field, uint64_t value)
{
    put_key(buffer, field, WIRE_VARINT);
    put_varint(buffer, value);
}

void protobuf_fixed64(struct protobuf *buffer, unsigned field, uint64_t value)
{
    put_key(buffer, field, WIRE_FIXED64);
    for (int i = 0; i < 8; i++)
        put(buffer, value >> 8 * i);
}

void protobuf_text(struct protobuf *buffer, unsigned field, const char *text)
{
    size_t size = strlen(text);
    put_key(buffer, field, WIRE_BYTES);
    put_varint(buffer, size);
    for (size_t i = 0; i < size; i++)
        put(buffer, text[i]);
}

size_t protobuf_open(struct protobuf *buffer, unsigned field)
{
    put_key(buffer, field, WIRE_BYTES);
    for (int i = 0; i < LENGTH_BYTES; i++)
        put(buffer, 0);
    return buffer->size;
}

void protobuf_close(struct protobuf *buffer, size_t message)
{
    size_t size = buffer->size - message;
    unsigned char *length = buffer->bytes + message - LENGTH_BYTES;
    for (int i = 0; i < LENGTH_BYTES; i++)
        length[i] = (size >> 7 * i & 0x7f) | (i < LENGTH_BYTES - 1 ? 0x80 : 0);
}

void protobuf_clear(struct protobuf *buffer)
{
    buffer->size = 0;
}

void protobuf_finish(struct protobuf *buffer)
{
    free(buffer->bytes);
    *buffer = (struct protobuf){0};
}
