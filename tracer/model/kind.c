#include "model/kind.h"

#include <stddef.h>
#include <string.h>

static const struct {
    const char *name;
    struct call_kind kind;
} kinds[] = {
    {"connect", {KIND_CONNECT, false, false}},
    {"SSL_connect", {KIND_HANDSHAKE, false, true}},
    {"SSL_accept", {KIND_HANDSHAKE, false, true}},
    {"SSL_do_handshake", {KIND_HANDSHAKE, false, true}},
    {"read", {KIND_READ, true, false}},
    {"readv", {KIND_READ, true, false}},
    {"recv", {KIND_READ, true, false}},
    {"recvfrom", {KIND_READ, true, false}},
    {"recvmsg", {KIND_READ, true, false}},
    {"recvmmsg", {KIND_READ, false, false}}, /* counts messages */
    {"SSL_read", {KIND_READ, true, true}},
    {"SSL_read_ex", {KIND_READ, true, true}}, /* recorded with the bytes, not its 1 */
    {"SSL_peek", {KIND_READ, false, true}},   /* the bytes will be read once more */
    {"SSL_peek_ex", {KIND_READ, false, true}},
    {"write", {KIND_WRITE, true, false}},
    {"writev", {KIND_WRITE, true, false}},
    {"send", {KIND_WRITE, true, false}},
    {"sendto", {KIND_WRITE, true, false}},
    {"sendmsg", {KIND_WRITE, true, false}},
    {"sendmmsg", {KIND_WRITE, false, false}},
    {"sendfile", {KIND_WRITE, true, false}},
    {"sendfile64", {KIND_WRITE, true, false}},
    {"SSL_write", {KIND_WRITE, true, true}},
    {"SSL_write_ex", {KIND_WRITE, true, true}},
    {"SSL_sendfile", {KIND_WRITE, true, true}},
    {"poll", {KIND_WAIT, false, false}},
    {"ppoll", {KIND_WAIT, false, false}},
    {"select", {KIND_WAIT, false, false}},
    {"pselect", {KIND_WAIT, false, false}},
    {"epoll_wait", {KIND_WAIT, false, false}},
    {"epoll_pwait", {KIND_WAIT, false, false}},
    {"epoll_pwait2", {KIND_WAIT, false, false}},
    {"close", {KIND_CLOSE, false, false}},
    {"dup", {KIND_DUPLICATE, false, false}},
    {"dup2", {KIND_DUPLICATE, false, false}},
    {"dup3", {KIND_DUPLICATE, false, false}},
};

/* Cuts `__` from the front and `_chk` from the end. */
static size_t plain_name(const char **name)
{
    if (!strncmp(*name, "__", 2))
        *name += 2;
    size_t length = strlen(*name);
    if (length > 4 && !strcmp(*name + length - 4, "_chk"))
        length -= 4;
    return length;
}

struct call_kind kind_of(const char *name)
{
    size_t length = plain_name(&name);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strlen(kinds[i].name) == length && !memcmp(kinds[i].name, name, length))
            return kinds[i].kind;
    return (struct call_kind){KIND_OTHER, false, false};
}
