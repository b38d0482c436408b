/*
 * stack.h: stacks of tasks: mapped lazily, with a guard below, kept for the next task.
 */
#ifndef TASK_STACK_H
#define TASK_STACK_H

#include <stddef.h>

/* Describes a stack; it lies at the stack's own top. */
struct stack {
    struct stack *next; /* in the list of those kept */
    char *base;         /* of the mapping, guard included */
    size_t size;        /* of the mapping */
    size_t guard;       /* bytes of it that cannot be touched */
    unsigned valgrind_id;
};

/* Returns a stack of at least `size` usable bytes, or NULL when memory is short. From any thread.
 */
struct stack *stack_get(size_t size);

/* The caller must not be running on it. From any thread. */
void stack_put(struct stack *stack);

/* A forked child: no other thread is using the list of kept stacks. */
void stack_after_fork(void);

/* The end where it begins to grow, 16-byte aligned. */
static inline void *stack_top(struct stack *stack)
{
    return stack;
}

static inline void *stack_bottom(const struct stack *stack)
{
    return stack->base + stack->guard;
}

static inline size_t stack_usable(const struct stack *stack)
{
    return (size_t)((const char *)stack - (const char *)stack_bottom(stack));
}

#endif
