#include "model/kind.h"

#include <stddef.h>
#include <string.h>

static const struct {
    const char *role;
    struct call_kind kind;
} kinds[] = {
    {"READ", {KIND_READ, TRAIT_BYTES}},
    {"READ_MANY", {KIND_READ, 0}},
    {"STDIO", {KIND_READ, 0}},
    {"WRITE", {KIND_WRITE, TRAIT_BYTES}},
    {"WRITE_MANY", {KIND_WRITE, 0}},
    {"TLS_READ", {KIND_READ, TRAIT_BYTES | TRAIT_TLS}}, /* SSL_read_ex is recorded with the bytes */
    {"TLS_PEEK", {KIND_READ, TRAIT_TLS}},
    {"TLS_WRITE", {KIND_WRITE, TRAIT_BYTES | TRAIT_TLS}},
    {"HANDSHAKE", {KIND_HANDSHAKE, TRAIT_TLS}},
    {"CONNECT", {KIND_CONNECT, 0}},
    {"ACCEPT", {KIND_OTHER, TRAIT_ACCEPT}},
    {"CLOSE", {KIND_CLOSE, 0}},
    {"DUP", {KIND_DUPLICATE, 0}},
    {"WAIT", {KIND_WAIT, 0}},
    {"EPOLL", {KIND_WAIT, TRAIT_EPOLL}},
    {"LOOKUP", {KIND_OTHER, TRAIT_LOOKUP}},
    {"MUTEX", {KIND_OTHER, TRAIT_LOCK}},
    {"RWLOCK", {KIND_OTHER, TRAIT_LOCK}},
    {"COND", {KIND_OTHER, TRAIT_CONDITION}},
    {"FUTEX", {KIND_OTHER, TRAIT_CONDITION}},
    {"BARRIER", {KIND_OTHER, TRAIT_CONDITION | TRAIT_BARRIER}},
    {"SEM", {KIND_OTHER, TRAIT_SEMAPHORE}},
    {"JOIN", {KIND_OTHER, TRAIT_JOIN}},
    {"SLEEP", {KIND_OTHER, TRAIT_SLEEP}},
    {"CHILD", {KIND_OTHER, TRAIT_CHILD}},
    {"SIGNAL", {KIND_OTHER, TRAIT_SIGNAL}},
    {"FILE_LOCK", {KIND_OTHER, TRAIT_FILE_LOCK}},
};

struct call_kind kind_of(const char *role)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (!strcmp(kinds[i].role, role))
            return kinds[i].kind;
    return (struct call_kind){KIND_OTHER, 0};
}
