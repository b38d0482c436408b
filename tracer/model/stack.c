#include "model/stack.h"

#include "base/memory.h"
#include "model/model.h"

#include <stdlib.h>
#include <string.h>

/* A growing stack of frames. */
struct stack {
    const struct frame **frames;
    size_t depth;
    size_t capacity;
};

static void push(struct stack *stack, const struct frames *frames)
{
    for (size_t i = 0; i < frames->count; i++) {
        stack->frames =
            memory_grow(stack->frames, stack->depth, &stack->capacity, sizeof *stack->frames);
        stack->frames[stack->depth++] = frames->items[i];
    }
}

/* A return address may be the first of the next line or function; the byte before it is in the
 * call. */
static const struct frames *find(const struct site *site, uint64_t address, struct symbols *symbols)
{
    const struct process *process = site->process;
    uint64_t call = address - 1;
    const struct module *module = process_module(process, site->generation, call);
    if (!module)
        return symbols_find(symbols, NULL, address, 0);
    return symbols_find(symbols, module->path, call - module->base, process->realtime / 1000000000);
}

/* Finds the frames of a site's return addresses. The stack is emptied first. */
static void resolve(struct stack *stack, const struct site *site, struct symbols *symbols)
{
    stack->depth = 0;
    for (size_t i = 0; i < site->depth; i++)
        push(stack, find(site, site->frames[i], symbols));
}

static uint64_t hash_of(unsigned function, const struct stack *stack)
{
    uint64_t hash = map_mix(1, function);
    for (size_t i = 0; i < stack->depth; i++)
        hash = map_mix(hash, (uintptr_t)stack->frames[i]);
    return hash;
}

static bool is_like(const struct call_group *group, unsigned function, const struct stack *stack)
{
    return group->function == function && group->depth == stack->depth &&
           !memcmp(group->stack, stack->frames, stack->depth * sizeof *stack->frames);
}

static struct call_group *group_create(unsigned function, const struct stack *stack)
{
    struct call_group *group = memory_alloc(1, sizeof *group);
    group->function = function;
    group->depth = stack->depth;
    group->stack = memory_alloc(stack->depth, sizeof *group->stack);
    memcpy(group->stack, stack->frames, stack->depth * sizeof *group->stack);
    return group;
}

static struct call_group *find_group(struct model *model, struct map *by_hash, unsigned function,
                                     const struct stack *stack)
{
    uint64_t hash = hash_of(function, stack);
    struct call_group *first = map_get(by_hash, hash);
    for (struct call_group *group = first; group; group = group->next)
        if (is_like(group, function, stack))
            return group;
    struct call_group *group = group_create(function, stack);
    group->next = first;
    map_put(by_hash, hash, group);
    model->groups[model->group_count++] = group;
    return group;
}

void model_symbolise(struct model *model, struct symbols *symbols)
{
    struct stack stack = {0};
    struct map by_hash = {0};
    model->groups = memory_alloc(model->sites.count, sizeof *model->groups);
    for (size_t i = 0; i < model->sites.count; i++) {
        const struct site *site = model->sites.items[i];
        resolve(&stack, site, symbols);
        struct call_group *group = find_group(model, &by_hash, site->function, &stack);
        totals_add(&group->totals, &site->totals);
    }
    map_clear(&by_hash);
    free(stack.frames);
}
