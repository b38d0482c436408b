#include "account/stretch.h"

#include "account/served.h"
#include "account/slots.h"
#include "model/sample.h"
#include "model/thread.h"

/* Of a thread. */
struct sampled {
    uint64_t at;  /* ns */
    uint64_t cpu; /* ns that it had used */
    struct stretch last;
};

static struct sampled *sampled_of(struct thread *thread)
{
    return kept_get(&thread->kept, SLOT_STRETCH, sizeof(struct sampled));
}

struct stretch stretch_last(struct thread *thread)
{
    return sampled_of(thread)->last;
}

static uint64_t latest(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* C1: what was used since the last sample was used just before this one, and at most since the
 * thread slept; of a long call, just before its begin. What it used beyond that, it used inside. */
static void take_sample(struct listener *listener, struct thread *thread,
                        const struct sample *sample)
{
    (void)listener;
    struct sampled *sampled = sampled_of(thread);
    uint64_t used = sample->cpu > sampled->cpu ? sample->cpu - sampled->cpu : 0;
    uint64_t since = latest(sampled->at, served_slept_until(thread));
    uint64_t end = sample->kind == SAMPLE_CALL ? sample->call_begin : sample->time;
    sampled->last = (struct stretch){0};
    if (sample->kind != SAMPLE_BEGIN && end > since)
        sampled->last =
            (struct stretch){sample->site, end - since > used ? end - used : since, end};
    sampled->at = sample->time;
    sampled->cpu = latest(sampled->cpu, sample->cpu);
}

void stretches_begin(struct stretches *stretches)
{
    *stretches = (struct stretches){.listener = {.sampled = take_sample}};
}
