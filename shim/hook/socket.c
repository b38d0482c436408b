/*
 * socket, socketpair, setsockopt, ioctl: no waiting, but they tell what a wait need not ask. See
 * sys/own_socket.h; accept and fcntl tell it too.
 */
#include "call/call.h"
#include "sys/own_socket.h"

#include <netinet/tcp.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

/* SO_RCVTIMEO where time_t may have 64 bits although long has not. */
#define RCVTIMEO_NEW 66

static bool is_stream(int domain, int type)
{
    return (domain == AF_INET || domain == AF_INET6 || domain == AF_UNIX) &&
           (type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC)) == SOCK_STREAM;
}

static void note_made(int fd, bool is_stream, uint32_t before)
{
    if (is_stream)
        own_socket_made(fd, before);
    else
        own_socket_gone(fd);
}

EXPORT int socket(int domain, int type, int protocol)
{
    uint32_t before = own_socket_before();
    int fd = REAL(socket)(domain, type, protocol);
    if (fd >= 0)
        note_made(fd, is_stream(domain, type), before);
    return fd;
}

EXPORT int socketpair(int domain, int type, int protocol, int ends[2])
{
    uint32_t before = own_socket_before();
    int result = REAL(socketpair)(domain, type, protocol, ends);
    for (int i = 0; i < 2 && result == 0; i++)
        note_made(ends[i], is_stream(domain, type), before);
    if (result == 0 && call_is_told()) {
        log_channel(&this_thread, ends[0], ends[1]);
        log_channel(&this_thread, ends[1], ends[0]);
    }
    return result;
}

/* The kernel's TLS has records of its own. Of less than SO_RCVLOWAT nothing is reported, though who
 * tries may receive it. */
static void note_option(int fd, int level, int option)
{
    if (level == SOL_SOCKET && (option == SO_RCVTIMEO || option == RCVTIMEO_NEW))
        own_socket_changed(fd);
    else if ((level == SOL_SOCKET && option == SO_RCVLOWAT) ||
             (level == SOL_TCP && option == TCP_ULP))
        own_socket_gone(fd);
}

EXPORT int setsockopt(int fd, int level, int option, const void *value, socklen_t size)
{
    int result = REAL(setsockopt)(fd, level, option, value, size);
    if (result == 0)
        note_option(fd, level, option);
    return result;
}

/* The argument is an int, a pointer or nothing, as libc takes it. */
EXPORT int ioctl(int fd, unsigned long request, ...)
{
    va_list list;
    va_start(list, request);
    void *argument = va_arg(list, void *);
    va_end(list);
    int result = REAL(ioctl)(fd, request, argument);
    if (request == FIONBIO)
        own_socket_changed(fd);
    return result;
}
