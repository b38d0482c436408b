/*
 * error.h: how a lower module says what went wrong. It fills the caller's buffer with one line
 * without a newline; only cmd/ prints it.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

struct error {
    char text[1024];
};

/*
 * Stores a formatted line, cut to the size of the buffer. Control characters, which a file name
 * from a damaged trace may hold, become '?'.
 *
 * Returns -1, so that a function can end with `return error_set(error, ...)`.
 */
int error_set(struct error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Control characters become '?'. */
void error_hide_control_characters(char *text);

#endif
