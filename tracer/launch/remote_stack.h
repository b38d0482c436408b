/*
 * remote_stack.h: the stack of a thread of another process that sleeps in a system call, read from
 * outside. Nothing is done to the thread: no signal, no ptrace. Of its registers the kernel tells
 * the stack pointer and the program counter (/proc/PID/task/TID/syscall); the others are found on
 * the stack, by the unwind tables, or the walk ends.
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

#endif
