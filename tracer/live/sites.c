/*
 * sites.c: a look is a sample: each thread that sleeps in a system call, each of greq's own tasks
 * that is parked, and each greenlet that is suspended, counts to the site of its call. A site's
 * time is the sum over looks of who was in it, times the time since the look before. So it is as
 * exact as looks are many, and it costs the process nothing: its memory is read, by the right to
 * debug it.
 *
 * The place is the innermost line of the program's own; where there is none, of any library that
 * calls do not merely pass through.
 */
#include "live/sites.h"

#include "base/kernel_clock.h"
#include "base/memory.h"
#include "launch/remote_python.h"
#include "live/descriptor.h"
#include "live/greenlets.h"
#include "live/made_code.h"
#include "live/page.h"
#include "live/process.h"
#include "live/stack.h"
#include "live/task.h"
#include "live/thread.h"
#include "symbol/installed.h"
#include "symbol/python_line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PYTHON_THREADS_MAX = 16 };

struct watch {
    pid_t process;
    struct symbols *symbols;
    struct watched last;
    size_t capacity;
    uint64_t begun, looked; /* ns */
    double cpu_s;
    struct live_balance balance;
    struct live_greenlets greenlets;
    bool has_python;
};

/* --- sites --- */

static struct wait_site *site_of(struct watch *watch, const char *call, const char *place)
{
    struct watched *last = &watch->last;
    for (size_t i = 0; i < last->count; i++)
        if (!strcmp(last->sites[i].call, call) && !strcmp(last->sites[i].place, place))
            return &last->sites[i];
    last->sites = memory_grow(last->sites, last->count, &watch->capacity, sizeof *last->sites);
    struct wait_site *site = &last->sites[last->count++];
    *site = (struct wait_site){.longest_s = -1};
    snprintf(site->call, sizeof site->call, "%s", call);
    snprintf(site->place, sizeof site->place, "%s", place);
    return site;
}

/* Returns whether it is the one that waits longest there. */
static bool add(struct wait_site *site, double waits_s, double passed_s)
{
    bool is_longest = !site->now || waits_s > site->longest_s;
    site->now++;
    site->waited_s += passed_s;
    if (is_longest)
        site->longest_s = waits_s;
    return is_longest;
}

/* --- places --- */

static bool is_own(const struct frame *frame)
{
    return !frame->is_installed && !frame->is_runtime && !stack_is_of_shim(frame);
}

static void name_place(const struct stack *stack, const struct stack_names *names, char *place,
                       size_t size)
{
    const struct frame *found = NULL, *other = NULL;
    for (size_t i = 0; i < stack->count && !found; i++) {
        const struct frames *frames = stack_find(stack->addresses[i], i > 0, names);
        for (size_t j = 0; frames && j < frames->count && !found; j++) {
            const struct frame *frame = frames->items[j];
            if (is_own(frame))
                found = frame;
            else if (!frame->is_runtime && !stack_is_of_shim(frame) &&
                     (!other || symbols_says_more(frame, other)))
                other = frame;
        }
    }
    found = found ? found : other;
    if (found && *found->file && found->line)
        snprintf(place, size, "%s (%s:%u)", found->function, basename(found->file), found->line);
    else
        snprintf(place, size, "%s", found ? found->function : "unknown");
}

/* Of lines from the innermost outwards: the first of the program's own, or else the first. Changes
 * them. */
static void name_lines(char *lines, char *place, size_t size)
{
    bool is_first = true;
    snprintf(place, size, "unknown");
    for (char *text, *rest = lines; (text = strsep(&rest, "\n")) && *text; is_first = false) {
        const struct python_line line = python_line_split(text);
        bool is_own = !installed_is_python(line.file);
        if (is_own || is_first)
            snprintf(place, size, "%s (%s:%u)", line.function, basename(line.file), line.number);
        if (is_own)
            return;
    }
}

static bool name_python(pid_t process, pid_t thread, char *place, size_t size)
{
    char *lines = remote_python_read(process, thread);
    bool is_there = lines && *lines;
    if (is_there)
        name_lines(lines, place, size);
    free(lines);
    return is_there;
}

/* --- a look --- */

static void look_at_thread(struct watch *watch, const struct stack_names *names,
                           const struct live_threads *threads, size_t index, double passed_s)
{
    const struct live_thread *thread = &threads->items[index];
    struct stack stack;
    char place[sizeof((struct wait_site *)0)->place];
    if (index >= PYTHON_THREADS_MAX || !watch->has_python ||
        !name_python(watch->process, thread->number, place, sizeof place)) {
        stack_read(&stack, names, thread->number, &thread->registers);
        name_place(&stack, names, place, sizeof place);
    }
    struct wait_site *site = site_of(watch, live_thread_call_name(thread), place);
    if (!add(site, thread->asleep_s, passed_s))
        return;
    *site->what = '\0';
    FILE *out = fmemopen(site->what, sizeof site->what, "w");
    if (!out)
        return;
    live_thread_put_call(thread, watch->process, threads, out);
    fclose(out);
    site->what[sizeof site->what - 1] = '\0';
}

static void look_at_threads(struct watch *watch, const struct stack_names *names,
                            const struct live_threads *threads, double passed_s)
{
    watch->last.threads = threads->count;
    watch->last.running = 0;
    for (size_t i = 0; i < threads->count; i++) {
        if (threads->items[i].in_call)
            look_at_thread(watch, names, threads, i, passed_s);
        else
            watch->last.running += threads->items[i].state == 'R';
    }
}

