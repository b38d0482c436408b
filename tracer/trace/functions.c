#include "trace/functions.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

static struct function *add(struct functions *functions, const char *name, const char *role)
{
    struct function *function = memory_alloc(1, sizeof *function);
    function->name = memory_copy(name);
    function->role = memory_copy(role ? role : "");
    function->number = functions->count;
    functions->items = memory_grow(functions->items, functions->count, &functions->capacity,
                                   sizeof *functions->items);
    functions->items[functions->count++] = function;
    return function;
}

unsigned functions_number(struct functions *functions, const char *name, const char *role)
{
    uint64_t hash = map_mix_text(0, name);
    struct function *first = map_get(&functions->by_name, hash);
    for (struct function *function = first; function; function = function->next)
        if (!strcmp(function->name, name))
            return function->number;
    struct function *function = add(functions, name, role);
    function->next = first;
    map_put(&functions->by_name, hash, function);
    return function->number;
}

void functions_clear(struct functions *functions)
{
    for (size_t i = 0; i < functions->count; i++) {
        free(functions->items[i]->name);
        free(functions->items[i]->role);
        free(functions->items[i]);
    }
    free(functions->items);
    map_clear(&functions->by_name);
    *functions = (struct functions){0};
}
