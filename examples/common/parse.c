#include "parse.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"

#define DIGITS "0123456789"

bool parse_number(const char *text, uint64_t max, uint64_t *value)
{
    uint64_t number = 0;
    if (text[0] == '\0' || text[strspn(text, DIGITS)] != '\0')
        return false;
    for (; *text != '\0'; text++) {
        uint64_t digit = (uint64_t)(*text - '0');
        if (digit > max || number > (max - digit) / 10)
            return false;
        number = number * 10 + digit;
    }
    *value = number;
    return true;
}

bool parse_seconds(const char *text, int64_t *nanoseconds)
{
    /* strtod takes far more than we do: exponents, "inf", hexadecimal. */
    size_t whole = strspn(text, DIGITS);
    size_t fraction = text[whole] == '.' ? strspn(text + whole + 1, DIGITS) : 0;
    size_t length = whole + (text[whole] == '.') + fraction;
    if (whole + fraction == 0 || text[length] != '\0')
        return false;
    double seconds = strtod(text, NULL);
    if (seconds > PARSE_MAX_SECONDS)
        return false;
    *nanoseconds = (int64_t)(seconds * (double)NS_PER_SECOND);
    return true;
}
