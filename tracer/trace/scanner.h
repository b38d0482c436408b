/*
 * scanner.h: cuts TSDL, the text of a CTF metadata file, into tokens. Knows no grammar.
 */
#ifndef TRACE_SCANNER_H
#define TRACE_SCANNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum token {
    TOKEN_END,
    TOKEN_WORD,   /* an identifier */
    TOKEN_NUMBER, /* an unsigned decimal; too large a one is UINT64_MAX */
    TOKEN_STRING, /* `start` and `length` leave the quotes out */
    TOKEN_SIGN,   /* any other single character */
};

struct scanner {
    const char *next; /* the text that has not been read yet */
    const char *end;
    /* the token read last */
    enum token token;
    const char *start;
    size_t length;
    uint64_t number;
};

/* Reads the next token into the scanner and returns its kind. Comments and blanks are skipped; what
 * lacks its closing quote ends with the text. */
enum token scanner_next(struct scanner *scanner);

/* Whether the current token reads like this. */
bool scanner_is(const struct scanner *scanner, const char *text);

#endif
