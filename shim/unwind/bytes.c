#include "unwind/bytes.h"

uint64_t bytes_uleb(struct bytes *bytes)
{
    uint64_t value = 0;
    uint8_t byte;
    unsigned shift = 0;
    do {
        byte = bytes_u8(bytes);
        if (shift < 64)
            value |= (uint64_t)(byte & 0x7f) << shift;
        shift += 7;
    } while (byte & 0x80);
    return value;
}

int64_t bytes_sleb(struct bytes *bytes)
{
    uint64_t value = 0;
    uint8_t byte;
    unsigned shift = 0;
    do {
        byte = bytes_u8(bytes);
        if (shift < 64)
            value |= (uint64_t)(byte & 0x7f) << shift;
        shift += 7;
    } while (byte & 0x80);
    if (shift < 64 && byte & 0x40)
        value |= ~UINT64_C(0) << shift;
    return (int64_t)value;
}

/* DW_EH_PE_*: the lower half of an encoding is the format, the upper what it is relative to. */
enum { ABSOLUTE = 0x00, PC_RELATIVE = 0x10, DATA_RELATIVE = 0x30, RELATIVE_MASK = 0x70 };
enum { INDIRECT = 0x80, OMITTED = 0xff };

static uint64_t read_format(struct bytes *bytes, uint8_t format)
{
    switch (format) {
    case 0x00: /* an address of the machine */
    case 0x04:
        return bytes_u64(bytes);
    case 0x01:
        return bytes_uleb(bytes);
    case 0x02:
        return bytes_u16(bytes);
    case 0x03:
        return bytes_u32(bytes);
    case 0x09:
        return (uint64_t)bytes_sleb(bytes);
    case 0x0a:
        return (uint64_t)bytes_s16(bytes);
    case 0x0b:
        return (uint64_t)bytes_s32(bytes);
    case 0x0c:
        return (uint64_t)bytes_s64(bytes);
    default:
        bytes->bad = true;
        return 0;
    }
}

uint64_t bytes_encoded(struct bytes *bytes, uint8_t encoding, uint64_t base)
{
    uint64_t here = (uintptr_t)bytes->at;
    if (encoding == OMITTED)
        return 0;
    uint64_t value = read_format(bytes, encoding & 0x0f);
    if (encoding & INDIRECT)
        bytes->bad = true;
    switch (encoding & RELATIVE_MASK) {
    case ABSOLUTE:
        return value;
    case PC_RELATIVE:
        return value + here;
    case DATA_RELATIVE:
        return value + base;
    default:
        bytes->bad = true;
        return 0;
    }
}
