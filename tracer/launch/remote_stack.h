/*
 * remote_stack.h: the stack of a thread of another process that sleeps in a system call, read from
 * outside. Nothing is done to the thread: no signal, no ptrace. Of its registers the kernel tells
 * the stack pointer and the program counter (/proc/PID/task/TID/syscall); the others are found on
 * the stack, by the unwind tables, or the walk ends.
 *
 * That is enough for code without frame pointers, which is found by the stack pointer alone, and
 * behind a function of libc's that saves the frame pointer. Else that is looked for: the hooks, and
 * programs that are compiled with frame pointers or not optimised, have a frame that only it leads
 * to. A call keeps nothing for it: of most that hang none is recorded.
 */
#ifndef LAUNCH_REMOTE_STACK_H
#define LAUNCH_REMOTE_STACK_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Stores up to `max` addresses, the program counter first and then return addresses. Returns how
 * many; 0 when it cannot be read. It may be that of no moment at all if the thread runs meanwhile.
 */
size_t remote_stack_read(pid_t process, pid_t thread, uint64_t stack_pointer,
                         uint64_t program_counter, uint64_t *addresses, size_t max);

/* What is known of a stack that is to be read. */
struct remote_registers {
    uint64_t stack_pointer, program_counter;
    size_t count; /* of others: none of a thread, all that the callee keeps of a task */
    unsigned numbers[11];
    uint64_t values[11];
};

/* For the stacks of one process, one after another. NULL where its modules cannot be read. */
struct remote_stacks;
struct remote_stacks *remote_stacks_open(pid_t process);
void remote_stacks_close(struct remote_stacks *stacks);

/* As remote_stack_read. */
size_t remote_stacks_read(struct remote_stacks *stacks, pid_t thread,
                          const struct remote_registers *registers, uint64_t *addresses,
                          size_t max);

/* The file whose code an address is in, and the address as in its program headers; NULL: in none.
 * Valid until remote_stacks_close. */
const char *remote_stacks_module(struct remote_stacks *stacks, uint64_t address,
                                 uint64_t *file_address);

#endif
