#include "task/switch.h"

#include "task/context.h"
#include "task/internal.h"
#include "task/sanitizer.h"
#include "task/stack.h"

#include <stddef.h>

/* Whether the process has a sanitizer that is to be told. */
static inline bool is_watched(void)
{
    return __tsan_switch_to_fiber || __sanitizer_start_switch_fiber;
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

static __attribute__((noinline)) void release_remains(struct scheduler *scheduler)
{
    struct remains *remains = &scheduler->remains;
    if (__tsan_destroy_fiber)
        __tsan_destroy_fiber(remains->tsan_fiber);
    stack_put(remains->stack);
    remains->stack = NULL;
}

static inline void arrive(struct scheduler *scheduler, void *fake_stack)
{
    if (is_watched())
        arrive_on_stack(scheduler, fake_stack);
    if (scheduler->remains.stack)
        release_remains(scheduler);
}

static inline void set_current(struct scheduler *scheduler, struct task *to)
{
    scheduler->left = scheduler->current;
    scheduler->current = to;
    task_set_state(to, TASK_RUNNING);
    scheduler->thread->strand = to->strand;
}

void switch_to(struct scheduler *scheduler, struct task *to)
{
    struct task *from = scheduler->current;
    void *fake_stack = NULL;
    if (to == from) {
        task_set_state(to, TASK_RUNNING);
        return;
    }
    belongings_take(from->belongings);
    set_current(scheduler, to);
    if (is_watched())
        leave_stack(to, &fake_stack);
    context_switch(&from->stack_pointer, to->stack_pointer);
    arrive(scheduler, fake_stack);
    belongings_put(from->belongings);
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
    arrive(scheduler, NULL);
    belongings_put(scheduler->current->belongings);
}
