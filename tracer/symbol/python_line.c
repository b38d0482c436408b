#include "symbol/python_line.h"

#include <stdlib.h>
#include <string.h>

/* Ends a text at the last character like that. Returns what follows it, or "". */
static const char *cut_at_last(char *text, char at)
{
    char *last = strrchr(text, at);
    if (!last)
        return "";
    *last = '\0';
    return last + 1;
}

struct python_line python_line_split(char *text)
{
    struct python_line line = {.file = text, .function = cut_at_last(text, ' ')};
    line.number = (unsigned)strtoul(cut_at_last(text, ':'), NULL, 10);
    return line;
}
