/*
 * One function a pattern. Each asks from the special to the general, and the first answer is the
 * remedy: a program or library that is known, a language, tasks, and at last what holds of any
 * program. All that is known are names: of executables, of files and functions on a stack.
 */
#include "blame/remedy.h"

#include "base/memory.h"
#include "blame/partial.h"
#include "model/process.h"

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
    for (size_t i = 0; i < model->process_count; i++)
        if (!strcmp(process_file_name(model->processes[i]), name))
            return true;
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

/* Where that is what all of a group's calls are of, or its first ones. */
static const struct process *process_of(const struct model *model, const struct blamed_call *call)
{
    for (size_t i = 0; i < model->sites.count; i++)
        if (model->sites.items[i]->group == call->group)
            return model->sites.items[i]->process;
    return NULL;
}

/* The program is Python itself, whatever made the call: a module in C, or a loop. */
static bool is_python_program(const struct process *process)
{
    const char *slash = process && process->program ? strrchr(process->program, '/') : NULL;
    return slash && (module_is_python(slash + 1) || !strncmp(slash + 1, "pypy3", strlen("pypy3")));
}

/* Whether it is written in a language that greq.h is not for. */
static bool is_interpreted(const struct model *model)
{
    for (size_t i = 0; i < model->process_count; i++)
        if (process_language(model->processes[i]))
            return true;
    return false;
}

static bool is_ruby(const struct blamed_call *call)
{
    for (size_t i = 0; i < call->group->depth; i++)
        if (module_is_ruby(call->group->stack[i]->module))
            return true;
    return false;
}

/* --- what to do --- */

/* Of a call that held up tasks of a program that was only recorded. What GREQ_PATCH has a say in
 * could have parked; the reasons for anything else are known. */
static char *remedy_held(const char *name, const struct blamed_call *call)
{
    if (call->held_tasks_s > 0 && partial_is_for_another_reason(call))
        return partial_remedy(name, call);
    if (call->held_tasks_s > 0 && strstr(name, "epoll") && has_file(call, "asyncio"))
        return sentence("run that loop of asyncio in a thread of its own: all greenlets of this "
                        "one wait for it");
    if (call->group->tasks.count)
        return sentence("do not call %s in a coroutine: await its asynchronous form, run it in a "
                        "thread (asyncio.to_thread), or let the loop go on meanwhile: "
                        "`greq run --patch all,asyncio` (Python 3.11, package greenlet)",
                        name);
    if (has_file(call, "asyncio"))
        return sentence("do not call %s in a coroutine: await its asynchronous form, or run it in "
                        "a thread (asyncio.to_thread)",
                        name);
    if (has_tasks(call))
        return sentence("run it with `greq run`: its tasks then wait side by side");
    if (call->held_tasks_s > 0)
        return sentence("run the program with `greq run`: %s then waits in its own task or "
                        "greenlet, and the others go on",
                        name);
    return NULL;
}

/* JavaScript's engine collects garbage. */
static bool is_within_v8(const struct blamed_call *call)
{
    for (size_t i = 0; i < call->group->depth; i++)
        if (!strncmp(call->group->stack[i]->function,
                     "v8::internal::Heap::", strlen("v8::internal::Heap::")))
            return true;
    return false;
}

/* Of a call that waits for another thread. */
static char *remedy_waiter(const char *name, unsigned traits)
{
    if (traits & TRAIT_JOIN)
        return sentence(
            "do not call %s while connections wait: let the thread report its end by an "
            "eventfd or a pipe that is polled with them",
            name);
    if (traits & (TRAIT_CONDITION | TRAIT_SEMAPHORE))
        return sentence("do not wait in %s on a thread that has connections: let the other thread "
                        "write to an eventfd or a pipe that is polled with them",
                        name);
    if (traits & (TRAIT_LOCK | TRAIT_FILE_LOCK))
        return sentence("let the lock's holder release it before a call that blocks, or take it on "
                        "a thread that has no connections");
    return NULL;
}

