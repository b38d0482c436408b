#include "model/stack.h"

#include "base/memory.h"
#include "model/model.h"
#include "symbol/python_line.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

/* Where names come from. */
struct namer {
    struct symbols *symbols;
    struct map made; /* struct perf_map by process, of those that made code at run time */
};

/* A map may be completed at the process's end, and times of files are a little late. */
enum { MAP_LATE_S = 2 };

static const struct perf_map *map_of(struct namer *namer, const struct process *process)
{
    static const uint64_t second = 1000000000;
    struct perf_map *map = map_get(&namer->made, (uintptr_t)process);
    if (!map) {
        char path[64];
        uint64_t lived = process->end > process->start ? process->end - process->start : 0;
        const struct perf_map_terms terms = {
            .owner = geteuid(),
            .since = (int64_t)(process->realtime / second),
            .until = (int64_t)((process->realtime + lived) / second) + MAP_LATE_S,
        };
        snprintf(path, sizeof path, "/tmp/perf-%" PRIu32 ".map", process->pid);
        map = symbols_open_map(namer->symbols, path, &terms);
        map_put(&namer->made, (uintptr_t)process, map);
    }
    return map;
}

static void namer_finish(struct namer *namer)
{
    size_t position = 0;
    for (struct perf_map *map; (map = map_next(&namer->made, &position));)
        perf_map_close(map);
    map_clear(&namer->made);
}

/* A return address may be the first of the next line or function; the byte before it is in the
 * call. */
static const struct frames *find(const struct site *site, uint64_t address, struct namer *namer)
{
    const struct process *process = site->process;
    uint64_t call = address - 1;
    const struct module *module = process_module(process, site->generation, call);
    if (module)
        return symbols_find(namer->symbols, module->path, call - module->base,
                            process->realtime / 1000000000);
    const char *made = perf_map_find(map_of(namer, process), call, true);
    return made ? symbols_made(namer->symbols, made)
                : symbols_find(namer->symbols, NULL, address, 0);
}

static void push_one(struct stack *stack, const struct frame *frame)
{
    const struct frames one = {1, &frame};
    push(stack, &one);
}

/* Returns what follows the line. */
static const char *push_python_line(struct stack *stack, const char *line, struct symbols *symbols)
{
    size_t length = strcspn(line, "\n");
    char *text = memory_copy_bytes(line, length);
    const struct python_line parts = python_line_split(text);
    push_one(stack, symbols_python(symbols, parts.function, parts.file, parts.number));
    free(text);
    return line[length] ? line + length + 1 : line + length;
}

/* libc calls it when main has returned, of which nothing is left on the stack. */
static bool is_caller_of_main(const struct frame *frame)
{
    return frame->is_runtime && strstr(frame->function, "libc_start");
}

/* How many innermost frames to leave out: those in which libc ends a process. Where main has
 * returned it is in the place of all. */
static size_t begin_of(struct stack *stack, const struct site *site, struct namer *namer)
{
    for (size_t i = 0; site->function == EXIT_FUNCTION && i < site->depth; i++) {
        const struct frame *frame = find(site, site->frames[i], namer)->items[0];
        if (is_caller_of_main(frame) && site->process->program) {
            push_one(stack, symbols_function(namer->symbols, site->process->program, "main"));
            return site->depth;
        }
        if (!frame->is_runtime)
            return i;
    }
    return 0;
}

/* Finds the frames of a site. The stack is emptied first. Python's frames stand in the place of the
 * interpreter's. */
static void resolve(struct stack *stack, const struct site *site, struct namer *namer)
{
    stack->depth = 0;
    for (size_t i = begin_of(stack, site, namer); i < site->depth; i++) {
        const struct frames *frames = find(site, site->frames[i], namer);
        if (site->python && module_is_python(frames->items[0]->module))
            break;
        push(stack, frames);
    }
    for (const char *line = site->python; line && *line;)
        line = push_python_line(stack, line, namer->symbols);
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
    group->number = model->group_count;
    model->groups[model->group_count++] = group;
    return group;
}

void model_symbolise(struct model *model, struct symbols *symbols)
{
    struct stack stack = {0};
    struct namer namer = {.symbols = symbols};
    struct map by_hash = {0};
    model->groups = memory_alloc(model->sites.count, sizeof *model->groups);
    for (size_t i = 0; i < model->sites.count; i++) {
        struct site *site = model->sites.items[i];
        resolve(&stack, site, &namer);
        struct call_group *group = find_group(model, &by_hash, site->function, &stack);
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
    map_clear(&by_hash);
    namer_finish(&namer);
    free(stack.frames);
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
