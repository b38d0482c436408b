#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *or_end(void *memory)
{
    if (!memory) {
        fputs("greq: out of memory\n", stderr);
        exit(125);
    }
    return memory;
}

void *memory_alloc(size_t count, size_t size)
{
    return or_end(calloc(count ? count : 1, size));
}

char *memory_copy(const char *text)
{
    return or_end(strdup(text));
}

char *memory_copy_bytes(const void *bytes, size_t size)
{
    char *copy = memory_alloc(size + 1, 1);
    memcpy(copy, bytes, size);
    return copy;
}

void *memory_double(void *items, size_t *capacity, size_t size)
{
    *capacity = *capacity ? *capacity * 2 : 8;
    return or_end(reallocarray(items, *capacity, size));
}

void *memory_reach(void *items, size_t index, size_t *capacity, size_t size)
{
    if (index < *capacity)
        return items;
    size_t more = 2 * index + 16;
    items = or_end(reallocarray(items, more, size));
    memset((char *)items + *capacity * size, 0, (more - *capacity) * size);
    *capacity = more;
    return items;
}
