#include "real/belongings.h"

#include "real/openssl.h"
#include "real/protection_keys.h"

#include <errno.h>
#include <netdb.h>
#include <stddef.h>

unsigned belongings_used;
static uint32_t first_keys; /* of those who were parked before there were any */

__thread struct belongings_places belongings_places;

static void find_places(void)
{
    belongings_places.error = &errno;
    belongings_places.host_error = &h_errno;
}

static inline bool have(unsigned what)
{
    return __atomic_load_n(&belongings_used, __ATOMIC_ACQUIRE) & what;
}

static void note(unsigned what)
{
    __atomic_fetch_or(&belongings_used, what, __ATOMIC_RELEASE);
}

/* ---- the locale ---- */

void belongings_note_locales(void)
{
    if (!have(BELONGINGS_LOCALES))
        note(BELONGINGS_LOCALES);
}

static locale_t locale_now(void)
{
    return have(BELONGINGS_LOCALES) ? uselocale((locale_t)0) : NULL;
}

/* Who was parked before there was any has the process's. */
static void put_locale(locale_t locale)
{
    locale_t mine = locale ? locale : LC_GLOBAL_LOCALE;
    if (mine != uselocale((locale_t)0))
        uselocale(mine);
}

/* ---- protection keys ---- */

void belongings_note_key(int key)
{
    if (have(BELONGINGS_KEYS))
        return;
    first_keys = protection_keys_without(protection_keys_get(), key);
    note(BELONGINGS_KEYS);
}

static void take_keys(struct belongings *belongings)
{
    belongings->has_keys = have(BELONGINGS_KEYS);
    if (belongings->has_keys)
        belongings->keys = protection_keys_get();
}

/* Setting them costs more than looking. */
static void put_keys(const struct belongings *belongings)
{
    uint32_t mine = belongings->has_keys ? belongings->keys : first_keys;
    if (mine != protection_keys_get())
        protection_keys_set(mine);
}

/* ---- all together ---- */

void belongings_init(struct belongings *belongings)
{
    *belongings = (struct belongings){.locale = locale_now()};
    take_keys(belongings);
}

/* errno first and last: OpenSSL's errors are moved by its own functions. */
void belongings_take_all(struct belongings *belongings)
{
    if (!belongings_places.error)
        find_places();
    belongings->error = *belongings_places.error;
    belongings->host_error = *belongings_places.host_error;
    belongings->locale = locale_now();
    take_keys(belongings);
    belongings->openssl_errors = openssl_errors_take();
    cxx_exceptions_take(&belongings->exceptions);
}

void belongings_put_all(struct belongings *belongings)
{
    cxx_exceptions_put(&belongings->exceptions);
    openssl_errors_put(belongings->openssl_errors);
    belongings->openssl_errors = NULL;
    if (have(BELONGINGS_LOCALES))
        put_locale(belongings->locale);
    if (have(BELONGINGS_KEYS))
        put_keys(belongings);
    *belongings_places.host_error = belongings->host_error;
    *belongings_places.error = belongings->error;
}

void belongings_drop(struct belongings *belongings)
{
    openssl_errors_free(belongings->openssl_errors);
    belongings->openssl_errors = NULL;
}
