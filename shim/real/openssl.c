/*
 * Which libssl serves a call: looked up once for each call site and function, through the object
 * that makes the call. Then what hooks and the trace ask of a connection, and the thread's error
 * queue, which a task takes along.
 */
#include "real/openssl.h"

#include "real/real.h"
#include "sys/elf.h"
#include "sys/kernel.h"
#include "sys/self.h"
#include "sys/table.h"

#include <dlfcn.h>
#include <link.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/*
 * Where a function of a call site is. A slot is claimed once and never changes, so readers need no
 * lock; what finds no free slot is looked up each time. The function is part of the key: through
 * libffi all functions are called from one place.
 */
struct binding {
    uint64_t key; /* 0: free, BINDING_CLAIMED: being written */
    void *function;
};
#define BINDING_COUNT   512
#define BINDING_PROBES  8
#define BINDING_CLAIMED UINT64_C(1)
static TABLE struct binding bindings[BINDING_COUNT];

/* The functions looked up here besides the hooked ones. */
enum { SSL_GET_FD = CALL_COUNT, SSL_GET_ALPN };

/* The libcrypto whose error queue is kept per task: the one that the first libssl uses. */
static struct {
    unsigned long (*peek)(void);
    unsigned long (*take)(const char **file, int *line, const char **function, const char **data,
                          int *flags);
    void (*create)(void);
    void (*set_place)(const char *file, int line, const char *function);
    void (*set_code)(int library, int reason, const char *format, ...);
    void (*clear)(void);
} queue;
bool openssl_has_queue;

/* A symbol as the object that holds `address` would bind it, but never one of ours. */
static void *find_for(const void *address, const char *name)
{
    Dl_info info;
    void *object, *found;
    if (!dladdr(address, &info) || !info.dli_fname)
        return NULL;
    object = dlopen(info.dli_fname, RTLD_NOLOAD | RTLD_LAZY);
    if (!object)
        return NULL;
    found = dlsym(object, name);
    dlclose(object);
    return found && self_contains(found) ? NULL : found;
}

static void find_error_queue(const void *libssl)
{
    if (__atomic_load_n(&openssl_has_queue, __ATOMIC_ACQUIRE))
        return;
    *(void **)&queue.peek = find_for(libssl, "ERR_peek_error");
    *(void **)&queue.take = find_for(libssl, "ERR_get_error_all");
    *(void **)&queue.create = find_for(libssl, "ERR_new");
    *(void **)&queue.set_place = find_for(libssl, "ERR_set_debug");
    *(void **)&queue.set_code = find_for(libssl, "ERR_set_error");
    *(void **)&queue.clear = find_for(libssl, "ERR_clear_error");
    bool all = queue.peek && queue.take && queue.create && queue.set_place && queue.set_code &&
               queue.clear;
    __atomic_store_n(&openssl_has_queue, all, __ATOMIC_RELEASE);
}

struct search {
    const char *name;
    void *found;
};

static bool search_object(const struct dl_phdr_info *info, void *argument)
{
    struct search *search = argument;
    void *object;
    if (!strstr(info->dlpi_name, "libssl"))
        return false;
    object = dlopen(info->dlpi_name, RTLD_NOLOAD | RTLD_LAZY);
    if (!object)
        return false;
    search->found = dlsym(object, search->name);
    dlclose(object);
    return search->found != NULL;
}

/* By the caller's own references, then by the program's, then in whatever libssl is loaded. */
static void *look_up(const char *name, const void *caller)
{
    struct search search = {name, find_for(caller, name)};
    if (!search.found)
        search.found = dlsym(RTLD_NEXT, name);
    if (!search.found)
        elf_each_object(search_object, &search);
    if (search.found)
        find_error_queue(search.found);
    return search.found;
}

