#include "fetch.h"

#include "clock.h"
#include "http.h"

static bool exchange(struct fetch *fetch, const struct url *url)
{
    struct connection connection;
    struct check check;
    struct error *error = &fetch->error;
    check_start(&check, url, fetch->settings->check_contents);
    bool right = connection_open(&connection, &fetch->settings->connection, url, error) &&
                 http_send_request(&connection, url, error) &&
                 http_read_answer(&connection, &check, &fetch->status, &fetch->body_size, error);
    connection_close(&connection, right);
    return right;
}

void fetch_run(struct fetch *fetch)
{
    struct url url;
    int64_t begin = clock_now();
    fetch->ok = url_parse(fetch->url, &url, &fetch->error) && exchange(fetch, &url);
    fetch->duration = clock_now() - begin;
    fetch->done = true;
}
