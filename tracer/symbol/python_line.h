/*
 * python_line.h: a line of Python's, as stacks are recorded and read: "FILE:LINE FUNCTION".
 */
#ifndef SYMBOL_PYTHON_LINE_H
#define SYMBOL_PYTHON_LINE_H

struct python_line {
    const char *file, *function; /* or "" */
    unsigned number;             /* or 0 */
};

/* Takes a text apart, which may be anything: it is changed, and the parts point into it. */
struct python_line python_line_split(char *text);

#endif
