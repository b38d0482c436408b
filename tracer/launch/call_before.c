#include "launch/call_before.h"

#include "launch/remote_memory.h"

#include <stdbool.h>
#include <string.h>

#if defined(__x86_64__)

enum { CALL_MAX = 7, JUMP_SIZE = 6 };

static uint64_t add_offset(uint64_t base, const uint8_t *offset)
{
    int32_t value;
    memcpy(&value, offset, sizeof value);
    return base + (uint64_t)(int64_t)value;
}

/* An entry of a procedure linkage table is "jmp *pointer(%rip)", mostly behind endbr64, and behind
 * bnd in older ones. */
static uint64_t behind_table(pid_t process, uint64_t function)
{
    static const uint8_t landing[] = {0xf3, 0x0f, 0x1e, 0xfa}, jump[] = {0xff, 0x25};
    uint8_t code[sizeof landing + 1 + JUMP_SIZE];
    if (!remote_memory_read(process, function, code, sizeof code))
        return function;
    size_t at = memcmp(code, landing, sizeof landing) ? 0 : sizeof landing;
    at += code[at] == 0xf2;
    if (memcmp(code + at, jump, sizeof jump))
        return function;
    return remote_memory_word(process,
                              add_offset(function + at + JUMP_SIZE, code + at + sizeof jump));
}

/* "ff /2" with an operand that makes the instruction so long. */
static bool is_through_pointer(const uint8_t *code, int length)
{
    uint8_t mode = code[1] >> 6, base = code[1] & 7;
    bool has_index = mode != 3 && base == 4;
    bool has_no_base = mode == 0 && (has_index && length > 2 ? code[2] & 7 : base) == 5;
    int operand = has_no_base || mode == 2 ? 4 : mode == 1;
    return code[0] == 0xff && (code[1] >> 3 & 7) == 2 && length == 2 + has_index + operand;
}

enum call_kind call_before(pid_t process, uint64_t return_address, uint64_t *target)
{
    static const uint8_t relative = 0xe8, by_table[] = {0xff, 0x15};
    uint8_t code[CALL_MAX];
    if (!remote_memory_read(process, return_address - CALL_MAX, code, sizeof code))
        return CALL_NONE;
    if (code[CALL_MAX - 5] == relative) {
        *target = behind_table(process, add_offset(return_address, code + CALL_MAX - 4));
        return CALL_KNOWN;
    }
    if (!memcmp(code + CALL_MAX - 6, by_table, sizeof by_table)) {
        *target = remote_memory_word(process, add_offset(return_address, code + CALL_MAX - 4));
        return CALL_KNOWN;
    }
    for (int length = 2; length <= CALL_MAX; length++)
        if (is_through_pointer(code + CALL_MAX - length, length))
            return CALL_UNKNOWN;
    return CALL_NONE;
}

#elif defined(__aarch64__)

/* "bl", and "blr" through a register. An entry of a table is adrp, ldr, add, br: it is not
 * looked behind. */
enum call_kind call_before(pid_t process, uint64_t return_address, uint64_t *target)
{
    uint32_t code;
    if (!remote_memory_read(process, return_address - sizeof code, &code, sizeof code))
        return CALL_NONE;
    if (code >> 26 == 0x25) {
        *target = return_address - sizeof code + (uint64_t)((int64_t)((uint64_t)code << 38) >> 36);
        return CALL_KNOWN;
    }
    return (code & 0xfffffc1f) == 0xd63f0000 ? CALL_UNKNOWN : CALL_NONE;
}

#else
#    error "which instructions call on this machine?"
#endif
