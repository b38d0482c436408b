#include "task/switch.h"

#include "real/openssl.h"
#include "task/context.h"
#include "task/internal.h"
#include "task/sanitizer.h"
#include "task/stack.h"

#include <errno.h>
#include <string.h>

static void save_thread_state(struct task *task)
{
    uint64_t *globals = task->scheduler->cxx_globals;
    task->saved_errno = errno;
    task->openssl_errors = openssl_errors_take();
    if (globals) {
        memcpy(task->cxx_globals, globals, sizeof task->cxx_globals);
        memset(globals, 0, sizeof task->cxx_globals);
    }
}

static void restore_thread_state(struct task *task)
{
    if (task->scheduler->cxx_globals)
        memcpy(task->scheduler->cxx_globals, task->cxx_globals, sizeof task->cxx_globals);
    if (task->openssl_errors)
        openssl_errors_put(task->openssl_errors);
    task->openssl_errors = NULL;
    errno = task->saved_errno;
}

/* `fake_stack`: where ASan keeps what it needs to come back, NULL when nobody will. */
static void leave_stack(const struct task *to, void **fake_stack)
{
    if (__tsan_switch_to_fiber)
        __tsan_switch_to_fiber(to->tsan_fiber, 0);
    if (__sanitizer_start_switch_fiber)
        __sanitizer_start_switch_fiber(fake_stack, to->stack_bottom, to->stack_size);
}

static void arrive_on_stack(struct scheduler *scheduler, void *fake_stack)
{
    const void *bottom;
    size_t size;
    if (!__sanitizer_finish_switch_fiber)
        return;
    /* Tells where the stack is that was left: the only way to learn it of the thread's own. */
    __sanitizer_finish_switch_fiber(fake_stack, &bottom, &size);
    if (scheduler->left == &scheduler->main) {
        scheduler->main.stack_bottom = bottom;
        scheduler->main.stack_size = size;
    }
}

static void release_remains(struct scheduler *scheduler)
{
    struct remains *remains = &scheduler->remains;
    if (!remains->stack)
        return;
    if (__tsan_destroy_fiber)
        __tsan_destroy_fiber(remains->tsan_fiber);
    stack_put(remains->stack);
    remains->stack = NULL;
}

static void set_current(struct scheduler *scheduler, struct task *to)
{
    scheduler->left = scheduler->current;
    scheduler->current = to;
    task_set_state(to, TASK_RUNNING);
    scheduler->thread->strand = to == &scheduler->main ? &scheduler->thread->self : &to->strand;
}

void switch_to(struct scheduler *scheduler, struct task *to)
{
    struct task *from = scheduler->current;
    void *fake_stack = NULL;
    if (to == from) {
        task_set_state(to, TASK_RUNNING);
        return;
    }
    save_thread_state(from);
    set_current(scheduler, to);
    leave_stack(to, &fake_stack);
    context_switch(&from->stack_pointer, to->stack_pointer);
    arrive_on_stack(scheduler, fake_stack);
    release_remains(scheduler);
    restore_thread_state(from);
}

_Noreturn void switch_away(struct scheduler *scheduler, struct task *to)
{
    set_current(scheduler, to);
    leave_stack(to, NULL);
    context_switch(&scheduler->remains.stack_pointer, to->stack_pointer);
    __builtin_unreachable();
}

void switch_arrive(struct scheduler *scheduler)
{
    arrive_on_stack(scheduler, NULL);
    release_remains(scheduler);
    restore_thread_state(scheduler->current);
}
