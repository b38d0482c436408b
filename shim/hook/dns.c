/*
 * getaddrinfo, getnameinfo, gethostbyname and their kin.
 *
 * libc resolves names with sockets of its own that no hook sees, so a helper thread makes the real
 * call while the task is parked. Everything it needs lies in a job on the task's stack.
 */
#include "hook/call.h"

#include <netdb.h>
#include <stdlib.h>
#include <string.h>

/* What the real call leaves in the thread's own variables, carried back to the caller's thread. */
struct lookup {
    struct job job; /* first */
    int error;      /* errno */
    int host_error; /* h_errno */
    int result;
};

static void keep_errors(struct lookup *lookup)
{
    lookup->error = errno;
    lookup->host_error = h_errno;
}

/* Runs a look-up. Returns false when the caller must make the real call itself. */
static bool coop_look_up(struct call *call, struct lookup *lookup)
{
    if (!call->host || call_run(call, &lookup->job) != 0)
        return false;
    errno = lookup->error;
    h_errno = lookup->host_error;
    return true;
}

/* ---- getaddrinfo ---- */

struct addrinfo_lookup {
    struct lookup lookup;
    const char *node, *service;
    const struct addrinfo *hints;
    struct addrinfo **found;
};

static void run_getaddrinfo(struct job *job)
{
    struct addrinfo_lookup *args = (struct addrinfo_lookup *)job;
    args->lookup.result = REAL(getaddrinfo)(args->node, args->service, args->hints, args->found);
    keep_errors(&args->lookup);
}

EXPORT int getaddrinfo(const char *restrict node, const char *restrict service,
                       const struct addrinfo *restrict hints, struct addrinfo **restrict found)
{
    if (call_is_plain())
        return REAL(getaddrinfo)(node, service, hints, found);
    struct call call = {
        .log = {.id = CALL_getaddrinfo, .fd = -1, .caller = CALLER, .name = node ? node : service}};
    struct addrinfo_lookup args = {{.job.run = run_getaddrinfo}, node, service, hints, found};
    call_enter(&call);
    if (!coop_look_up(&call, &args.lookup))
        args.lookup.result = REAL(getaddrinfo)(node, service, hints, found);
    call_leave_with(&call, args.lookup.result, args.lookup.result);
    return args.lookup.result;
}

/* ---- getnameinfo ---- */

struct nameinfo_lookup {
    struct lookup lookup;
    const struct sockaddr *address;
    socklen_t address_size;
    char *host, *service;
    socklen_t host_size, service_size;
    int flags;
};

static void run_getnameinfo(struct job *job)
{
    struct nameinfo_lookup *args = (struct nameinfo_lookup *)job;
    args->lookup.result =
        REAL(getnameinfo)(args->address, args->address_size, args->host, args->host_size,
                          args->service, args->service_size, args->flags);
    keep_errors(&args->lookup);
}

EXPORT int getnameinfo(const struct sockaddr *restrict address, socklen_t address_size,
                       char *restrict host, socklen_t host_size, char *restrict service,
                       socklen_t service_size, int flags)
{
    if (call_is_plain())
        return REAL(getnameinfo)(address, address_size, host, host_size, service, service_size,
                                 flags);
    struct call call = {.log = {.id = CALL_getnameinfo, .fd = -1, .caller = CALLER}};
    struct nameinfo_lookup args = {{.job.run = run_getnameinfo},
                                   address,
                                   address_size,
                                   host,
                                   service,
                                   host_size,
                                   service_size,
                                   flags};
    call_enter(&call);
    if (!coop_look_up(&call, &args.lookup))
        args.lookup.result =
            REAL(getnameinfo)(address, address_size, host, host_size, service, service_size, flags);
    call_leave_with(&call, args.lookup.result, args.lookup.result);
    return args.lookup.result;
}

/* ---- gethostbyname_r, gethostbyname2_r, gethostbyaddr_r ---- */

/* All that the reentrant forms take; each uses its part. */
struct host_lookup {
    struct lookup lookup;
    const void *subject; /* a name, or an address of `size` bytes */
    socklen_t size;
    int family;
    struct hostent *entry, **found;
    char *buffer;
    size_t buffer_size;
    int *host_error;
};

static void run_by_name(struct job *job)
{
    struct host_lookup *args = (struct host_lookup *)job;
    args->lookup.result = REAL(gethostbyname_r)(args->subject, args->entry, args->buffer,
                                                args->buffer_size, args->found, args->host_error);
    keep_errors(&args->lookup);
}

static void run_by_name2(struct job *job)
{
    struct host_lookup *args = (struct host_lookup *)job;
    args->lookup.result =
        REAL(gethostbyname2_r)(args->subject, args->family, args->entry, args->buffer,
                               args->buffer_size, args->found, args->host_error);
    keep_errors(&args->lookup);
}

static void run_by_address(struct job *job)
{
    struct host_lookup *args = (struct host_lookup *)job;
    args->lookup.result =
        REAL(gethostbyaddr_r)(args->subject, args->size, args->family, args->entry, args->buffer,
                              args->buffer_size, args->found, args->host_error);
    keep_errors(&args->lookup);
}

