/*
 * fetch.h: one request from its URL to the verdict. Everything it needs comes with it, and nothing
 * is shared with another one but the settings, so any number may be under way at once.
 */
#ifndef LEGACY_FETCHER_FETCH_H
#define LEGACY_FETCHER_FETCH_H

#include <stdint.h>

#include "connection.h"

struct fetch_settings {
    struct connection_settings connection;
    bool check_contents;
};

struct fetch {
    const struct fetch_settings *settings; /* borrowed */
    const char *url;                       /* borrowed */
    /* what became of it */
    bool done;
    bool ok;
    int status;         /* HTTP's; 0: no answer */
    uint64_t body_size; /* bytes */
    int64_t duration;   /* ns */
    struct error error; /* when it is not ok */
};

void fetch_run(struct fetch *fetch);

#endif
