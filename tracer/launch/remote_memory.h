/*
 * remote_memory.h: the memory of another process, read from outside.
 */
#ifndef LAUNCH_REMOTE_MEMORY_H
#define LAUNCH_REMOTE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Copies `size` bytes. Returns false when not all of them are there, or may be read. */
bool remote_memory_read(pid_t process, uint64_t address, void *to, size_t size);

/* The word at an address; 0 where it cannot be read. */
uint64_t remote_memory_word(pid_t process, uint64_t address);

#endif
