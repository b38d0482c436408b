#include "real/belongings.h"

#include "real/openssl.h"

#include <errno.h>
#include <netdb.h>
#include <stddef.h>

bool belongings_have_locales;

__thread struct belongings_places belongings_places;

static void find_places(void)
{
    belongings_places.error = &errno;
    belongings_places.host_error = &h_errno;
}

static locale_t locale_now(void)
{
    return belongings_have_locales ? uselocale((locale_t)0) : NULL;
}

/* Who was parked before there was any has the process's. */
static void put_locale(locale_t locale)
{
    locale_t mine = locale ? locale : LC_GLOBAL_LOCALE;
    if (mine != uselocale((locale_t)0))
        uselocale(mine);
}

void belongings_init(struct belongings *belongings)
{
    *belongings = (struct belongings){.locale = locale_now()};
}

/* errno first and last: OpenSSL's errors are moved by its own functions. */
void belongings_take_all(struct belongings *belongings)
{
    if (!belongings_places.error)
        find_places();
    belongings->error = *belongings_places.error;
    belongings->host_error = *belongings_places.host_error;
    belongings->locale = locale_now();
    belongings->openssl_errors = openssl_errors_take();
    cxx_exceptions_take(&belongings->exceptions);
}

void belongings_put_all(struct belongings *belongings)
{
    cxx_exceptions_put(&belongings->exceptions);
    openssl_errors_put(belongings->openssl_errors);
    belongings->openssl_errors = NULL;
    if (belongings_have_locales)
        put_locale(belongings->locale);
    *belongings_places.host_error = belongings->host_error;
    *belongings_places.error = belongings->error;
}

void belongings_drop(struct belongings *belongings)
{
    openssl_errors_free(belongings->openssl_errors);
    belongings->openssl_errors = NULL;
}
