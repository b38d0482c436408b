/*
 * complain.c: a command's line on standard error, one line whatever names of files are in it. A
 * line of progress gives way to it.
 */
#include "base/error.h"
#include "cmd/cmd.h"
#include "cmd/progress.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void cmd_complain(const char *format, ...)
{
    char *text;
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(&text, format, arguments) < 0)
        abort();
    va_end(arguments);
    error_hide_control_characters(text);
    progress_hide();
    fprintf(stderr, "greq: %s\n", text);
    progress_go_on();
    free(text);
}