/* Of a handler in a server of Python that serves one connection at a time. */
static char *remedy_in_server(const struct blamed_call *call)
{
    if (has_file(call, "gunicorn/workers/sync.py"))
        return sentence("a sync worker of gunicorn serves one connection at a time: let it have "
                        "threads (--threads), or start more of them (--workers)");
    if (has_file(call, "/socketserver.py") && !has_function(call, "process_request_thread"))
        return sentence("serve each connection in a thread of its own (ThreadingHTTPServer, "
                        "socketserver.ThreadingMixIn)");
    return NULL;
}

/* Of one that waits for the next connection only when it has closed the last. */
static bool serves_one_at_a_time(const struct process *process)
{
    return process && process->accepted_most == 1;
}

static char *remedy_in_loop(const char *name, unsigned traits)
{
    if (traits & TRAIT_LOOKUP)
        return sentence("do not call %s on a thread that runs a loop: look names up on a helper "
                        "thread, or by a resolver that the loop can poll",
                        name);
    if (strstr(name, "sleep"))
        return sentence("do not call %s on a thread that runs a loop: use the loop's timer", name);
    return sentence("do not call %s on a thread that runs a loop: use its non-blocking form, "
                    "or a helper thread",
                    name);
}

char *remedy_stall(const struct model *model, const struct blamed_call *call)
{
    const char *name = name_of(model, call);
    unsigned traits = model->kinds[call->group->function].traits;
    if (call->group->totals.left_out)
        return partial_remedy(name, call);
    char *remedy = remedy_held(name, call);
    if (!remedy && is_within_v8(call))
        remedy = sentence("V8 collects garbage there, in threads of its own as well: make less of "
                          "it, or leave them a processor");
    if (!remedy)
        remedy = remedy_waiter(name, traits);
    if (!remedy)
        remedy = remedy_in_server(call);
    if (!remedy && serves_one_at_a_time(process_of(model, call)))
        remedy = sentence("it serves one connection at a time: start more processes of it, or let "
                          "it have threads");
    if (remedy)
        return remedy;
    if (call->loop_blocked_s > 0)
        return remedy_in_loop(name, traits);
    if (is_python(call) || is_python_program(process_of(model, call)))
        return sentence("wait for all connections at once (selectors), or give each one a thread "
                        "(concurrent.futures)");
    if (is_interpreted(model))
        return sentence("wait for all connections at once, or give each one a thread");
    return sentence("wait for all connections at once (poll, epoll), or make each one a task of "
                    "greq_map and run the program with `greq run`");
}

/* Threads of Python and of Ruby have one lock for all that they compute. */
char *remedy_computing(const struct blamed_call *call)
{
    if (call->group->function == EXIT_FUNCTION)
        return sentence("answer or close connections before computing what comes last");
    if (has_file(call, "asyncio"))
        return sentence("compute in a process (run_in_executor with a ProcessPoolExecutor), or in "
                        "pieces, with `await asyncio.sleep(0)` in between");
    if (is_python(call))
        return sentence("compute in processes (concurrent.futures.ProcessPoolExecutor)");
    if (is_ruby(call))
        return sentence("compute in processes (fork)");
    return sentence("compute in a pool of threads or processes, or in pieces, with a look at the "
                    "other connections in between");
}

char *remedy_shape(enum shape_kind kind)
{
    switch (kind) {
    case SHAPE_RECONNECT:
        return sentence(
            "keep connections open for the next request (keep-alive, a session, a pool), "
            "if the other side does");
    case SHAPE_EXPECT:
        return sentence(
            "send the whole request at once (curl: -H 'Expect:'), or let the other side "
            "answer 100 Continue");
    case SHAPE_NAGLE:
        return sentence("write a request at once (one send, writev, MSG_MORE, a buffer), or set "
                        "TCP_NODELAY");
    case SHAPE_RESOLVER:
        return sentence(
            "take the name server that does not answer out of /etc/resolv.conf, or give "
            "it less time (options timeout:1)");
    }
    return NULL;
}

char *remedy_interpreter(const struct blamed_call *call)
{
    if (is_ruby(call))
        return sentence("compute in processes (fork), or in code that lets the lock go; threads of "
                        "Ruby compute one at a time");
    return sentence(
        "compute in processes (concurrent.futures.ProcessPoolExecutor), or in code that "
        "lets the lock go; threads of Python compute one at a time");
}

