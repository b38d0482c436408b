/*
 * dial.h: from a host's name to a connected socket.
 */
#ifndef LEGACY_FETCHER_DIAL_H
#define LEGACY_FETCHER_DIAL_H

#include "url.h"
#include "wait.h"

/*
 * Resolves the host's name and tries its addresses one by one until the deadline (ns). Looking up
 * the name itself takes as long as the resolver's configuration allows.
 *
 * Returns a socket, non-blocking unless `how` is WAIT_NONE; or -1 with an error.
 */
int dial(const struct url *url, enum wait_how how, int64_t deadline, struct error *error);

#endif
