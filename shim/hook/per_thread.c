/*
 * uselocale, pkey_alloc, inet_ntoa: what sets something of the thread's that a task has of its own.
 *
 * Of the locale and of protection keys it is noted that a program sets them at all, since what
 * nobody sets need not be moved. The text of an address lies with the strand.
 */
#include "call/call.h"
#include "real/belongings.h"

#include <arpa/inet.h>
#include <locale.h>
#include <sys/mman.h>

EXPORT locale_t uselocale(locale_t locale)
{
    if (locale)
        belongings_note_locales();
    return REAL(uselocale)(locale);
}

EXPORT locale_t __uselocale(locale_t locale)
{
    return uselocale(locale);
}

EXPORT int pkey_alloc(unsigned flags, unsigned rights)
{
    if (!REAL(pkey_alloc)) {
        errno = ENOSYS;
        return -1;
    }
    int key = REAL(pkey_alloc)(flags, rights);
    if (key >= 0)
        belongings_note_key(key);
    return key;
}

EXPORT char *inet_ntoa(struct in_addr address)
{
    if (call_is_plain())
        return REAL(inet_ntoa)(address);
    struct strand *strand = thread_strand(&this_thread);
    inet_ntop(AF_INET, &address, strand->address, sizeof strand->address);
    return strand->address;
}
