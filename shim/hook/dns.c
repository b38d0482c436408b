/*
 * getaddrinfo, getnameinfo, gethostbyname and their kin.
 *
 * libc resolves names with sockets of its own that no hook sees, so a helper thread makes the real
 * call while the task is parked. Arguments and results are copied: everything that the helper
 * thread touches lies in the job.
 */
#include "call/call.h"
#include "call/resolver.h"
#include "sys/kernel.h"
#include "task/helper.h"

#include <netdb.h>
#include <stdlib.h>
#include <string.h>

/* What the real call leaves in the thread's own variables, carried back to the caller's thread. */
struct lookup {
    struct job job; /* first */
    int error;      /* errno */
    int host_error; /* h_errno */
    int result;
    void (*ask)(struct job *job);   /* makes the real call, and keeps its result */
    struct resolver_state resolver; /* of who asks */
    bool is_unusual;                /* it is not the helper thread's: nothing was asked */
};

static void keep_result(struct lookup *lookup, int result)
{
    lookup->result = result;
    lookup->error = errno;
    lookup->host_error = h_errno;
}

static void free_lookup(struct job *job)
{
    free(job);
}

static void run_lookup(struct job *job)
{
    struct lookup *lookup = (struct lookup *)job;
    lookup->is_unusual = !resolver_state_is_usual(&lookup->resolver);
    if (!lookup->is_unusual)
        lookup->ask(job);
}

static void lookup_init(struct lookup *lookup, void (*ask)(struct job *job),
                        void (*destroy)(struct job *job))
{
    job_init(&lookup->job, run_lookup, destroy);
    lookup->job.is_in_libc = true;
    lookup->ask = ask;
    lookup->resolver = resolver_state_take();
}

/*
 * Runs a look-up on a helper thread. Returns WAKE_RETRY when it has been made; WAKE_NO_HOST: the
 * caller must make the real call itself; else the wait was ended, and errno says by what.
 */
static enum wake run_look_up(struct call *call, struct lookup *lookup)
{
    enum wake end = call_run(call, &lookup->job);
    if (end == WAKE_RETRY && lookup->is_unusual)
        return WAKE_NO_HOST;
    errno = end == WAKE_RETRY ? lookup->error : wake_error(end);
    if (end == WAKE_RETRY)
        h_errno = lookup->host_error;
    return end;
}

/* A string's bytes with its NUL, 0 for NULL. */
static size_t size_of(const char *string)
{
    return string ? strlen(string) + 1 : 0;
}

/* Copies a string to `*room`, which moves on behind it. */
static const char *keep_string(char **room, const char *string)
{
    char *copy = *room;
    *room += size_of(string);
    return string ? memcpy(copy, string, size_of(string)) : NULL;
}

/* ---- getaddrinfo ---- */

struct addrinfo_lookup {
    struct lookup lookup;
    const char *node, *service;
    const struct addrinfo *hints; /* NULL, or the copy */
    struct addrinfo hints_copy;
    struct addrinfo *found; /* NULL: none, or taken */
    char strings[];
};

static void ask_getaddrinfo(struct job *job)
{
    struct addrinfo_lookup *args = (struct addrinfo_lookup *)job;
    args->found = NULL;
    keep_result(&args->lookup,
                REAL(getaddrinfo)(args->node, args->service, args->hints, &args->found));
}

static void free_addrinfo_lookup(struct job *job)
{
    struct addrinfo_lookup *args = (struct addrinfo_lookup *)job;
    if (args->found)
        freeaddrinfo(args->found);
    free(args);
}

static struct addrinfo_lookup *make_addrinfo_lookup(const char *node, const char *service,
                                                    const struct addrinfo *hints)
{
    struct addrinfo_lookup *args =
        FALLIBLE(malloc, NULL, sizeof *args + size_of(node) + size_of(service));
    if (!args)
        return NULL;
    char *room = args->strings;
    lookup_init(&args->lookup, ask_getaddrinfo, free_addrinfo_lookup);
    args->node = keep_string(&room, node);
    args->service = keep_string(&room, service);
    args->hints = hints ? &args->hints_copy : NULL;
    if (hints)
        args->hints_copy = *hints;
    args->found = NULL;
    return args;
}

static int coop_getaddrinfo(struct call *call, const char *node, const char *service,
                            const struct addrinfo *hints, struct addrinfo **found)
{
    struct addrinfo_lookup *args = make_addrinfo_lookup(node, service, hints);
    enum wake end = args ? run_look_up(call, &args->lookup) : WAKE_NO_HOST;
    int result = end ? EAI_SYSTEM : args->lookup.result;
    if (result == 0) {
        *found = args->found;
        args->found = NULL;
    }
    if (args)
        job_release(&args->lookup.job);
    return end == WAKE_NO_HOST ? REAL(getaddrinfo)(node, service, hints, found) : result;
}

