#include "model/stack.h"

#include "base/memory.h"
#include "model/model.h"
#include "model/named_stack.h"

#include <stdlib.h>
#include <string.h>

static bool is_like(const struct call_group *group, unsigned function,
                    const struct named_stack *stack)
{
    bool is_alike = group->function == function && group->depth == stack->depth;
    for (size_t i = 0; is_alike && i < stack->depth; i++)
        is_alike = group->stack[i] == stack->items[i].frame;
    return is_alike;
}

static struct call_group *group_create(unsigned function, const struct named_stack *stack)
{
    struct call_group *group = memory_alloc(1, sizeof *group);
    group->function = function;
    group->depth = stack->depth;
    group->stack = memory_alloc(stack->depth, sizeof *group->stack);
    for (size_t i = 0; i < stack->depth; i++)
        group->stack[i] = stack->items[i].frame;
    return group;
}

static struct call_group *find_group(struct model *model, struct map *by_hash, unsigned function,
                                     const struct named_stack *stack)
{
    uint64_t hash = named_stack_hash(stack, function);
    struct call_group *first = map_get(by_hash, hash);
    for (struct call_group *group = first; group; group = group->next)
        if (is_like(group, function, stack))
            return group;
    struct call_group *group = group_create(function, stack);
    group->next = first;
    map_put(by_hash, hash, group);
    group->number = model->group_count;
    model->groups[model->group_count++] = group;
    return group;
}

static void add_site(struct call_group *group, struct site *site)
{
    site->group = group;
    if (!group->refuser)
        group->refuser = site->refuser;
    group->awaits_room = site_awaits_room(site);
    descriptor_add(&group->on, &site->on);
    names_add_all(&group->tasks, &site->tasks);
    totals_add(&group->totals, &site->totals);
    for (size_t refusal = 0; refusal < TRACE_REFUSAL_COUNT; refusal++) {
        group->refused[refusal].count += site->refused[refusal].count;
        group->refused[refusal].held += site->refused[refusal].held;
    }
}

void model_symbolise(struct model *model)
{
    struct named_stack stack = {0};
    struct namer namer = {.symbols = model->sites.places.namer.symbols, .is_over = true};
    struct map by_hash = {0};
    namer_finish(&model->sites.places.namer); /* each map is read again, to its end */
    model->groups = memory_alloc(model->sites.count, sizeof *model->groups);
    for (size_t i = 0; i < model->sites.count; i++) {
        struct site *site = model->sites.items[i];
        const struct named_stack *known = &site->look->stack;
        if (!known->is_final) {
            named_stack_find(&stack, site, &namer);
            known = &stack;
        }
        add_site(find_group(model, &by_hash, site->function, known), site);
    }
    map_clear(&by_hash);
    namer_finish(&namer);
    free(stack.items);
}

static const struct frame *innermost(const struct call_group *group,
                                     bool (*is_meant)(const struct frame *frame))
{
    for (size_t i = 0; i < group->depth; i++)
        if (is_meant(group->stack[i]))
            return group->stack[i];
    return NULL;
}

static bool is_no_runtime(const struct frame *frame)
{
    return !frame->is_runtime;
}

static bool is_python(const struct frame *frame)
{
    return !strcmp(frame->module, "python") && frame->line;
}

/* Where a thread, a task or main() is started from is nobody's interest. */
static bool is_own(const struct frame *frame)
{
    return !frame->is_runtime && !frame->is_installed && strcmp(frame->function, "_start") != 0;
}

/* In a stripped file the innermost function that has a name says more than an offset. */
static const struct frame *find_named(const struct call_group *group, const struct frame *nameless)
{
    for (size_t i = 0; i < group->depth; i++)
        if (symbols_says_more(group->stack[i], nameless))
            return group->stack[i];
    return nameless;
}

const struct frame *group_call_site(const struct call_group *group)
{
    const struct frame *site = innermost(group, is_no_runtime);
    if (site && !symbols_is_nameless(site))
        return site;
    const struct frame *line = innermost(group, is_python);
    if (line)
        return line;
    return site ? find_named(group, site) : group->stack[0];
}

const struct frame *group_own_site(const struct call_group *group)
{
    const struct frame *own = innermost(group, is_own);
    return own != group_call_site(group) ? own : NULL;
}
