/*
 * bytes.h: reads what unwind tables are made of, never beyond their end.
 *
 * After the first read that fails all others return 0, and `bad` says so.
 */
#ifndef UNWIND_BYTES_H
#define UNWIND_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct bytes {
    const uint8_t *at, *end;
    bool bad;
};

static inline bool bytes_left(const struct bytes *bytes)
{
    return !bytes->bad && bytes->at < bytes->end;
}

static inline void bytes_take(struct bytes *bytes, void *to, size_t size)
{
    if (bytes->bad || (size_t)(bytes->end - bytes->at) < size) {
        bytes->bad = true;
        memset(to, 0, size);
        return;
    }
    memcpy(to, bytes->at, size);
    bytes->at += size;
}

/* Steps over `size` bytes. */
static inline void bytes_skip(struct bytes *bytes, uint64_t size)
{
    if (bytes->bad || (uint64_t)(bytes->end - bytes->at) < size)
        bytes->bad = true;
    else
        bytes->at += size;
}

#define BYTES_READER(name, type)                         \
    static inline type bytes_##name(struct bytes *bytes) \
    {                                                    \
        type value;                                      \
        bytes_take(bytes, &value, sizeof value);         \
        return value;                                    \
    }
BYTES_READER(u8, uint8_t)
BYTES_READER(u16, uint16_t)
BYTES_READER(u32, uint32_t)
BYTES_READER(u64, uint64_t)
BYTES_READER(s8, int8_t)
BYTES_READER(s16, int16_t)
BYTES_READER(s32, int32_t)
BYTES_READER(s64, int64_t)
#undef BYTES_READER

/* Numbers of any length, seven bits a byte. */
uint64_t bytes_uleb(struct bytes *bytes);
int64_t bytes_sleb(struct bytes *bytes);

/* An address in one of DWARF's encodings; `base` is what those that are relative to data are
 * relative to. Those that would have to be read from elsewhere (DW_EH_PE_indirect) are bad. */
uint64_t bytes_encoded(struct bytes *bytes, uint8_t encoding, uint64_t base);

#endif
