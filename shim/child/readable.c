#include "child/readable.h"

#include "unwind/memory.h"

#include <stddef.h>

/* By whole words, none of which is in two pages. */
static bool text_ends(struct memory *memory, const char *text)
{
    uint64_t word, at = (uintptr_t)text & ~(uint64_t)(sizeof word - 1);
    for (unsigned byte = (uintptr_t)text % sizeof word;; byte = 0, at += sizeof word) {
        if (!memory_read(memory, at, &word))
            return false;
        for (; byte < sizeof word; byte++)
            if (!(word >> 8 * byte & 0xff))
                return true;
    }
}

bool readable_text(const char *text)
{
    struct memory memory;
    memory_begin(&memory, (uintptr_t)__builtin_frame_address(0));
    return !text || text_ends(&memory, text);
}

bool readable_environment(char *const *environment)
{
    struct memory pointers, texts;
    uint64_t text = 0;
    memory_begin(&pointers, (uintptr_t)__builtin_frame_address(0));
    memory_begin(&texts, (uintptr_t)__builtin_frame_address(0));
    for (; environment; environment++) {
        if (!memory_read(&pointers, (uintptr_t)environment, &text))
            return false;
        if (!text)
            break;
        if (!text_ends(&texts, (const char *)text))
            return false;
    }
    return true;
}
