/*
 * fingerprint.h: a number for a call site that stays the same from one build, run and machine to
 * the next. It depends on the call and on the names of the functions on its stack alone: not on
 * lines, files, addresses, depth of recursion, runtime libraries, or what starts main() and
 * threads. It is written to files, and must not change from version to version: FNV-1a, of which a
 * test holds a value fixed.
 *
 * Calls from several lines of one function are therefore one site. A renamed function makes
 * another.
 */
#ifndef BASE_FINGERPRINT_H
#define BASE_FINGERPRINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FINGERPRINT_SIZE = 17 }; /* of its text */

struct fingerprint {
    uint64_t value;
    const char *last; /* the frame added last, NULL: none; the caller's */
    size_t last_length;
};

struct fingerprint fingerprint_begin(const char *call);

/* Adds a frame, innermost first. `function` must stay as it is until the next one is added. */
void fingerprint_add(struct fingerprint *fingerprint, const char *function, const char *module,
                     bool is_runtime);

/* Whether a function is what starts main() and threads. */
bool fingerprint_is_start(const char *function);

/* Its text: 16 hexadecimal digits. Returns `text`. */
char *fingerprint_text(char text[FINGERPRINT_SIZE], uint64_t value);

#endif
