#include "check/call_site.h"

#include "base/fingerprint.h"

#include <fnmatch.h>

uint64_t call_site_fingerprint(const char *call, const struct site_frame *stack, size_t depth)
{
    struct fingerprint fingerprint = fingerprint_begin(call);
    for (size_t i = 0; i < depth; i++)
        fingerprint_add(&fingerprint, stack[i].function, stack[i].module, stack[i].is_runtime);
    return fingerprint.value;
}

const struct site_frame *call_site_place(const struct call_site *site)
{
    const struct site_frame *place = NULL;
    for (size_t i = 0; i < site->depth; i++) {
        const struct site_frame *frame = &site->stack[i];
        if (frame->is_runtime || fingerprint_is_start(frame->function))
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