ENTRY(int, getaddrinfo,
      (const char *restrict node, const char *restrict service,
       const struct addrinfo *restrict hints, struct addrinfo **restrict found),
      (node, service, hints, found))
{
    if (call_is_plain())
        return REAL(getaddrinfo)(node, service, hints, found);
    struct call call = {
        .log = {.id = CALL_getaddrinfo, .fd = -1, .caller = caller, .name = node ? node : service}};
    call_enter(&call);
    bool parks = call.host && !resolver_asks_nobody(node, hints);
    int result = parks ? coop_getaddrinfo(&call, node, service, hints, found)
                       : REAL(getaddrinfo)(node, service, hints, found);
    call.log.found = result == 0 && node ? *found : NULL;
    call_leave_with(&call, result, result);
    return result;
}

/* ---- getnameinfo ---- */

struct nameinfo_lookup {
    struct lookup lookup;
    socklen_t address_size, host_size, service_size;
    int flags;
    char *host, *service;
    struct sockaddr_storage address;
    char buffers[];
};

static void ask_getnameinfo(struct job *job)
{
    struct nameinfo_lookup *args = (struct nameinfo_lookup *)job;
    keep_result(&args->lookup,
                REAL(getnameinfo)((struct sockaddr *)&args->address, args->address_size, args->host,
                                  args->host_size, args->service, args->service_size, args->flags));
}

static struct nameinfo_lookup *make_nameinfo_lookup(const struct sockaddr *address,
                                                    socklen_t address_size, const char *host,
                                                    socklen_t host_size, const char *service,
                                                    socklen_t service_size, int flags)
{
    struct nameinfo_lookup *args = NULL;
    if (address && address_size <= sizeof args->address)
        args = FALLIBLE(calloc, NULL, 1, sizeof *args + host_size + service_size);
    if (!args)
        return NULL;
    lookup_init(&args->lookup, ask_getnameinfo, free_lookup);
    memcpy(&args->address, address, address_size);
    args->address_size = address_size;
    args->host = host ? args->buffers : NULL;
    args->host_size = host_size;
    args->service = service ? args->buffers + host_size : NULL;
    args->service_size = service_size;
    args->flags = flags;
    return args;
}

/* What the real function wrote, and no byte behind it. */
static void give_string(char *to, const char *from, socklen_t size)
{
    if (to && size)
        memcpy(to, from, strnlen(from, size - 1) + 1);
}

static int coop_getnameinfo(struct call *call, const struct sockaddr *address,
                            socklen_t address_size, char *host, socklen_t host_size, char *service,
                            socklen_t service_size, int flags)
{
    struct nameinfo_lookup *args =
        make_nameinfo_lookup(address, address_size, host, host_size, service, service_size, flags);
    enum wake end = args ? run_look_up(call, &args->lookup) : WAKE_NO_HOST;
    int result = end ? EAI_SYSTEM : args->lookup.result;
    if (result == 0) {
        give_string(host, args->host, host_size);
        give_string(service, args->service, service_size);
    }
    if (args)
        job_release(&args->lookup.job);
    return end == WAKE_NO_HOST ? REAL(getnameinfo)(address, address_size, host, host_size, service,
                                                   service_size, flags)
                               : result;
}

ENTRY(int, getnameinfo,
      (const struct sockaddr *restrict address, socklen_t address_size, char *restrict host,
       socklen_t host_size, char *restrict service, socklen_t service_size, int flags),
      (address, address_size, host, host_size, service, service_size, flags))
{
    if (call_is_plain())
        return REAL(getnameinfo)(address, address_size, host, host_size, service, service_size,
                                 flags);
    struct call call = {.log = {.id = CALL_getnameinfo, .fd = -1, .caller = caller}};
    call_enter(&call);
    bool parks = call.host && !resolver_address_asks_nobody(address, host, host_size, flags);
    int result = parks ? coop_getnameinfo(&call, address, address_size, host, host_size, service,
                                          service_size, flags)
                       : REAL(getnameinfo)(address, address_size, host, host_size, service,
                                           service_size, flags);
    call_leave_with(&call, result, result);
    return result;
}

/* ---- gethostbyname_r, gethostbyname2_r, gethostbyaddr_r ---- */

/* All that the reentrant forms take; each uses its part. */
struct host_query {
    int (*ask)(const struct host_query *query);
    const void *subject; /* a name, or an address of `size` bytes */
    socklen_t size;
    int family;
    struct hostent *entry, **found;
    char *buffer;
    size_t buffer_size;
    int *host_error;
};

static int ask_by_name(const struct host_query *query)
{
    return REAL(gethostbyname_r)(query->subject, query->entry, query->buffer, query->buffer_size,
                                 query->found, query->host_error);
}

