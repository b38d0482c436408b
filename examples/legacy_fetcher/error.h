/*
 * error.h: one sentence about what went wrong, in the caller's memory: "what (why)". Only main.c
 * and report.c print it.
 */
#ifndef LEGACY_FETCHER_ERROR_H
#define LEGACY_FETCHER_ERROR_H

#include <stdbool.h>

struct error {
    char text[256];
};

/* Both return false, so that a function can fail with `return error_set(...)`. */
__attribute__((format(printf, 2, 3))) bool error_set(struct error *error, const char *format, ...);

/* Makes the sentence that is there the reason of another one: "what (...)". */
bool error_wrap(struct error *error, const char *what);

#endif
