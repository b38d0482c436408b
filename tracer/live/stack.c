#include "live/stack.h"

#include <inttypes.h>
#include <string.h>

bool stack_is_of_shim(const struct frame *frame)
{
    return !strncmp(frame->module, "libgreq.so", strlen("libgreq.so"));
}

/* A hook's function is named after the call that it stands for. */
static void put_hook(const struct frame *frame, FILE *out)
{
    static const char *const before[] = {"enter_", "hook_"};
    const char *name = frame->function;
    for (size_t i = 0; i < sizeof before / sizeof *before; i++)
        if (!strncmp(name, before[i], strlen(before[i])))
            name += strlen(before[i]);
    fprintf(out, "%s  (libgreq.so)", name);
}

static void put_frame(const struct frame *frame, FILE *out)
{
    if (stack_is_of_shim(frame)) {
        put_hook(frame, out);
        return;
    }
    fputs(frame->function, out);
    if (*frame->file && frame->line)
        fprintf(out, "  (%s:%u)", basename(frame->file), frame->line);
    else if (*frame->module && !strstr(frame->function, frame->module))
        fprintf(out, "  (%s)", frame->module);
}

/* What an outermost function is called, of a thread, a program and a task. */
static bool is_outermost(const char *function)
{
    static const char *const names[] = {"_start",
                                        "__libc_start_main",
                                        "__libc_start_main_impl",
                                        "__libc_start_call_main",
                                        "clone",
                                        "clone3",
                                        "start_thread",
                                        "__clone3",
                                        "__clone",
                                        "context_start"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strcmp(function, names[i]))
            return true;
    return false;
}

/* A return address is behind its call, and may be the first of another function. */
const struct frames *stack_find(uint64_t address, bool is_return, const struct stack_names *names)
{
    uint64_t file_address;
    uint64_t code = address - is_return;
    const char *path = remote_stacks_module(names->stacks, code, &file_address);
    const char *made = path ? NULL : made_code_find(names->made, code);
    return path   ? symbols_find(names->symbols, path, file_address, 0)
           : made ? symbols_made(names->symbols, made)
                  : NULL;
}

/* Behind the function that began a greenlet lies what another one has there, or had when this one
 * began. */
static bool begins_greenlet(const struct frames *frames)
{
    const struct frame *last = frames ? frames->items[frames->count - 1] : NULL;
    return last && strstr(last->module, "greenlet") && strstr(last->function, "g_initialstub");
}

void stack_read(struct stack *stack, const struct stack_names *names, pid_t thread,
                const struct remote_registers *registers)
{
    stack->count =
        remote_stacks_read(names->stacks, thread, registers, stack->addresses, TRACE_MAX_FRAMES);
    for (size_t i = 1; i < stack->count; i++)
        if (begins_greenlet(stack_find(stack->addresses[i], true, names)))
            stack->count = i + 1;
}

/* A stripped program's _start has no name, but calls a function that has one. */
static bool is_whole(const struct stack *stack, const struct frames *last,
                     const struct stack_names *names)
{
    const struct frames *inner =
        stack->count > 1 ? stack_find(stack->addresses[stack->count - 2], true, names) : NULL;
    return is_outermost(last->items[last->count - 1]->function) || begins_greenlet(last) ||
           (inner && is_outermost(inner->items[inner->count - 1]->function));
}

static void put_end(const struct stack *stack, const struct frames *last,
                    const struct stack_names *names, FILE *out)
{
    if (stack->count == TRACE_MAX_FRAMES)
        fprintf(out, "      ... of which no more than %d frames are read\n", TRACE_MAX_FRAMES);
    else if (!last || !*last->items[0]->module)
        fputs("      the stack ends here: this code is in no file (made at run time), and has no "
              "unwind table\n",
              out);
    else if (!is_whole(stack, last, names))
        fputs(
            "      the stack ends here: the registers by which its caller is found are not known, "
            "or it has no unwind table\n",
            out);
}

/* Of the shim's own frames the outermost of each run is the call; the others are its machinery. */
static bool is_machinery(const struct frames *frames, size_t i, const struct stack *stack,
                         const struct stack_names *names)
{
    if (!frames || !stack_is_of_shim(frames->items[0]) || i + 1 == stack->count)
        return false;
    const struct frames *next = stack_find(stack->addresses[i + 1], true, names);
    return next && stack_is_of_shim(next->items[0]);
}

void stack_put(const struct stack *stack, const struct stack_names *names, FILE *out)
{
    const struct frames *frames = NULL;
    for (size_t i = 0; i < stack->count; i++) {
        frames = stack_find(stack->addresses[i], i > 0, names);
        if (is_machinery(frames, i, stack, names))
            continue;
        if (frames && stack_is_of_shim(frames->items[0])) {
            fputs("      ", out);
            put_frame(frames->items[frames->count - 1], out);
            fputs("\n", out);
            continue;
        }
        for (size_t j = 0; frames && j < frames->count; j++) {
            fputs("      ", out);
            put_frame(frames->items[j], out);
            fputs("\n", out);
        }
        if (!frames)
            fprintf(out, "      0x%" PRIx64 "\n", stack->addresses[i]);
    }
    if (stack->count)
        put_end(stack, frames, names, out);
}

void stack_put_place(uint64_t address, const struct stack_names *names, FILE *out)
{
    const struct frames *frames = stack_find(address, true, names);
    if (frames && frames->count)
        put_frame(frames->items[0], out);
    else
        fprintf(out, "0x%" PRIx64, address);
}
