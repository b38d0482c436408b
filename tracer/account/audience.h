/*
 * audience.h: whoever shows a history, and not only what it all adds up to: is told each thing that
 * happens, and each piece of time that is booked. A booking is told before the thing that it is
 * about: before the state in which a connection waited, before the call that waited for a lock.
 *
 * perfetto and the ledger write what they are told to a temporary file at once, for the texts that
 * events refer to must come first in a Perfetto file and are known last.
 */
#ifndef ACCOUNT_AUDIENCE_H
#define ACCOUNT_AUDIENCE_H

#include "account/books.h"
#include "account/requests.h"
#include "base/error.h"
#include "model/listener.h"

#include <stddef.h>

/* A function may be NULL, but `destroy`. */
struct audience {
    struct listener listener; /* first */
    struct bookings bookings;

    /* A request is over. Its texts live as long as the accounts. */
    void (*requested)(struct audience *audience, const struct request *request);

    /* All has been told. Returns 0; or -1 with `error` set: it could not be kept. */
    int (*finish)(struct audience *audience, struct error *error);

    /* Releases the audience. */
    void (*destroy)(struct audience *audience);
};

/* That which is told of bookings. */
static inline struct audience *audience_of(struct bookings *bookings)
{
    return (struct audience *)((char *)bookings - offsetof(struct audience, bookings));
}

/* The audience may be NULL. */

static inline int audience_finish(struct audience *audience, struct error *error)
{
    return audience && audience->finish ? audience->finish(audience, error) : 0;
}

static inline void audience_destroy(struct audience *audience)
{
    if (audience)
        audience->destroy(audience);
}

#endif
