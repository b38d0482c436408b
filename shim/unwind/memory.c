#include "unwind/memory.h"

#include "sys/readable.h"

#include <stddef.h>

void memory_begin(struct memory *memory, uint64_t here)
{
    memory->begin = here & ~(uint64_t)(READABLE_PAGE - 1);
    memory->end = memory->begin + READABLE_PAGE;
}

static bool has_page(struct memory *memory, uint64_t page)
{
    if (page >= memory->begin && page < memory->end)
        return true;
    if (!readable_page(page))
        return false;
    if (page == memory->end) {
        memory->end += READABLE_PAGE;
    } else {
        memory->begin = page;
        memory->end = page + READABLE_PAGE;
    }
    return true;
}

/* The stack's memory is not all the compiler's: ASan marks what lies between variables. */
__attribute__((no_sanitize("address", "thread"))) bool memory_read(struct memory *memory,
                                                                   uint64_t address, uint64_t *word)
{
    if (address % sizeof *word || !has_page(memory, address & ~(uint64_t)(READABLE_PAGE - 1)))
        return false;
    *word = *(const uint64_t *)address;
    return true;
}
