#include "blame/remedy.h"

#include "base/memory.h"
#include "blame/partial.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

__attribute__((format(printf, 1, 2))) static char *sentence(const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return memory_copy(text);
}

static const char *name_of(const struct model *model, const struct blamed_call *call)
{
    return call ? model_function(model, call->group->function) : "the call";
}

/* --- who the program is --- */

static bool runs_program(const struct model *model, const char *name)
{
    for (size_t i = 0; i < model->process_count; i++) {
        const char *path = model->processes[i]->program;
        const char *slash = path ? strrchr(path, '/') : NULL;
        if (slash && !strcmp(slash + 1, name))
            return true;
    }
    return false;
}

static bool has_file(const struct blamed_call *call, const char *part)
{
    for (size_t i = 0; call && i < call->group->depth; i++)
        if (strstr(call->group->stack[i]->file, part))
            return true;
    return false;
}

static bool has_function(const struct blamed_call *call, const char *name)
{
    for (size_t i = 0; call && i < call->group->depth; i++)
        if (!strcmp(call->group->stack[i]->function, name))
            return true;
    return false;
}

static bool has_tasks(const struct blamed_call *call)
{
    return has_function(call, "greq_map") || has_function(call, "greq_serial_map") ||
           has_function(call, "greq_spawn") || has_function(call, "greq_serial_spawn");
}

static bool is_python(const struct blamed_call *call)
{
    return call && call->group->depth &&
           !strcmp(call->group->stack[call->group->depth - 1]->module, "python");
}

/* --- what to do --- */

char *remedy_stall(const struct model *model, const struct blamed_call *call)
{
    const char *name = name_of(model, call);
    if (call->group->totals.left_out)
        return partial_remedy(name, call);
    if (has_tasks(call))
        return sentence("run it with `greq run`: its tasks then wait side by side");
    if (call->held_tasks_s > 0)
        return sentence("run the program with `greq run`: %s then waits in its own task or "
                        "greenlet, and the others go on",
                        name);
    if (model->kinds[call->group->function].traits & TRAIT_LOCK)
        return sentence(
            "hold this lock for a shorter time: release it before a call that blocks, such "
            "as those of a convoy");
    if (has_file(call, "asyncio"))
        return sentence("do not call %s in a coroutine: await its asynchronous form, or run it in "
                        "a thread (asyncio.to_thread)",
                        name);
    if (call->loop_blocked_s > 0)
        return sentence("do not call %s on a thread that runs a loop: use its non-blocking form, "
                        "or a helper thread",
                        name);
    return sentence("wait for all connections at once (poll, epoll), or make each one a task of "
                    "greq_map and run the program with `greq run`");
}

char *remedy_convoy(const struct model *model, const struct blame_convoy *convoy)
{
    return sentence("do not call %s while holding the lock that others wait for",
                    name_of(model, convoy->holder));
}

char *remedy_serial(const struct model *model, const struct blame_serial *serial)
{
    const struct blamed_call *call = serial->call;
    if (runs_program(model, "curl"))
        return sentence("let curl fetch several at once: curl -Z (--parallel)");
    if (runs_program(model, "wget"))
        return sentence("wget fetches one after another: start several of them (xargs -P), or use "
                        "curl -Z");
    if (has_tasks(call))
        return sentence("run it with `greq run`: its tasks then wait side by side");
    if (has_file(call, "requests") || has_file(call, "urllib3") || is_python(call))
        return sentence("send them from a pool of threads (concurrent.futures), or from greenlets "
                        "with `greq run`");
    return sentence("send the next request before the answer has come: tasks of greq_map under "
                    "`greq run`, threads, or a loop");
}

char *remedy_pool(const struct model *model, unsigned limit)
{
    if (runs_program(model, "curl"))
        return sentence("let curl have more at once: --parallel-max above %u", limit);
    return sentence("if the other side can bear it, raise the limit of %u at once (the size of a "
                    "pool of connections, threads, processes or tasks)",
                    limit);
}

char *remedy_lookups(const struct model *model, unsigned limit)
{
    (void)model;
    return sentence("give look-ups more than %u threads (as asyncio's default executor), or use a "
                    "resolver that needs none",
                    limit);
}

char *remedy_dead(void)
{
    return sentence(
        "see whether anybody serves that address; else take it out of those of its name, "
        "try the others first, or give it up sooner");
}
