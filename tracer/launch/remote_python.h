/*
 * remote_python.h: Python's own frames of a thread of another process, read from outside while it
 * sleeps. Of CPython 3.11 alone, whose structs remote_python.c knows: others say nothing.
 */
#ifndef LAUNCH_REMOTE_PYTHON_H
#define LAUNCH_REMOTE_PYTHON_H

#include <stdint.h>
#include <sys/types.h>

/* Lines "FILE:LINE FUNCTION\n", innermost first; or NULL: there are none, or they cannot be read.
 * The caller frees it. */
char *remote_python_read(pid_t process, pid_t thread);

/* Where the first interpreter of a process is in its memory (PyInterpreterState); 0: not found. */
uint64_t remote_python_interpreter(pid_t process);

/* The lines from a frame on (_PyInterpreterFrame). The same. */
char *remote_python_frames(pid_t process, uint64_t frame);

#endif
