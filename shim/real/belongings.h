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

#include <locale.h>
#include <stdbool.h>

struct openssl_errors;

struct belongings {
    int error;       /* errno */
    int host_error;  /* h_errno */
    locale_t locale; /* of uselocale; NULL: the process's */
    struct openssl_errors *openssl_errors;
    struct cxx_exceptions exceptions;
};

/* Whether the program has locales of threads, which are moved only then. */
extern bool belongings_have_locales;

/* What a new task begins with: the locale of who makes it. */
void belongings_init(struct belongings *belongings);

/* Takes them out of the thread: it has no exceptions and no OpenSSL errors then. */
void belongings_take(struct belongings *belongings);

/* Puts them back; what the thread has of them is dropped. */
void belongings_put(struct belongings *belongings);

/* Nobody will put them back. */
void belongings_drop(struct belongings *belongings);

#endif
