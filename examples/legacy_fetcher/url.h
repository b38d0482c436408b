/*
 * url.h: the parts of an http:// or https:// URL.
 */
#ifndef LEGACY_FETCHER_URL_H
#define LEGACY_FETCHER_URL_H

#include "error.h"

struct url {
    bool tls;
    bool bracketed; /* the host is written [::1] */
    char host[256];
    char port[6];
    const char *target; /* the path with its query; within the text that was parsed */
    int target_size;    /* 0: "/" is meant */
    int path_size;      /* of it, without the query */
};

/* `text` must outlive the url. False with an error. */
bool url_parse(const char *text, struct url *url, struct error *error);

#endif
