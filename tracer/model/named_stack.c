#include "model/named_stack.h"

#include "base/memory.h"
#include "model/process.h"
#include "model/site.h"
#include "symbol/python_line.h"
#include "trace/reader.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void push(struct named_stack *stack, const struct frame *frame, uint64_t offset)
{
    stack->items = memory_grow(stack->items, stack->depth, &stack->capacity, sizeof *stack->items);
    stack->items[stack->depth++] = (struct named_frame){frame, frame->line ? 0 : offset};
}

/* --- code that was made at run time --- */

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
            .until = namer->is_over ? (int64_t)((process->realtime + lived) / second) + MAP_LATE_S
                                    : INT64_MAX,
        };
        snprintf(path, sizeof path, "/tmp/perf-%" PRIu32 ".map", process->pid);
        map = symbols_open_map(namer->symbols, path, &terms);
        map_put(&namer->made, (uintptr_t)process, map);
    }
    return map;
}

void namer_finish(struct namer *namer)
{
    size_t position = 0;
    for (struct perf_map *map; (map = map_next(&namer->made, &position));)
        perf_map_close(map);
    map_clear(&namer->made);
}

/* What one runtime makes has one name, wherever it lies: it may have been made anew. */
static const struct frames *find_made(struct namer *namer, const struct site *site,
                                      uint64_t address)
{
    const char *made = perf_map_find(map_of(namer, site->process), address - 1, true);
    return made ? symbols_made(namer->symbols, made)
                : symbols_find(namer->symbols, NULL, address, 0);
}

/* --- one address --- */

/* What an address stands for. */
struct found {
    const struct frames *frames;
    uint64_t offset; /* in its module, or 0 */
    bool is_in_module;
};

/* A return address may be the first of the next line or function; the byte before it is in the
 * call. */
static struct found find(const struct site *site, uint64_t address, struct namer *namer)
{
    const struct process *process = site->process;
    uint64_t call = address - 1;
    const struct module *module = process_module(process, site->generation, call);
    if (!module)
        return (struct found){.frames = find_made(namer, site, address)};
    return (struct found){
        .frames = symbols_find(namer->symbols, module->path, call - module->base,
                               process->realtime / 1000000000),
        .offset = call - module->base,
        .is_in_module = true,
    };
}

/* --- a stack --- */

/* Returns what follows the line. */
static const char *push_python_line(struct named_stack *stack, const char *line,
                                    struct symbols *symbols)
{
    size_t length = strcspn(line, "\n");
    char *text = memory_copy_bytes(line, length);
    const struct python_line parts = python_line_split(text);
    push(stack, symbols_python(symbols, parts.function, parts.file, parts.number), 0);
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
static size_t begin_of(struct named_stack *stack, const struct site *site, struct namer *namer)
{
    for (size_t i = 0; site->function == EXIT_FUNCTION && i < site->depth; i++) {
        const struct frame *frame = find(site, site->frames[i], namer).frames->items[0];
        if (is_caller_of_main(frame) && site->process->program) {
            push(stack, symbols_function(namer->symbols, site->process->program, "main"), 0);
            return site->depth;
        }
        if (!frame->is_runtime)
            return i;
    }
    return 0;
}

/* Whether the frames from here on are those of Python's lines. */
static bool is_interpreter(const struct site *site, const struct found *found)
{
    return site->python && module_is_python(found->frames->items[0]->module);
}

/* Python's lines tell well enough which call it is. */
static void push_found(struct named_stack *stack, const struct found *found, bool has_lines)
{
    for (size_t i = 0; i < found->frames->count; i++)
        push(stack, found->frames->items[i], has_lines ? 0 : found->offset);
    stack->is_final &= found->is_in_module;
}

void named_stack_find(struct named_stack *stack, const struct site *site, struct namer *namer)
{
    stack->depth = 0;
    stack->is_final = true;
    bool is_done = false;
    for (size_t i = begin_of(stack, site, namer); i < site->depth && !is_done; i++) {
        const struct found found = find(site, site->frames[i], namer);
        is_done = is_interpreter(site, &found);
        if (!is_done)
            push_found(stack, &found, site->python);
        is_done |= module_is_pypy(found.frames->items[0]->module);
    }
    for (const char *line = site->python; line && *line;)
        line = push_python_line(stack, line, namer->symbols);
}

uint64_t named_stack_hash(const struct named_stack *stack, unsigned function)
{
    uint64_t hash = map_mix(1, function);
    for (size_t i = 0; i < stack->depth; i++)
        hash = map_mix(hash, (uintptr_t)stack->items[i].frame);
    return hash;
}
