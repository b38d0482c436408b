/*
 * complain.c: a command's line on standard error. A line of progress gives way to it.
 */
#include "cmd/cmd.h"
#include "cmd/progress.h"

#include <stdarg.h>
#include <stdio.h>

void cmd_complain(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    progress_hide();
    fputs("greq: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    progress_go_on();
    va_end(arguments);
}
