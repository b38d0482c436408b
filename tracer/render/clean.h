/*
 * clean.h: texts out of a trace, made fit for a reader. A trace may hold any bytes; a terminal must
 * not be given control characters, and JSON is UTF-8.
 */
#ifndef RENDER_CLEAN_H
#define RENDER_CLEAN_H

#include <stdbool.h>
#include <stddef.h>

/*
 * A copy of `text` in which each byte that is a control character or no UTF-8 is a '?', and with
 * `ascii` each character outside ASCII as well, but for an ellipsis, which is "...". Released with
 * free(3).
 */
char *clean_copy(const char *text, bool ascii);

/* How many characters a clean text has. */
size_t clean_length(const char *text);

/* Cuts a clean text after `length` characters. */
void clean_cut(char *text, size_t length);

#endif
