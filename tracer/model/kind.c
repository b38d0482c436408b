#include "model/kind.h"

#include <stddef.h>
#include <string.h>

static const struct {
    const char *name;
    struct call_kind kind;
} kinds[] = {
    {"connect", {KIND_CONNECT, 0}},
    {"SSL_connect", {KIND_HANDSHAKE, TRAIT_TLS}},
    {"SSL_accept", {KIND_HANDSHAKE, TRAIT_TLS}},
    {"SSL_do_handshake", {KIND_HANDSHAKE, TRAIT_TLS}},
    {"read", {KIND_READ, TRAIT_BYTES}},
    {"readv", {KIND_READ, TRAIT_BYTES}},
    {"recv", {KIND_READ, TRAIT_BYTES}},
    {"recvfrom", {KIND_READ, TRAIT_BYTES}},
    {"recvmsg", {KIND_READ, TRAIT_BYTES}},
    {"recvmmsg", {KIND_READ, 0}}, /* counts messages */
    {"SSL_read", {KIND_READ, TRAIT_BYTES | TRAIT_TLS}},
    {"SSL_read_ex", {KIND_READ, TRAIT_BYTES | TRAIT_TLS}}, /* recorded with the bytes, not its 1 */
    {"SSL_peek", {KIND_READ, TRAIT_TLS}},                  /* the bytes will be read once more */
    {"SSL_peek_ex", {KIND_READ, TRAIT_TLS}},
    {"write", {KIND_WRITE, TRAIT_BYTES}},
    {"writev", {KIND_WRITE, TRAIT_BYTES}},
    {"send", {KIND_WRITE, TRAIT_BYTES}},
    {"sendto", {KIND_WRITE, TRAIT_BYTES}},
    {"sendmsg", {KIND_WRITE, TRAIT_BYTES}},
    {"sendmmsg", {KIND_WRITE, 0}},
    {"sendfile", {KIND_WRITE, TRAIT_BYTES}},
    {"sendfile64", {KIND_WRITE, TRAIT_BYTES}},
    {"SSL_write", {KIND_WRITE, TRAIT_BYTES | TRAIT_TLS}},
    {"SSL_write_ex", {KIND_WRITE, TRAIT_BYTES | TRAIT_TLS}},
    {"SSL_sendfile", {KIND_WRITE, TRAIT_BYTES | TRAIT_TLS}},
    {"poll", {KIND_WAIT, 0}},
    {"ppoll", {KIND_WAIT, 0}},
    {"select", {KIND_WAIT, 0}},
    {"pselect", {KIND_WAIT, 0}},
    {"epoll_wait", {KIND_WAIT, TRAIT_EPOLL}},
    {"epoll_pwait", {KIND_WAIT, TRAIT_EPOLL}},
    {"epoll_pwait2", {KIND_WAIT, TRAIT_EPOLL}},
    {"close", {KIND_CLOSE, 0}},
    {"dup", {KIND_DUPLICATE, 0}},
    {"dup2", {KIND_DUPLICATE, 0}},
    {"dup3", {KIND_DUPLICATE, 0}},
    {"accept", {KIND_OTHER, TRAIT_ACCEPT}},
    {"accept4", {KIND_OTHER, TRAIT_ACCEPT}},
    {"sem_wait", {KIND_OTHER, TRAIT_SEMAPHORE}},
    {"sem_timedwait", {KIND_OTHER, TRAIT_SEMAPHORE}},
    {"sem_clockwait", {KIND_OTHER, TRAIT_SEMAPHORE}},
    {"thrd_join", {KIND_OTHER, TRAIT_JOIN}},
    {"pthread_join", {KIND_OTHER, TRAIT_JOIN}},
    {"pthread_timedjoin_np", {KIND_OTHER, TRAIT_JOIN}},
    {"pthread_clockjoin_np", {KIND_OTHER, TRAIT_JOIN}},
    {"getaddrinfo", {KIND_OTHER, TRAIT_LOOKUP}},
    {"gethostbyname", {KIND_OTHER, TRAIT_LOOKUP}},
    {"gethostbyname2", {KIND_OTHER, TRAIT_LOOKUP}},
    {"gethostbyname_r", {KIND_OTHER, TRAIT_LOOKUP}},
    {"gethostbyname2_r", {KIND_OTHER, TRAIT_LOOKUP}},
    {"mtx_lock", {KIND_OTHER, TRAIT_LOCK}},
    {"mtx_timedlock", {KIND_OTHER, TRAIT_LOCK}},
    {"pthread_mutex_lock", {KIND_OTHER, TRAIT_LOCK}},
    {"pthread_mutex_timedlock", {KIND_OTHER, TRAIT_LOCK}},
    {"pthread_mutex_clocklock", {KIND_OTHER, TRAIT_LOCK}},
    {"pthread_rwlock_rdlock", {KIND_OTHER, TRAIT_LOCK}},
    {"pthread_rwlock_timedrdlock", {KIND_OTHER, TRAIT_LOCK}},
    {"pthread_rwlock_clockrdlock", {KIND_OTHER, TRAIT_LOCK}},
    {"pthread_rwlock_wrlock", {KIND_OTHER, TRAIT_LOCK}},
    {"pthread_rwlock_timedwrlock", {KIND_OTHER, TRAIT_LOCK}},
    {"pthread_rwlock_clockwrlock", {KIND_OTHER, TRAIT_LOCK}},
    {"syscall", {KIND_OTHER, TRAIT_CONDITION}}, /* only waits for a futex are recorded */
    {"cnd_wait", {KIND_OTHER, TRAIT_CONDITION}},
    {"cnd_timedwait", {KIND_OTHER, TRAIT_CONDITION}},
    {"pthread_cond_wait", {KIND_OTHER, TRAIT_CONDITION}},
    {"pthread_cond_timedwait", {KIND_OTHER, TRAIT_CONDITION}},
    {"pthread_cond_clockwait", {KIND_OTHER, TRAIT_CONDITION}},
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
    return (struct call_kind){KIND_OTHER, 0};
}
