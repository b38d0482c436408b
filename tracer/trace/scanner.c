#include "trace/scanner.h"

#include <ctype.h>
#include <string.h>

static bool is_word_part(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

static bool starts_with(const struct scanner *scanner, const char *text)
{
    size_t length = strlen(text);
    return (size_t)(scanner->end - scanner->next) >= length && !memcmp(scanner->next, text, length);
}

/* Moves on to behind the next occurrence of a text, or to the end. */
static void skip_past(struct scanner *scanner, const char *text)
{
    while (scanner->next < scanner->end && !starts_with(scanner, text))
        scanner->next++;
    if (scanner->next < scanner->end)
        scanner->next += strlen(text);
}

static void skip_blanks(struct scanner *scanner)
{
    while (scanner->next < scanner->end) {
        if (starts_with(scanner, "/*"))
            skip_past(scanner, "*/");
        else if (starts_with(scanner, "//"))
            skip_past(scanner, "\n");
        else if (isspace((unsigned char)*scanner->next))
            scanner->next++;
        else
            return;
    }
}

static enum token read_string(struct scanner *scanner)
{
    scanner->start = ++scanner->next;
    while (scanner->next < scanner->end && *scanner->next != '"')
        scanner->next++;
    scanner->length = scanner->next - scanner->start;
    if (scanner->next < scanner->end)
        scanner->next++;
    return TOKEN_STRING;
}

static enum token read_number(struct scanner *scanner)
{
    scanner->number = 0;
    for (; scanner->next < scanner->end && isdigit((unsigned char)*scanner->next); scanner->next++)
        if (__builtin_mul_overflow(scanner->number, 10, &scanner->number) ||
            __builtin_add_overflow(scanner->number, *scanner->next - '0', &scanner->number))
            scanner->number = UINT64_MAX;
    scanner->length = scanner->next - scanner->start;
    return TOKEN_NUMBER;
}

static enum token read_word(struct scanner *scanner)
{
    while (scanner->next < scanner->end && is_word_part(*scanner->next))
        scanner->next++;
    scanner->length = scanner->next - scanner->start;
    return TOKEN_WORD;
}

static enum token read_token(struct scanner *scanner)
{
    skip_blanks(scanner);
    scanner->start = scanner->next;
    scanner->length = 0;
    if (scanner->next == scanner->end)
        return TOKEN_END;
    if (*scanner->next == '"')
        return read_string(scanner);
    if (isdigit((unsigned char)*scanner->next))
        return read_number(scanner);
    if (is_word_part(*scanner->next))
        return read_word(scanner);
    scanner->next++;
    scanner->length = 1;
    return TOKEN_SIGN;
}

enum token scanner_next(struct scanner *scanner)
{
    return scanner->token = read_token(scanner);
}

bool scanner_is(const struct scanner *scanner, const char *text)
{
    return scanner->token != TOKEN_END && scanner->token != TOKEN_STRING &&
           scanner->length == strlen(text) && !memcmp(scanner->start, text, scanner->length);
}
