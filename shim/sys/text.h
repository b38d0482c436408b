/*
 * text.h: one line of text, built without stdio (which a fork would duplicate and a signal handler
 * may not use) and without allocation. What does not fit is cut.
 */
#ifndef SYS_TEXT_H
#define SYS_TEXT_H

#include <stddef.h>
#include <stdint.h>

#define TEXT_SIZE 1024

struct text {
    size_t used;
    char bytes[TEXT_SIZE];
};

void text_add(struct text *text, const char *string);
void text_add_number(struct text *text, uint64_t number);
void text_add_signed(struct text *text, int64_t number);
void text_add_hex(struct text *text, uint64_t number);

/* Seconds with three decimals, rounded down. */
void text_add_seconds(struct text *text, uint64_t ns);

/* The text as a string, valid until it is changed. */
const char *text_string(struct text *text);

/* Writes the text and a newline to a descriptor in one write; errors and errno are left alone. */
void text_write_line(struct text *text, int fd);

#endif
