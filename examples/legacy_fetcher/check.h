/*
 * check.h: whether a body is what the URL asked for. Knows delay_server's paths: the bytes of
 * /bytes/N (/stream-bytes/N, /until-close/N) and the echo of /delay/SECONDS. Any other body is fine
 * as long as it is whole, which http.c sees to.
 */
#ifndef LEGACY_FETCHER_CHECK_H
#define LEGACY_FETCHER_CHECK_H

#include <stddef.h>
#include <stdint.h>

#include "url.h"

enum check_kind { CHECK_NOTHING, CHECK_BYTES, CHECK_ECHO };

struct check {
    enum check_kind kind;
    const char *path; /* as in the URL, without the query */
    int path_size;
    uint64_t size;     /* of the body, so far */
    uint64_t right;    /* how many of its bytes were right, up to the first wrong one */
    uint64_t expected; /* CHECK_BYTES: its whole size */
    char text[512];    /* CHECK_ECHO: its start */
};

/* `url` must outlive the check. `contents` false: only count. */
void check_start(struct check *check, const struct url *url, bool contents);

/* The next piece of the body. */
void check_take(struct check *check, const char *from, size_t size);

/* When the body is complete: false with an error when it is wrong. */
bool check_finish(const struct check *check, struct error *error);

#endif
