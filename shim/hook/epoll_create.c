/*
 * epoll_create, epoll_create1: no waiting, but who makes an epoll descriptor may have a loop:
 * that is how a host may know its threads.
 */
#include "call/call.h"
#include "host/host.h"

#include <sys/epoll.h>

static int note_loop(int epoll, const void *caller)
{
    int saved_errno = errno;
    fork_guard_check();
    if (epoll >= 0 && !this_thread.passing && !thread_in_handler(&this_thread))
        host_note_loop(&this_thread, caller);
    errno = saved_errno;
    return epoll;
}

EXPORT int epoll_create(int size)
{
    return note_loop(REAL(epoll_create)(size), CALLER);
}

EXPORT int epoll_create1(int flags)
{
    return note_loop(REAL(epoll_create1)(flags), CALLER);
}
