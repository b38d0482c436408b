/*
 * own_resolver: a thread that has told libc's resolver something of its own looks names up itself,
 * with slow_resolver.h's library in place of libc's look-ups.
 */
#include "facts.h"

#include <greq/greq.h>
#include <netdb.h>
#include <resolv.h>
#include <stdlib.h>
#include <unistd.h>

#include "slow_resolver.h"

static void *wait_shortly(void *none)
{
    usleep(1000);
    return none;
}

/* The timing says whether this thread made the look-up itself. */
static void ask(const char *when)
{
    struct addrinfo *found = NULL;
    greq_task *task = greq_spawn(wait_shortly, NULL);
    int before = slow_resolver_calls_here();
    int result = getaddrinfo("host-1", NULL, NULL, &found);
    timing(when, slow_resolver_calls_here() - before);
    fact("host-1, %s: %d", when, result);
    if (found)
        freeaddrinfo(found);
    greq_join(task, NULL);
}

int main(void)
{
    setenv(SLOW_RESOLVER_VARIABLE, "1", 1);
    ask("usual");
    must(res_init(), "res_init");
    ask("initialized");
    _res.retry++;
    ask("retry");
    _res.retry--;
    ask("as before");
    _res.options ^= RES_NOALIASES;
    ask("options");
    _res.options ^= RES_NOALIASES;
    _res.nsaddr_list[0].sin_port ^= 1;
    ask("server");
}
