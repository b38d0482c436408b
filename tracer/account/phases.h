/*
 * phases.h: the account of requests (docs/accounting.md, Q): what each was made of, from the
 * look-up of its name to the last byte of its answer.
 *
 * A request is what one question and one answer at a time make on a connection. Where both sides
 * talk at once, or HTTP/2 is spoken, nobody can tell by calls which answer is whose
 * (model/connection.h): such connections are only counted.
 */
#ifndef ACCOUNT_PHASES_H
#define ACCOUNT_PHASES_H

#include "account/audience.h"
#include "account/lookups.h"
#include "account/requests.h"
#include "model/listener.h"

#include <stdint.h>

struct call;

struct phases {
    struct listener listener; /* first */
    struct lookups *lookups;
    struct audience *audience; /* or NULL */
    struct requests requests;
    uint64_t uncounted; /* connections on which requests cannot be told apart */
};

void phases_begin(struct phases *phases, struct lookups *lookups, struct audience *audience);

/* Of each call, and each request (account/accounts.c). */
void phases_begin_call(const struct call *call, uint64_t time);
void phases_end_call(struct phases *phases, const struct call *call, uint64_t time);
void phases_finish(struct phases *phases);
void phases_request(struct phases *phases, struct connection *connection, uint64_t time);
void phases_answer(struct connection *connection, uint64_t time);
void phases_mark(struct phases *phases, struct connection *connection, enum lane_mark mark,
                 uint64_t time);

#endif
