#include "symbol/frame_store.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

/* Libraries that a call passes through on its way from the code that wants something: by how their
 * file names begin. Python's modules for sockets and TLS are libc and libssl to Python code. */
static const char *const runtimes[] = {
    "libc.so",  "libc-2.",  "libpthread", "ld-linux",       "libssl.",      "libcrypto.",
    "libasan.", "libtsan.", "libubsan",   "liblsan.",       "libclang_rt.", "libgreq.so",
    "_socket.", "_ssl.",    "_openssl.",  "_cffi_backend.",
};

static bool is_runtime(const char *module)
{
    for (size_t i = 0; i < sizeof runtimes / sizeof *runtimes; i++)
        if (!strncmp(module, runtimes[i], strlen(runtimes[i])))
            return true;
    return false;
}

static uint64_t hash_of(const struct frame *frame)
{
    uint64_t hash = map_mix_text(frame->line, frame->function);
    return map_mix_text(map_mix_text(hash, frame->file), frame->module);
}

static bool is_like(const struct frame *a, const struct frame *b)
{
    return a->line == b->line && !strcmp(a->function, b->function) && !strcmp(a->file, b->file) &&
           !strcmp(a->module, b->module);
}

const struct frame *frame_store_get(struct frame_store *store, const struct frame *like)
{
    uint64_t hash = hash_of(like);
    struct frame *first = map_get(&store->by_hash, hash);
    for (struct frame *frame = first; frame; frame = frame->next)
        if (is_like(frame, like))
            return frame;
    struct frame *frame = memory_alloc(1, sizeof *frame);
    *frame = (struct frame){
        .function = memory_copy(like->function),
        .file = memory_copy(like->file),
        .line = like->line,
        .module = memory_copy(like->module),
        .is_installed = like->is_installed,
        .is_runtime = is_runtime(like->module),
        .next = first,
    };
    map_put(&store->by_hash, hash, frame);
    return frame;
}

static void frame_destroy(struct frame *frame)
{
    free((char *)frame->function);
    free((char *)frame->file);
    free((char *)frame->module);
    free(frame);
}

void frame_store_finish(struct frame_store *store)
{
    size_t position = 0;
    for (struct frame *frame, *next; (frame = map_next(&store->by_hash, &position));)
        for (; frame; frame = next) {
            next = frame->next;
            frame_destroy(frame);
        }
    map_clear(&store->by_hash);
}