char *remedy_convoy(const struct model *model, const struct blame_convoy *convoy)
{
    const char *name = name_of(model, convoy->holder);
    const struct blamed_call *waiter = convoy->waiter;
    unsigned traits = waiter ? model->kinds[waiter->group->function].traits : 0;
    if (convoy->knot)
        return sentence("take locks in the same order everywhere, and none over %s", name);
    if (traits & (TRAIT_CONDITION | TRAIT_SEMAPHORE))
        return sentence("do not call %s with the lock held, or before waking those who wait", name);
    return sentence("do not call %s while holding the lock that others wait for", name);
}

/* NULL: of its language nothing better is known than of any. */
static char *remedy_in_language(const struct process *process)
{
    const char *language = process ? process_language(process) : NULL;
    if (language && !strcmp(language, "PHP"))
        return sentence("send them together: curl_multi_exec, or a client that has it (Guzzle's "
                        "pool)");
    if (language && !strcmp(language, "JavaScript"))
        return sentence("begin them all, and await them together (Promise.all)");
    if (language && !strcmp(language, "Ruby"))
        return sentence("send them from threads (Thread.new, a pool of concurrent-ruby)");
    if (language && !strcmp(language, "Java"))
        return sentence("send them from threads (an ExecutorService), or by sendAsync");
    return NULL;
}

char *remedy_serial(const struct model *model, const struct blame_serial *serial)
{
    const struct blamed_call *call = serial->call;
    if (runs_program(model, "curl"))
        return sentence("let curl fetch several at once: curl -Z (--parallel)");
    if (runs_program(model, "wget"))
        return sentence("wget fetches one after another: start several of them (xargs -P), or use "
                        "curl -Z");
    if (serial->waited_s < serial->requests * (TRACE_LONG_CALL_NS / 1e9))
        return sentence("each takes less than a millisecond: ask for many at once (one query, a "
                        "batch, a pipeline)");
    if (has_tasks(call))
        return sentence("run it with `greq run`: its tasks then wait side by side");
    if (has_file(call, "asyncio") || (call && call->group->tasks.count))
        return sentence("send them from several coroutines at once (asyncio.gather)");
    if (!call && is_python_program(serial->process))
        return sentence(
            "send them from several coroutines at once (asyncio.gather), from a pool of "
            "threads (concurrent.futures), or from greenlets with `greq run`");
    if (is_python(call) || is_python_program(serial->process))
        return sentence("send them from a pool of threads (concurrent.futures), or from greenlets "
                        "with `greq run`");
    char *remedy = remedy_in_language(serial->process);
    if (remedy)
        return remedy;
    if (is_interpreted(model))
        return sentence("send the next request before the answer has come: threads, or a loop");
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

char *remedy_children(unsigned limit)
{
    return sentence("if what they wait for can bear it, let more than %u run at once (xargs -P, "
                    "make -j)",
                    limit);
}

char *remedy_lookups(const struct model *model, unsigned limit)
{
    (void)model;
    return sentence("give look-ups more than %u threads (as asyncio's default executor), or use a "
                    "resolver that needs none",
                    limit);
}

char *remedy_sqlite(void)
{
    return sentence(
        "let whoever has the lock end its transaction sooner, before it waits for anything "
        "else; nothing else helps while the two are tasks of one thread");
}

char *remedy_monitor(void)
{
    return sentence(
        "wait for nothing and compute little in synchronized blocks, or guard less with "
        "each: a profiler of the JVM names them");
}

char *remedy_full_queue(void)
{
    return sentence("let more threads take from that queue, or each of them sooner: a longer one "
                    "only fills later");
}

char *remedy_shared(void)
{
    return sentence(
        "give each task a connection of its own (a pool), or have one task at a time use "
        "it (a lock)");
}

char *remedy_dead(void)
{
    return sentence(
        "see whether anybody serves that address; else take it out of those of its name, "
        "try the others first, or give it up sooner");
}
