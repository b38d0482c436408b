#include "log/unwind.h"

#include "python/greenlets.h"
#include "sys/self.h"

#include <unwind.h>

struct walk {
    uint64_t *frames;
    uint32_t count, max;
};

static _Unwind_Reason_Code visit(struct _Unwind_Context *context, void *arg)
{
    struct walk *walk = arg;
    uint64_t address = _Unwind_GetIP(context);
    if (!address || walk->count == walk->max)
        return _URC_END_OF_STACK;
    if (walk->count || !self_contains((void *)address))
        walk->frames[walk->count++] = address;
    return greenlets_contain((void *)address) ? _URC_END_OF_STACK : _URC_NO_REASON;
}

uint32_t unwind_stack(uint64_t *frames, uint32_t max)
{
    struct walk walk = {frames, 0, max};
    greenlets_find();
    _Unwind_Backtrace(visit, &walk);
    /* A task's stack ends in the shim's own entry function. */
    while (walk.count && self_contains((void *)frames[walk.count - 1]))
        walk.count--;
    return walk.count;
}
