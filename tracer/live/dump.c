/*
 * dump.c: threads first, from /proc and their memory; then greq's own tasks, which the process's
 * page leads to, and greenlets that do not run; then, of a process that is being recorded, the
 * calls that its trace has in progress, for only there is known which greenlet is in which call,
 * and since when.
 *
 * The process goes on meanwhile, and is neither stopped nor asked. Of a thread that sleeps the
 * kernel tells the stack pointer and the program counter, which is enough to begin with; a task's
 * registers are all on its stack. One that runs has none that could be read.
 *
 * Tasks with the same stack are printed once: thousands of them mostly wait in the same place.
 */
#include "live/dump.h"

#include "base/kernel_clock.h"
#include "launch/remote_greenlets.h"
#include "launch/remote_python.h"
#include "live/calls.h"
#include "live/descriptor.h"
#include "live/made_code.h"
#include "live/page.h"
#include "live/process.h"
#include "live/stack.h"
#include "live/task.h"
#include "live/thread.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct dump {
    pid_t process;
    FILE *out;
    struct live_threads threads;
    struct stack_names names;
    struct live_page page; /* a copy; all zeros: there is none */
    uint64_t now;          /* ns, when it was looked at */
};

/* --- threads --- */

static const char *words_of(char state)
{
    switch (state) {
    case 'R':
        return "is running, or waits for a processor";
    case 'T':
    case 't':
        return "is stopped";
    case 'D':
        return "is in the kernel, which waits for a disk or the like";
    case 'Z':
    case 'X':
        return "has ended";
    default:
        return "sleeps in the kernel, outside of a system call";
    }
}

static void put_lines(const struct dump *dump, const char *lines)
{
    if (lines && *lines)
        fputs("    Python:\n", dump->out);
    for (const char *line = lines; line && *line; line += strcspn(line, "\n") + 1)
        fprintf(dump->out, "      %.*s\n", (int)strcspn(line, "\n"), line);
}

static void put_python(const struct dump *dump, const struct live_thread *thread)
{
    char *lines = remote_python_read(dump->process, thread->number);
    put_lines(dump, lines);
    free(lines);
}

static void put_stack(const struct dump *dump, const struct live_thread *thread)
{
    struct stack stack;
    stack_read(&stack, &dump->names, thread->number, &thread->registers);
    stack_put(&stack, &dump->names, dump->out);
}

static void put_thread(const struct dump *dump, const struct live_thread *thread)
{
    FILE *out = dump->out;
    fprintf(out, "thread %d (%s)%s ", (int)thread->number, thread->name,
            thread->number == dump->process ? ", the main one," : "");
    if (!thread->in_call) {
        fprintf(out, "%s\n", words_of(thread->state));
    } else {
        fputs(thread->state == 'T' || thread->state == 't' ? "is stopped in " : "is in ", out);
        live_thread_put_call(thread, dump->process, &dump->threads, out);
        if (thread->asleep_s >= 0)
            fprintf(out, ", asleep for %.3f s", thread->asleep_s);
        fputs("\n", out);
        put_stack(dump, thread);
    }
    put_python(dump, thread);
    fputs("\n", out);
}

/* Threads are looked at one after another, and their mutexes later. What is so of threads that
 * slept all the while is so at once: one that does not run neither takes nor releases a mutex. */
static bool is_lasting(const struct dump *dump, const struct live_thread *const *knot, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!live_thread_has_no_timeout(knot[i]) || !live_thread_sleeps_on(knot[i], dump->process))
            return false;
    return true;
}

/* The threads that wait for each other's mutexes in a circle, from `first`, the lowest of them.
 * Returns how many; 0: there is no circle. */
static size_t find_knot(const struct dump *dump, const struct live_thread *first,
                        const struct live_thread **knot)
{
    size_t count = 0;
    const struct live_thread *next = first;
    do {
        knot[count++] = next;
        next = live_thread_holder(next, dump->process, &dump->threads);
    } while (next && next > first && count < dump->threads.count);
    return next == first && is_lasting(dump, knot, count) ? count : 0;
}

static void put_knots(const struct dump *dump)
{
    const struct live_thread **knot = calloc(dump->threads.count, sizeof *knot);
    for (size_t i = 0; knot && i < dump->threads.count; i++) {
        size_t count = find_knot(dump, &dump->threads.items[i], knot);
        for (size_t j = 0; j < count; j++) {
            const struct live_thread *waits = knot[j], *has = knot[(j + 1) % count];
            fprintf(dump->out, "%sthread %d (%s) waits for a mutex that thread %d (%s) has%s",
                    j ? "" : "deadlock: ", (int)waits->number, waits->name, (int)has->number,
                    has->name, j + 1 < count ? "; " : "\n\n");
        }
    }
    free(knot);
}

/* --- tasks --- */

struct task_stack {
    const struct live_task *task;
    struct stack stack;
};

/* 0: both wait for the same kind of thing in the same place. */
static int compare_places(const struct task_stack *a, const struct task_stack *b)
{
    if (a->stack.count != b->stack.count)
        return a->stack.count < b->stack.count ? -1 : 1;
    int order =
        memcmp(a->stack.addresses, b->stack.addresses, a->stack.count * sizeof *a->stack.addresses);
    return order ? order : strcmp(a->task->waits_for, b->task->waits_for);
}

/* By place, and those that wait longest first. */
static int compare(const void *left, const void *right)
{
    const struct task_stack *a = left, *b = right;
    int order = compare_places(a, b);
    return order                             ? order
           : a->task->since < b->task->since ? -1
           : a->task->since > b->task->since ? 1
                                             : 0;
}

