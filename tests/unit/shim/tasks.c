#include "tasks.h"

#include "config/config.h"
#include "sys/clock.h"
#include "sys/elf.h"
#include "sys/own_fd.h"
#include "task/join.h"

#include <check.h>
#include <unistd.h>

/* Enough for a sanitizer's frames. */
#define STACK_SIZE (128 << 10)

/* Descriptors that were closed by a system call, which TSan does not see, and are used again. */
__attribute__((visibility("default"))) const char *__tsan_default_suppressions(void);
const char *__tsan_default_suppressions(void)
{
    return "race_top:epoll_create1\nrace_top:eventfd\nrace_top:pipe\nrace_top:socketpair\n";
}

void tasks_configure(void)
{
    if (config.cooperative)
        return;
    config.stack_size = STACK_SIZE;
    config.cooperative = true;
    elf_note_start(); /* else each switch asks the loader, whose lock no child gets back */
}

struct scheduler *tasks_begin(void)
{
    tasks_configure();
    struct scheduler *scheduler = scheduler_get(&this_thread);
    ck_assert_ptr_nonnull(scheduler);
    return scheduler;
}

/* By number alone: a helper thread may still be about to call a scheduler whose thread has ended.
 */
void tasks_close_kept(void)
{
    for (int fd; (fd = own_fd_next(0)) >= 0;)
        own_fd_close(fd);
}

void tasks_end(void)
{
    scheduler_leave(&this_thread);
    if (gettid() == getpid())
        tasks_close_kept();
}

struct task *tasks_spawn(void *(*function)(void *), void *argument)
{
    struct task *task = task_create(this_thread.scheduler, function, argument);
    ck_assert_ptr_nonnull(task);
    return task;
}

void *tasks_join(struct task *task)
{
    void *result = NULL;
    ck_assert_int_eq(join_wait(task, &result), 0);
    return result;
}

int tasks_pause(uint64_t ns)
{
    return task_park(tasks_self(), clock_after(ns), INTERRUPT_NEVER, "test");
}

void tasks_settle(void)
{
    struct scheduler *scheduler = this_thread.scheduler;
    do
        task_yield(scheduler);
    while (scheduler->ready_first);
}

struct task *tasks_self(void)
{
    return this_thread.scheduler->current;
}
