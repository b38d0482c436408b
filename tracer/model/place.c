#include "model/place.h"

#include "base/memory.h"
#include "model/site.h"

#include <stdlib.h>
#include <string.h>

static bool is_like(const struct look *look, unsigned function, const struct named_stack *stack)
{
    bool is_alike = look->first->function == function && look->stack.depth == stack->depth &&
                    look->stack.is_final == stack->is_final;
    for (size_t i = 0; is_alike && i < stack->depth; i++)
        is_alike = named_frame_is_same(&look->stack.items[i], &stack->items[i]);
    return is_alike;
}

static struct look *create(const struct named_stack *stack, struct site *first)
{
    struct look *look = memory_alloc(1, sizeof *look);
    look->stack = *stack;
    look->stack.items = memory_alloc(stack->depth, sizeof *stack->items);
    look->stack.capacity = stack->depth;
    memcpy(look->stack.items, stack->items, stack->depth * sizeof *stack->items);
    look->first = first;
    return look;
}

/* Of frames without a line only the offset differs. */
static uint64_t hash_of(const struct named_stack *stack, unsigned function)
{
    uint64_t hash = named_stack_hash(stack, function);
    for (size_t i = 0; i < stack->depth; i++)
        hash = map_mix(hash, stack->items[i].offset);
    return hash;
}

void places_add(struct places *places, struct site *site)
{
    named_stack_find(&places->stack, site, &places->namer);
    uint64_t hash = hash_of(&places->stack, site->function);
    struct look *first = map_get(&places->by_hash, hash), *look = first;
    while (look && !is_like(look, site->function, &places->stack))
        look = look->next;
    if (!look) {
        look = create(&places->stack, site);
        look->next = first;
        map_put(&places->by_hash, hash, look);
    }
    site->look = look;
    site->place = look->first;
}

void places_finish(struct places *places)
{
    size_t position = 0;
    for (struct look *look, *next; (look = map_next(&places->by_hash, &position));)
        for (; look; look = next) {
            next = look->next;
            free(look->stack.items);
            free(look);
        }
    map_clear(&places->by_hash);
    namer_finish(&places->namer);
    free(places->stack.items);
    *places = (struct places){0};
}
