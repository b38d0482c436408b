/*
 * command.h: what a trace keeps of a command line. Arguments hold passwords, tokens and URLs, and
 * traces are made to be handed on.
 *
 * Kept are the program, an interpreter's script, and the names of options; each value, and every
 * argument that could be one, is "…".
 *
 * Nobody knows which options take a secret ("-p…" of "-pWORD"). A script is an interpreter's first
 * argument that is a regular file. What a process wrote over its arguments is cut at the first
 * blank. A looked-up name with characters of a URL is "…" too: `user:password@host` is given to
 * getaddrinfo by mistake. Hosts, addresses, paths of modules and names of threads stay: without
 * them a report says nothing.
 */
#ifndef LOG_COMMAND_H
#define LOG_COMMAND_H

#include <stddef.h>

/* Writes the line of a command, given as NUL-terminated words of `length` bytes altogether, the
 * last one perhaps cut. `line` holds `size` bytes; what does not fit is left out. */
void command_line_reduced(char *line, size_t size, const char *words, size_t length);

/* The same with all that the words hold. */
void command_line_whole(char *line, size_t size, const char *words, size_t length);

/* Whether a text may be the name of a host, and not a URL with a password that was taken for one.
 */
int command_is_host(const char *name);

#endif
