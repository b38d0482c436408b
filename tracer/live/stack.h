/*
 * stack.h: stacks of a running process, with names.
 */
#ifndef LIVE_STACK_H
#define LIVE_STACK_H

#include "launch/remote_stack.h"
#include "live/made_code.h"
#include "symbol/symbols.h"

#include <greq/trace_format.h>

#include <stdbool.h>
#include <stdio.h>

struct stack {
    uint64_t addresses[TRACE_MAX_FRAMES];
    size_t count;
};

struct stack_names {
    struct remote_stacks *stacks;
    struct symbols *symbols;
    struct made_code *made;
};

/* Reads the stack that the registers, of a thread or of a task in it, lead to. */
void stack_read(struct stack *stack, const struct stack_names *names, pid_t thread,
                const struct remote_registers *registers);

/* Whether it is libgreq.so's own. */
bool stack_is_of_shim(const struct frame *frame);

/* The frames of an address, or NULL where it is in no file and code that was made at run time has
 * no name. `is_return`: it is a return address. */
const struct frames *stack_find(uint64_t address, bool is_return, const struct stack_names *names);

/* Prints a frame a line, innermost first, and where the stack ends if not at its outermost
 * function. */
void stack_put(const struct stack *stack, const struct stack_names *names, FILE *out);

/* Prints the place of one return address: "function (file:line)". */
void stack_put_place(uint64_t address, const struct stack_names *names, FILE *out);

#endif