static void bind(struct binding *slot, uint64_t key, void *function)
{
    uint64_t free_slot = 0;
    if (!__atomic_compare_exchange_n(&slot->key, &free_slot, BINDING_CLAIMED, false,
                                     __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
        return;
    slot->function = function;
    __atomic_store_n(&slot->key, key, __ATOMIC_RELEASE);
}

/* The slot that has the key, or the free one that it may take, or NULL. */
static struct binding *slot_of(uint64_t key)
{
    uint64_t hash = key * UINT64_C(0x9e3779b97f4a7c15) >> 32;
    for (unsigned probe = 0; probe < BINDING_PROBES; probe++) {
        struct binding *slot = &bindings[(hash + probe) % BINDING_COUNT];
        uint64_t owner = __atomic_load_n(&slot->key, __ATOMIC_ACQUIRE);
        if (owner == key || !owner)
            return slot;
    }
    return NULL;
}

/* User addresses have at most 48 bits. */
static uint64_t key_of(unsigned function, const void *caller)
{
    return (uint64_t)(uintptr_t)caller | (uint64_t)(function + 1) << 48;
}

static void *find_named(unsigned function, const char *name, const void *caller)
{
    uint64_t key = key_of(function, caller);
    struct binding *slot = slot_of(key);
    if (slot && __atomic_load_n(&slot->key, __ATOMIC_ACQUIRE) == key)
        return slot->function;
    void *found = look_up(name, caller);
    if (found && slot)
        bind(slot, key, found);
    return found;
}

void *openssl_find(enum call_id id, const void *caller)
{
    return find_named(id, call_infos[id].name, caller);
}

int openssl_descriptor(const SSL *ssl, const void *real_function)
{
    /* By the references of the libssl that serves the call. */
    int (*descriptor)(const SSL *);
    *(void **)&descriptor = find_named(SSL_GET_FD, "SSL_get_fd", real_function);
    return descriptor ? descriptor(ssl) : -1;
}

bool openssl_speaks_http2(const SSL *ssl, const void *real_function)
{
    const unsigned char *protocol = NULL;
    unsigned length = 0;
    void (*get)(const SSL *, const unsigned char **, unsigned *);
    *(void **)&get = find_named(SSL_GET_ALPN, "SSL_get0_alpn_selected", real_function);
    if (get)
        get(ssl, &protocol, &length);
    return length == 2 && !memcmp(protocol, "h2", 2);
}

/* ---- the error queue ---- */

struct entry {
    unsigned long code;
    char *file, *function,
        *data; /* ours, or NULL: OpenSSL frees its own when it uses a slot again */
    int line;
};

/* OpenSSL's queue holds 16. */
#define MAX_ENTRIES 16

struct openssl_errors {
    unsigned count;
    struct entry entries[MAX_ENTRIES];
};

#define HAS_TEXT 0x02 /* ERR_TXT_STRING */

static char *copy(const char *string)
{
    return string ? FALLIBLE(strdup, NULL, string) : NULL;
}

struct openssl_errors *openssl_queue_take(void)
{
    if (!queue.peek())
        return NULL;
    struct openssl_errors *errors = FALLIBLE(calloc, NULL, 1, sizeof *errors);
    while (errors && errors->count < MAX_ENTRIES) {
        struct entry *entry = &errors->entries[errors->count];
        const char *file = NULL, *function = NULL, *data = NULL;
        int flags = 0;
        entry->code = queue.take(&file, &entry->line, &function, &data, &flags);
        if (!entry->code)
            break;
        entry->file = copy(file);
        entry->function = copy(function);
        entry->data = flags & HAS_TEXT ? copy(data) : NULL;
        errors->count++;
    }
    return errors;
}

/* How OpenSSL 3 packs a library and a reason, or an errno, into one code: <openssl/err.h>. */
static int library_of(unsigned long code)
{
    return code & 0x80000000ul ? 2 : (int)((code >> 23) & 0xff);
}

static int reason_of(unsigned long code)
{
    return (int)(code & (code & 0x80000000ul ? 0x7ffffffful : 0x7ffffful));
}

void openssl_errors_free(struct openssl_errors *errors)
{
    for (unsigned i = 0; errors && i < errors->count; i++) {
        free(errors->entries[i].file);
        free(errors->entries[i].function);
        free(errors->entries[i].data);
    }
    free(errors);
}

void openssl_errors_clear(void)
{
    if (__atomic_load_n(&openssl_has_queue, __ATOMIC_ACQUIRE) && queue.peek())
        queue.clear();
}

void openssl_queue_put(struct openssl_errors *errors)
{
    openssl_errors_clear();
    if (!errors)
        return;
    for (unsigned i = 0; i < errors->count; i++) {
        const struct entry *entry = &errors->entries[i];
        queue.create();
        queue.set_place(entry->file, entry->line, entry->function);
        queue.set_code(library_of(entry->code), reason_of(entry->code), entry->data ? "%s" : NULL,
                       entry->data);
    }
    openssl_errors_free(errors);
}