static void look_at_task(struct watch *watch, const struct stack_names *names,
                         const struct live_task *task, double passed_s)
{
    struct stack stack;
    char place[sizeof((struct wait_site *)0)->place], text[DESCRIPTOR_TEXT_SIZE];
    stack_read(&stack, names, watch->process, &task->registers);
    name_place(&stack, names, place, sizeof place);
    double waits_s = task->since && task->since < watch->looked
                         ? (double)(watch->looked - task->since) / 1e9
                         : -1;
    struct wait_site *site = site_of(watch, "parked", place);
    if (!add(site, waits_s, passed_s))
        return;
    snprintf(site->what, sizeof site->what, "waiting for %s", task->waits_for);
    if (task->fd >= 0) {
        descriptor_describe(watch->process, task->fd, text, sizeof text);
        snprintf(site->what, sizeof site->what, "fd %d (%.130s)", task->fd, text);
    }
}

static void look_at_tasks(struct watch *watch, const struct stack_names *names, double passed_s)
{
    struct page page;
    struct error error;
    struct live_tasks_read tasks = {0};
    watch->last.trace[0] = '\0';
    watch->last.tasks = 0;
    if (page_look(&page, watch->process, &error))
        return;
    if (page.live->state == LIVE_RECORDING)
        snprintf(watch->last.trace, sizeof watch->last.trace, "%.255s", page.live->trace);
    live_tasks_read(&tasks, watch->process, &page.live->tasks);
    page_close(&page);
    watch->last.tasks = tasks.count;
    for (size_t i = 0; i < tasks.count; i++)
        look_at_task(watch, names, &tasks.items[i], passed_s);
    free(tasks.items);
}

static void look_at_greenlets(struct watch *watch, double passed_s)
{
    char place[sizeof((struct wait_site *)0)->place];
    struct live_greenlets *greenlets = &watch->greenlets;
    if (!watch->has_python)
        return;
    live_greenlets_look(greenlets, watch->process, watch->looked);
    watch->last.tasks += greenlets->last.count;
    for (size_t i = 0; i < greenlets->last.count; i++) {
        const struct remote_greenlet *greenlet = &greenlets->last.items[i];
        name_lines(greenlet->lines, place, sizeof place);
        struct wait_site *site = site_of(watch, "suspended", place);
        site->is_least = true;
        add(site, live_greenlets_unchanged(greenlets, greenlet, watch->looked), passed_s);
    }
}

enum { CPU_TIMES = 14 }; /* fields of "stat": of the program, and of the kernel for it */

static double read_cpu(pid_t process)
{
    char path[64], text[1024];
    unsigned long user = 0, system = 0;
    snprintf(path, sizeof path, "/proc/%d/stat", (int)process);
    FILE *file = fopen(path, "re");
    size_t length = file ? fread(text, 1, sizeof text - 1, file) : 0;
    if (file)
        fclose(file);
    text[length] = '\0';
    const char *field = live_thread_field(text, CPU_TIMES);
    if (!field || sscanf(field, "%lu %lu", &user, &system) != 2)
        return -1;
    return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

static void note_time(struct watch *watch, double *passed_s)
{
    uint64_t now = (uint64_t)kernel_clock_read(CLOCK_MONOTONIC);
    double cpu_s = read_cpu(watch->process);
    *passed_s = watch->looked ? (double)(now - watch->looked) / 1e9 : 0;
    watch->last.cpu = watch->looked && *passed_s > 0 ? (cpu_s - watch->cpu_s) / *passed_s : -1;
    watch->cpu_s = cpu_s;
    watch->looked = now;
    if (!watch->begun)
        watch->begun = now;
    watch->last.watched_s = (double)(now - watch->begun) / 1e9;
}

bool watch_look(struct watch *watch)
{
    struct live_threads threads;
    double passed_s;
    live_threads_read(&threads, watch->process);
    /* Modules may have been loaded since, and code made. */
    const struct stack_names names = {remote_stacks_open(watch->process), watch->symbols,
                                      made_code_open(watch->process)};
    bool is_there = threads.count && names.stacks && threads.items[0].state != 'Z';
    if (is_there) {
        note_time(watch, &passed_s);
        for (size_t i = 0; i < watch->last.count; i++) {
            watch->last.sites[i].now = 0;
            watch->last.sites[i].longest_s = -1;
        }
        live_balance_look(&watch->balance, watch->process, &threads, (double)watch->looked / 1e9);
        watch->last.balance = live_balance_last(&watch->balance);
        live_connections_read(&watch->last.connections, watch->process);
        look_at_threads(watch, &names, &threads, passed_s);
        look_at_tasks(watch, &names, passed_s);
        look_at_greenlets(watch, passed_s);
    }
    made_code_close(names.made);
    remote_stacks_close(names.stacks);
    free(threads.items);
    return is_there;
}

/* --- begin and end --- */

struct watch *watch_open(pid_t process, struct error *error)
{
    struct live_threads threads;
    char program[256];
    if (process_check(process, true, error))
        return NULL;
    live_threads_read(&threads, process);
    bool is_refused = !threads.count || threads.items[0].is_refused;
    free(threads.items);
    if (is_refused) {
        error_set(error, PROCESS_REFUSED, (int)process);
        return NULL;
    }
    struct watch *watch = memory_alloc(1, sizeof *watch);
    watch->process = process;
    watch->symbols = symbols_create(NULL);
    process_name(process, watch->last.program, sizeof watch->last.program);
    process_program(process, program, sizeof program);
    watch->has_python = strstr(program, "python");
    return watch;
}

void watch_close(struct watch *watch)
{
    symbols_destroy(watch->symbols);
    live_balance_finish(&watch->balance);
    live_greenlets_finish(&watch->greenlets);
    free(watch->last.sites);
    free(watch);
}

const struct watched *watch_last(const struct watch *watch)
{
    return &watch->last;
}
