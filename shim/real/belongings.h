/*
 * belongings.h: what libc and other libraries keep per thread, but belongs to the code that runs.
 *
 * Tasks and greenlets share a thread as if each had one of its own, so whoever leaves the thread to
 * others takes these along. What else there is per thread, and why it stays there, is in
 * docs/per-thread.md.
 */
#ifndef REAL_BELONGINGS_H
#define REAL_BELONGINGS_H

#include "real/cxx.h"
#include "real/openssl.h"

#include <locale.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct belongings {
    int error;       /* errno */
    int host_error;  /* h_errno */
    locale_t locale; /* of uselocale; NULL: the process's */
    bool has_keys;
    uint32_t keys; /* rights to memory with protection keys; else those of who never set any */
    struct openssl_errors *openssl_errors;
    struct cxx_exceptions exceptions;
};

/* What the program has begun to set per thread, and is moved only then. */
enum { BELONGINGS_LOCALES = 1, BELONGINGS_KEYS = 2 };
extern unsigned belongings_used;

/* `key` is one that pkey_alloc has just given to the calling thread. */
void belongings_note_locales(void);
void belongings_note_key(int key);

/* What a new task begins with: the locale and the keys of who makes it. */
void belongings_init(struct belongings *belongings);

/* Where the thread has errno and h_errno: asking libc each time is a good part of a switch. NULL
 * until it has taken belongings for the first time. */
struct belongings_places {
    int *error, *host_error;
};
extern __thread struct belongings_places belongings_places
    __attribute__((tls_model("initial-exec")));

/* What the next two do once there is more than errno and h_errno. */
void belongings_take_all(struct belongings *belongings);
void belongings_put_all(struct belongings *belongings);

/* Whether the process has, or had, more to move than these two, as the thread knows it. */
static inline bool belongings_are_many(void)
{
    return belongings_used || openssl_is_known() || cxx_runtimes.count;
}

/* Takes them out of the thread: it has no exceptions and no OpenSSL errors then. */
static inline void belongings_take(struct belongings *belongings)
{
    cxx_runtimes_update();
    if (!belongings_places.error || belongings_are_many()) {
        belongings_take_all(belongings);
        return;
    }
    belongings->error = *belongings_places.error;
    belongings->host_error = *belongings_places.host_error;
    belongings->locale = NULL;
    belongings->has_keys = false;
    belongings->openssl_errors = NULL;
    belongings->exceptions.count = 0;
}

/* Puts them back; what the thread has of them is dropped. Who puts them has taken another's before,
 * so the places are known. */
static inline void belongings_put(struct belongings *belongings)
{
    if (belongings_are_many()) {
        belongings_put_all(belongings);
        return;
    }
    *belongings_places.host_error = belongings->host_error;
    *belongings_places.error = belongings->error;
}

/* Nobody will put them back. */
void belongings_drop(struct belongings *belongings);

#endif
