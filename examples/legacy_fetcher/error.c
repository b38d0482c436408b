#include "error.h"

#include <stdarg.h>
#include <stdio.h>

bool error_set(struct error *error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->text, sizeof error->text, format, arguments);
    va_end(arguments);
    return false;
}

bool error_wrap(struct error *error, const char *what)
{
    struct error why = *error;
    return error_set(error, "%s (%.*s)", what, (int)sizeof why.text / 2, why.text);
}
