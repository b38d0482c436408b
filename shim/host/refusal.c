#include "host/refusal.h"

static uint64_t counts[TRACE_REFUSAL_COUNT];

static const char *const names[TRACE_REFUSAL_COUNT] = {
#define NAME(name, word, text) [TRACE_REFUSAL_##name] = "fell through: " text,
    TRACE_REFUSALS(NAME)
#undef NAME
};

enum wake refuse(struct thread *thread, enum trace_refusal refusal, const char *refuser)
{
    struct strand *strand = thread_strand(thread);
    __atomic_fetch_add(&counts[refusal], 1, __ATOMIC_RELAXED);
    strand->refusal = refusal;
    strand->refuser = refuser;
    return WAKE_NO_HOST;
}

uint64_t refusal_count(enum trace_refusal refusal)
{
    return __atomic_load_n(&counts[refusal], __ATOMIC_RELAXED);
}

const char *refusal_name(enum trace_refusal refusal)
{
    return names[refusal];
}