static void put_task_name(const struct live_task *task, FILE *out)
{
    if (task->number)
        fprintf(out, "task %" PRIu32, task->number);
    else
        fputs("a thread's own flow of control", out);
}

static void put_task(const struct dump *dump, const struct task_stack *first, size_t alike)
{
    FILE *out = dump->out;
    const struct live_task *task = first->task;
    char text[DESCRIPTOR_TEXT_SIZE];
    put_task_name(task, out);
    if (alike > 1)
        fprintf(out, " and %zu others in the same place: each", alike - 1);
    fprintf(out, " is parked, waiting for %s", *task->waits_for ? task->waits_for : "something");
    if (task->fd >= 0) {
        descriptor_describe(dump->process, task->fd, text, sizeof text);
        fprintf(out, ": %sfd %d (%s)", alike > 1 ? "the first " : "", task->fd, text);
    }
    if (task->since && task->since < dump->now)
        fprintf(out, ", for %.3f s", (double)(dump->now - task->since) / 1e9);
    fputs("\n", out);
    stack_put(&first->stack, &dump->names, out);
    fputs("\n", out);
}

static void put_tasks(struct dump *dump)
{
    struct live_tasks_read tasks;
    dump->now = (uint64_t)kernel_clock_read(CLOCK_MONOTONIC);
    live_tasks_read(&tasks, dump->process, &dump->page.tasks);
    struct task_stack *stacks = tasks.count ? calloc(tasks.count, sizeof *stacks) : NULL;
    for (size_t i = 0; stacks && i < tasks.count; i++) {
        stacks[i].task = &tasks.items[i];
        stack_read(&stacks[i].stack, &dump->names, dump->process, &tasks.items[i].registers);
    }
    if (stacks)
        qsort(stacks, tasks.count, sizeof *stacks, compare);
    for (size_t i = 0, next; stacks && i < tasks.count; i = next) {
        for (next = i + 1; next < tasks.count && !compare_places(&stacks[i], &stacks[next]); next++)
            ;
        put_task(dump, &stacks[i], next - i);
    }
    if (tasks.is_cut)
        fputs("there are more tasks, which were not read\n\n", dump->out);
    free(stacks);
    free(tasks.items);
}

/* --- greenlets --- */

static int compare_lines(const void *left, const void *right)
{
    const struct remote_greenlet *a = left, *b = right;
    return strcmp(a->lines, b->lines);
}

/* Those in the same place once. */
static void put_greenlets(const struct dump *dump)
{
    struct remote_greenlets greenlets;
    remote_greenlets_read(&greenlets, dump->process);
    if (greenlets.count)
        qsort(greenlets.items, greenlets.count, sizeof *greenlets.items, compare_lines);
    for (size_t i = 0, next; i < greenlets.count; i = next) {
        for (next = i + 1;
             next < greenlets.count && !compare_lines(&greenlets.items[i], &greenlets.items[next]);
             next++)
            ;
        if (next - i > 1)
            fprintf(dump->out, "%zu greenlets are suspended in the same place\n", next - i);
        else
            fputs("a greenlet is suspended\n", dump->out);
        put_lines(dump, greenlets.items[i].lines);
        fputs("\n", dump->out);
    }
    if (greenlets.is_cut)
        fputs("there may be more greenlets, which were not read\n\n", dump->out);
    remote_greenlets_free(&greenlets);
}

/* --- the process --- */

static void read_page(struct dump *dump)
{
    struct page page;
    struct error error;
    if (page_look(&page, dump->process, &error))
        return;
    dump->page = *page.live;
    dump->page.trace[sizeof dump->page.trace - 1] = '\0';
    page_close(&page);
}

static void put_head(const struct dump *dump)
{
    char program[256];
    process_program(dump->process, program, sizeof program);
    fprintf(dump->out, "process %d: %s, %zu thread%s; ", (int)dump->process,
            *program ? program : "unknown program", dump->threads.count,
            dump->threads.count == 1 ? "" : "s");
    if (dump->page.magic && dump->page.state == LIVE_RECORDING)
        fprintf(dump->out, "recorded in %s\n\n", dump->page.trace);
    else if (dump->page.magic || page_is_preloaded(dump->process))
        fputs("libgreq.so is in it, and records nothing\n\n", dump->out);
    else
        fputs("libgreq.so is not in it\n\n", dump->out);
}

/* The memory may be refused although the files in /proc are not. */
static int check(const struct dump *dump, struct error *error)
{
    if (!dump->threads.count)
        return error_set(error, "%d: no such process", (int)dump->process);
    if (dump->threads.items[0].is_refused)
        return error_set(error, PROCESS_REFUSED, (int)dump->process);
    if (!dump->names.stacks)
        return error_set(error, "%d: cannot read which files it has mapped", (int)dump->process);
    return 0;
}

int dump_put(pid_t process, FILE *out, struct error *error)
{
    struct dump dump = {.process = process, .out = out};
    if (process_check(process, true, error))
        return -1;
    live_threads_read(&dump.threads, process);
    dump.names = (struct stack_names){remote_stacks_open(process), symbols_create(NULL),
                                      made_code_open(process)};
    read_page(&dump);
    int status = check(&dump, error);
    if (!status) {
        put_head(&dump);
        put_knots(&dump);
        for (size_t i = 0; i < dump.threads.count; i++)
            put_thread(&dump, &dump.threads.items[i]);
        put_tasks(&dump);
        put_greenlets(&dump);
        if (dump.page.magic && dump.page.state == LIVE_RECORDING)
            calls_put(process, dump.page.trace, &dump.names, out);
    }
    made_code_close(dump.names.made);
    remote_stacks_close(dump.names.stacks);
    symbols_destroy(dump.names.symbols);
    free(dump.threads.items);
    return status;
}
