#include "cmd/cmd.h"

#include <stdarg.h>
#include <stdio.h>

void cmd_complain(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("greq: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
}
