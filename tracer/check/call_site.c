#include "check/call_site.h"

#include <fnmatch.h>
#include <string.h>

/* FNV-1a, written out because the values are kept in files. */
static uint64_t mix(uint64_t hash, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)text[i]) * 0x100000001b3u;
    return hash;
}

/* "module+0x1234" is known by its module alone: the address moves with each build. */
static size_t stable_length(const struct site_frame *frame)
{
    size_t length = strlen(frame->module);
    bool is_address = *frame->module && !strncmp(frame->function, frame->module, length) &&
                      !strncmp(frame->function + length, "+0x", 3);
    if (is_address)
        return length;
    return strncmp(frame->function, "0x", 2) ? strlen(frame->function) : 2;
}

static bool is_start(const struct site_frame *frame)
{
    return !strncmp(frame->function, "__libc_start", strlen("__libc_start")) ||
           !strcmp(frame->function, "_start");
}

static bool is_same(const struct site_frame *a, const struct site_frame *b)
{
    size_t length = stable_length(a);
    return length == stable_length(b) && !memcmp(a->function, b->function, length);
}

uint64_t call_site_fingerprint(const char *call, const struct site_frame *stack, size_t depth)
{
    const struct site_frame *last = NULL;
    uint64_t hash = mix(0xcbf29ce484222325u, call, strlen(call));
    for (size_t i = 0; i < depth; i++) {
        const struct site_frame *frame = &stack[i];
        if (frame->is_runtime || is_start(frame) || (last && is_same(frame, last)))
            continue;
        hash = mix(hash, "\n", 1);
        hash = mix(hash, frame->function, stable_length(frame));
        last = frame;
    }
    return hash;
}

const struct site_frame *call_site_place(const struct call_site *site)
{
    const struct site_frame *place = NULL;
    for (size_t i = 0; i < site->depth; i++) {
        const struct site_frame *frame = &site->stack[i];
        if (frame->is_runtime || is_start(frame))
            continue;
        if (!frame->is_installed)
            return frame;
        place = place ? place : frame;
    }
    return place ? place : &site->stack[0];
}

bool call_site_passes_through(const struct call_site *site, const char *pattern)
{
    for (size_t i = 0; i < site->depth; i++)
        if (!fnmatch(pattern, site->stack[i].function, FNM_NOESCAPE))
            return true;
    return false;
}
