#include "check/number.h"

#include <string.h>

static const char digits[] = "0123456789";

bool number_read(double *number, const char *text)
{
    size_t whole = strspn(text, digits);
    const char *rest = text + whole;
    double value = 0, place = 0.1;
    for (size_t i = 0; i < whole; i++)
        value = value * 10 + (text[i] - '0');
    if (*rest == '.')
        for (rest++; *rest >= '0' && *rest <= '9'; rest++, place /= 10)
            value += (*rest - '0') * place;
    if (!whole || *rest || rest[-1] == '.')
        return false;
    *number = value;
    return true;
}
