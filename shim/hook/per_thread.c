/*
 * uselocale: what sets something of the thread that a task has of its own.
 *
 * It is noted that a program does so at all, since what nobody sets need not be moved.
 */
#include "call/call.h"
#include "real/belongings.h"

#include <locale.h>

EXPORT locale_t uselocale(locale_t locale)
{
    if (locale && !belongings_have_locales)
        belongings_have_locales = true;
    return REAL(uselocale)(locale);
}

EXPORT locale_t __uselocale(locale_t locale)
{
    return uselocale(locale);
}