static int ask_by_name2(const struct host_query *query)
{
    return REAL(gethostbyname2_r)(query->subject, query->family, query->entry, query->buffer,
                                  query->buffer_size, query->found, query->host_error);
}

static int ask_by_address(const struct host_query *query)
{
    return REAL(gethostbyaddr_r)(query->subject, query->size, query->family, query->entry,
                                 query->buffer, query->buffer_size, query->found,
                                 query->host_error);
}

/* The same query about copies. */
struct host_lookup {
    struct lookup lookup;
    struct host_query query;
    struct hostent entry, *found;
    int host_error;
    char memory[]; /* the subject, then the buffer */
};

static void ask_host_lookup(struct job *job)
{
    struct host_lookup *args = (struct host_lookup *)job;
    keep_result(&args->lookup, args->query.ask(&args->query));
}

/* A place in `memory` as far from a multiple of 16 as the caller's buffer is: how much fits into
 * one depends on that. */
#define ALIGNMENT 16
static char *align_as(char *memory, const char *buffer)
{
    return memory + (((uintptr_t)buffer - (uintptr_t)memory) & (ALIGNMENT - 1));
}

static size_t subject_size(const struct host_query *query)
{
    return query->ask == ask_by_address ? query->size : strlen(query->subject) + 1;
}

static struct host_lookup *make_host_lookup(const struct host_query *query)
{
    size_t size = subject_size(query);
    struct host_lookup *args =
        FALLIBLE(malloc, NULL, sizeof *args + size + ALIGNMENT + query->buffer_size);
    if (!args)
        return NULL;
    lookup_init(&args->lookup, ask_host_lookup, free_lookup);
    args->query = *query;
    args->query.subject = memcpy(args->memory, query->subject, size);
    args->query.entry = &args->entry;
    args->query.found = &args->found;
    args->query.host_error = &args->host_error;
    args->query.buffer = align_as(args->memory + size, query->buffer);
    args->found = NULL;
    args->host_error = NETDB_INTERNAL;
    return args;
}

/* Where a pointer into the copied buffer points in the caller's. */
static char *moved(const struct host_query *from, const struct host_query *to, char *pointer)
{
    bool inside = pointer >= from->buffer && pointer < from->buffer + from->buffer_size;
    return inside ? to->buffer + (pointer - from->buffer) : pointer;
}

static char **move_list(const struct host_query *from, const struct host_query *to, char **list)
{
    char **copy = (char **)(void *)moved(from, to, (char *)list);
    if (copy == list)
        return list;
    for (char **each = copy; *each; each++)
        *each = moved(from, to, *each);
    return copy;
}

/* Gives the entry that was found to the caller: the buffer, and what points into it. */
static void give_entry(const struct host_query *from, const struct host_query *to)
{
    memcpy(to->buffer, from->buffer, from->buffer_size);
    *to->entry = *from->entry;
    to->entry->h_name = moved(from, to, from->entry->h_name);
    to->entry->h_aliases = move_list(from, to, from->entry->h_aliases);
    to->entry->h_addr_list = move_list(from, to, from->entry->h_addr_list);
    *to->found = to->entry;
}

/* Returns an errno value as the reentrant forms do: ERANGE when the buffer is too small. */
static int coop_host_lookup(struct call *call, const struct host_query *query)
{
    if (query->ask != ask_by_address && resolver_host_asks_nobody(query->subject))
        return query->ask(query);
    struct host_lookup *args = make_host_lookup(query);
    enum wake end = args ? run_look_up(call, &args->lookup) : WAKE_NO_HOST;
    int result = end ? wake_error(end) : args->lookup.result;
    if (end != WAKE_NO_HOST) {
        *query->found = NULL;
        *query->host_error = end ? NETDB_INTERNAL : args->host_error;
    }
    if (!end && args->found)
        give_entry(&args->query, query);
    if (args)
        job_release(&args->lookup.job);
    return end == WAKE_NO_HOST ? query->ask(query) : result;
}

static int hook_reentrant(enum call_id id, const void *caller, const char *name,
                          const struct host_query *query)
{
    struct call call = {.log = {.id = id, .fd = -1, .caller = caller, .name = name}};
    call_enter(&call);
    int result = call.host ? coop_host_lookup(&call, query) : query->ask(query);
    call.log.host = result == 0 && name ? *query->found : NULL;
    call_leave_with(&call, result, result);
    return result;
}

ENTRY(int, gethostbyname_r,
      (const char *restrict name, struct hostent *restrict entry, char *restrict buffer,
       size_t size, struct hostent **restrict found, int *restrict host_error),
      (name, entry, buffer, size, found, host_error))
{
    if (call_is_plain())
        return REAL(gethostbyname_r)(name, entry, buffer, size, found, host_error);
    struct host_query query = {ask_by_name, name, 0, 0, entry, found, buffer, size, host_error};
    return hook_reentrant(CALL_gethostbyname_r, caller, name, &query);
}

