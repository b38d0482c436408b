/*
 * What greq_host_set returns; and that a coroutine finds errno as it was, and its calls real while
 * it waits.
 */
#include "facts.h"

#include <errno.h>
#include <greq/greq.h>
#include <poll.h>
#include <time.h>

static int coroutine, asked, waits, is_one = 1;

static void *current(void *data)
{
    (void)data;
    asked++;
    return is_one ? &coroutine : NULL;
}

/* Sleeps by a real call: as a coroutine's it would come back here. */
static int wait_really(void *data, struct pollfd *set, size_t count, int64_t timeout_ns)
{
    (void)set, (void)count;
    if (!waits++)
        *(int *)data = timeout_ns < 0 ? -1 : (int)(timeout_ns / 1000000);
    poll(NULL, 0, 1);
    errno = EDOM;
    return ETIMEDOUT;
}

static int refuse(void *data, struct pollfd *set, size_t count, int64_t timeout_ns)
{
    (void)data, (void)set, (void)count, (void)timeout_ns;
    waits++;
    return ENOTSUP;
}

static void sleep_a_little(const char *what)
{
    struct timespec little = {0, 20 * 1000 * 1000};
    waits = 0;
    errno = ERANGE;
    int result = nanosleep(&little, NULL);
    fact("%s: %d %s, waited by the host: %s", what, result, error_name(errno),
         waits ? "yes" : "no");
}

int main(void)
{
    int seen = 0;
    const struct greq_host good = {.size = sizeof good, .current = current, .wait = wait_really};
    struct greq_host bad = good;
    bad.size = 4;
    fact("size: %s", error_name(greq_host_set(&bad, NULL)));
    bad = good;
    bad.current = NULL;
    fact("current: %s", error_name(greq_host_set(&bad, NULL)));
    bad = good;
    bad.wait = NULL;
    fact("wait: %s", error_name(greq_host_set(&bad, NULL)));
    bad = good;
    bad.flags = 1u << 20;
    fact("flags: %s", error_name(greq_host_set(&bad, NULL)));
    bad.flags = GREQ_HOST_MOVES;
    fact("moves: %s", error_name(greq_host_set(&bad, NULL)));
    fact("good: %s", error_name(greq_host_set(&good, &seen)));
    sleep_a_little("coroutine");
    fact("limit in ms: %s", seen > 0 && seen <= 20 ? "yes" : "no");
    is_one = 0;
    sleep_a_little("loop");
    is_one = 1;
    bad = good;
    bad.wait = refuse;
    fact("again: %s", error_name(greq_host_set(&bad, NULL)));
    sleep_a_little("refused");
    fact("away: %s", error_name(greq_host_set(NULL, NULL)));
    sleep_a_little("without");
    return 0;
}
