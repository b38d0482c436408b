/*
 * epoll_create, epoll_create1: no waiting, but who makes an epoll descriptor may have a loop: that
 * is how a thread with a Python hub is told from the others.
 */
#include "call/call.h"
#include "host/greenlet.h"

#include <sys/epoll.h>

static int note_loop(int epoll, const void *caller)
{
    int saved_errno = errno;
    fork_guard_check();
    if (epoll >= 0 && !this_thread.passing && !thread_in_handler(&this_thread))
        greenlet_note_loop(&this_thread, caller);
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