ENTRY(int, gethostbyname2_r,
      (const char *restrict name, int family, struct hostent *restrict entry, char *restrict buffer,
       size_t size, struct hostent **restrict found, int *restrict host_error),
      (name, family, entry, buffer, size, found, host_error))
{
    if (call_is_plain())
        return REAL(gethostbyname2_r)(name, family, entry, buffer, size, found, host_error);
    struct host_query query = {ask_by_name2, name,   0,    family,    entry,
                               found,        buffer, size, host_error};
    return hook_reentrant(CALL_gethostbyname2_r, caller, name, &query);
}

ENTRY(int, gethostbyaddr_r,
      (const void *restrict address, socklen_t address_size, int family,
       struct hostent *restrict entry, char *restrict buffer, size_t size,
       struct hostent **restrict found, int *restrict host_error),
      (address, address_size, family, entry, buffer, size, found, host_error))
{
    if (call_is_plain())
        return REAL(gethostbyaddr_r)(address, address_size, family, entry, buffer, size, found,
                                     host_error);
    struct host_query query = {ask_by_address, address, address_size, family,    entry,
                               found,          buffer,  size,         host_error};
    return hook_reentrant(CALL_gethostbyaddr_r, caller, NULL, &query);
}

/* ---- gethostbyname, gethostbyname2, gethostbyaddr: the result is in memory that the next call
 * uses again. Here it belongs to the strand, or a task's call would overwrite another's result.
 * ---- */

struct static_host {
    struct hostent entry;
    char buffer[];
};

/* Without a host the real function is called, whose memory is libc's. */
static struct hostent *leave_with_host(struct call *call, struct hostent *found)
{
    call->log.host = call->log.name ? found : NULL;
    call_leave_with(call, found != NULL, found ? 0 : errno);
    return found;
}

#define FIRST_BUFFER 1024
#define LAST_BUFFER  (1 << 20)

/* Runs a reentrant form, with a larger buffer as long as it asks for one. Returns the memory that
 * the result is in, or NULL when it is short. */
static struct static_host *look_up(struct call *call, struct host_query *query)
{
    struct static_host *host = NULL, *larger;
    int result = ERANGE;
    for (size_t size = FIRST_BUFFER; result == ERANGE && size <= LAST_BUFFER; size *= 2) {
        larger = FALLIBLE(realloc, NULL, host, sizeof *host + size);
        if (!larger)
            break;
        host = larger;
        query->entry = &host->entry;
        query->buffer = host->buffer;
        query->buffer_size = size;
        result = coop_host_lookup(call, query);
    }
    return host;
}

static struct hostent *hook_static(struct call *call, struct host_query *query)
{
    struct hostent *found = NULL;
    int host_error = NETDB_INTERNAL;
    query->found = &found;
    query->host_error = &host_error;
    struct static_host *host = look_up(call, query);
    free(call->strand->host_result);
    call->strand->host_result = host;
    h_errno = host_error;
    return leave_with_host(call, found);
}

ENTRY(struct hostent *, gethostbyname, (const char *name), (name))
{
    if (call_is_plain())
        return REAL(gethostbyname)(name);
    struct call call = {
        .log = {.id = CALL_gethostbyname, .fd = -1, .caller = caller, .name = name}};
    call_enter(&call);
    if (!call.host)
        return leave_with_host(&call, REAL(gethostbyname)(name));
    struct host_query query = {.ask = ask_by_name, .subject = name};
    return hook_static(&call, &query);
}

ENTRY(struct hostent *, gethostbyname2, (const char *name, int family), (name, family))
{
    if (call_is_plain())
        return REAL(gethostbyname2)(name, family);
    struct call call = {
        .log = {.id = CALL_gethostbyname2, .fd = -1, .caller = caller, .name = name}};
    call_enter(&call);
    if (!call.host)
        return leave_with_host(&call, REAL(gethostbyname2)(name, family));
    struct host_query query = {.ask = ask_by_name2, .subject = name, .family = family};
    return hook_static(&call, &query);
}

ENTRY(struct hostent *, gethostbyaddr, (const void *address, socklen_t size, int family),
      (address, size, family))
{
    if (call_is_plain())
        return REAL(gethostbyaddr)(address, size, family);
    struct call call = {.log = {.id = CALL_gethostbyaddr, .fd = -1, .caller = caller}};
    call_enter(&call);
    if (!call.host)
        return leave_with_host(&call, REAL(gethostbyaddr)(address, size, family));
    struct host_query query = {
        .ask = ask_by_address, .subject = address, .size = size, .family = family};
    return hook_static(&call, &query);
}
