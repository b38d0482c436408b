#include "model/names.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

void names_add(struct names *names, const char *name)
{
    for (size_t i = 0; i < names->count; i++)
        if (!strcmp(names->items[i], name))
            return;
    if (names->count == NAMES_KEPT)
        names->are_more = true;
    else
        names->items[names->count++] = memory_copy(name);
}

void names_add_all(struct names *names, const struct names *more)
{
    for (size_t i = 0; i < more->count; i++)
        names_add(names, more->items[i]);
    names->are_more |= more->are_more;
}

void names_clear(struct names *names)
{
    for (size_t i = 0; i < names->count; i++)
        free(names->items[i]);
    *names = (struct names){0};
}
