/*
 * parse.h: numbers and times as users write them. The whole text has to be one: no sign, no blanks,
 * nothing behind it. Errors are the caller's to report.
 */
#ifndef EXAMPLES_PARSE_H
#define EXAMPLES_PARSE_H

#include <stdbool.h>
#include <stdint.h>

/* The longest time that parse_seconds takes: more than eleven days. */
#define PARSE_MAX_SECONDS 1000000

/* Decimal digits, at most `max`. */
bool parse_number(const char *text, uint64_t max, uint64_t *value);

/* Seconds with an optional fraction ("1", "0.25"), at most PARSE_MAX_SECONDS. */
bool parse_seconds(const char *text, int64_t *nanoseconds);

#endif
