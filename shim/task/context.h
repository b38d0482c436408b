/*
 * context.h: the switch from one stack to another: context_x86_64.S, context_aarch64.S.
 *
 * Saves the callee-saved registers and the floating-point control words on the stack that is left,
 * and nothing else: the signal mask belongs to the thread, and changing it would be a system call.
 */
#ifndef TASK_CONTEXT_H
#define TASK_CONTEXT_H

/* Stores the stack pointer of who calls in *save, and continues who was left with `load`. Returns
 * when somebody continues the caller. */
__attribute__((visibility("hidden"))) void context_switch(void **save, void *load);

/* Makes a stack (its highest address, 16-byte aligned) such that switching to the value returned
 * calls entry(argument), which must not return. */
__attribute__((visibility("hidden"))) void *
context_prepare(void *stack_top, void (*entry)(void *argument), void *argument);

#endif