/* The reentrant forms return an errno value, ERANGE when the buffer is too small. */
static int hook_reentrant(enum call_id id, const void *caller, const char *name,
                          struct host_lookup *args)
{
    struct call call = {.log = {.id = id, .fd = -1, .caller = caller, .name = name}};
    call_enter(&call);
    if (!coop_look_up(&call, &args->lookup))
        args->lookup.job.run(&args->lookup.job);
    call_leave_with(&call, args->lookup.result, args->lookup.result);
    return args->lookup.result;
}

EXPORT int gethostbyname_r(const char *restrict name, struct hostent *restrict entry,
                           char *restrict buffer, size_t size, struct hostent **restrict found,
                           int *restrict host_error)
{
    if (call_is_plain())
        return REAL(gethostbyname_r)(name, entry, buffer, size, found, host_error);
    struct host_lookup args = {
        {.job.run = run_by_name}, name, 0, 0, entry, found, buffer, size, host_error};
    return hook_reentrant(CALL_gethostbyname_r, CALLER, name, &args);
}

EXPORT int gethostbyname2_r(const char *restrict name, int family, struct hostent *restrict entry,
                            char *restrict buffer, size_t size, struct hostent **restrict found,
                            int *restrict host_error)
{
    if (call_is_plain())
        return REAL(gethostbyname2_r)(name, family, entry, buffer, size, found, host_error);
    struct host_lookup args = {
        {.job.run = run_by_name2}, name, 0, family, entry, found, buffer, size, host_error};
    return hook_reentrant(CALL_gethostbyname2_r, CALLER, name, &args);
}

EXPORT int gethostbyaddr_r(const void *restrict address, socklen_t address_size, int family,
                           struct hostent *restrict entry, char *restrict buffer, size_t size,
                           struct hostent **restrict found, int *restrict host_error)
{
    if (call_is_plain())
        return REAL(gethostbyaddr_r)(address, address_size, family, entry, buffer, size, found,
                                     host_error);
    struct host_lookup args = {{.job.run = run_by_address},
                               address,
                               address_size,
                               family,
                               entry,
                               found,
                               buffer,
                               size,
                               host_error};
    return hook_reentrant(CALL_gethostbyaddr_r, CALLER, NULL, &args);
}

/* ---- gethostbyname, gethostbyname2, gethostbyaddr: the result is in memory that the next call
 * uses again. Here it belongs to the strand, or a task's call would overwrite another's result.
 * ---- */

struct static_host {
    struct hostent entry;
    char buffer[];
};

#define FIRST_BUFFER 1024
#define LAST_BUFFER  (1 << 20)

/* Runs a reentrant form, with a larger buffer as long as it asks for one. Returns the memory that
 * the result is in, or NULL when it is short. */
static struct static_host *look_up(struct call *call, struct host_lookup *args)
{
    struct static_host *host = NULL, *larger;
    args->lookup.result = ERANGE;
    for (size_t size = FIRST_BUFFER; args->lookup.result == ERANGE && size <= LAST_BUFFER;
         size *= 2) {
        larger = realloc(host, sizeof *host + size);
        if (!larger)
            break;
        host = larger;
        args->entry = &host->entry;
        args->buffer = host->buffer;
        args->buffer_size = size;
        if (!coop_look_up(call, &args->lookup))
            args->lookup.job.run(&args->lookup.job);
    }
    return host;
}

static struct hostent *hook_static(struct call *call, struct host_lookup *args)
{
    struct hostent *found = NULL;
    int host_error = NETDB_INTERNAL;
    args->found = &found;
    args->host_error = &host_error;
    struct static_host *host = look_up(call, args);
    free(call->strand->host_result);
    call->strand->host_result = host;
    h_errno = host_error;
    call_leave_with(call, found != NULL, found ? 0 : errno);
    return found;
}

/* Without a host the real function is called, whose memory is libc's. */
static struct hostent *leave_real(struct call *call, struct hostent *found)
{
    call_leave_with(call, found != NULL, found ? 0 : errno);
    return found;
}

EXPORT struct hostent *gethostbyname(const char *name)
{
    if (call_is_plain())
        return REAL(gethostbyname)(name);
    struct call call = {
        .log = {.id = CALL_gethostbyname, .fd = -1, .caller = CALLER, .name = name}};
    call_enter(&call);
    if (!call.host)
        return leave_real(&call, REAL(gethostbyname)(name));
    struct host_lookup args = {.lookup.job.run = run_by_name, .subject = name};
    return hook_static(&call, &args);
}

EXPORT struct hostent *gethostbyname2(const char *name, int family)
{
    if (call_is_plain())
        return REAL(gethostbyname2)(name, family);
    struct call call = {
        .log = {.id = CALL_gethostbyname2, .fd = -1, .caller = CALLER, .name = name}};
    call_enter(&call);
    if (!call.host)
        return leave_real(&call, REAL(gethostbyname2)(name, family));
    struct host_lookup args = {.lookup.job.run = run_by_name2, .subject = name, .family = family};
    return hook_static(&call, &args);
}

EXPORT struct hostent *gethostbyaddr(const void *address, socklen_t size, int family)
{
    if (call_is_plain())
        return REAL(gethostbyaddr)(address, size, family);
    struct call call = {.log = {.id = CALL_gethostbyaddr, .fd = -1, .caller = CALLER}};
    call_enter(&call);
    if (!call.host)
        return leave_real(&call, REAL(gethostbyaddr)(address, size, family));
    struct host_lookup args = {
        .lookup.job.run = run_by_address, .subject = address, .size = size, .family = family};
    return hook_static(&call, &args);
}
