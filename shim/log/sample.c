#include "log/sample.h"

#include "log/log.h"
#include "log/run_queue.h"
#include "log/stream.h"
#include "sys/clock.h"
#include "sys/kernel.h"

#include <string.h>

void sample_note(struct sampler *sampler, uint64_t now, uint64_t cpu)
{
    sampler->due = now + TRACE_COMPUTED_NS;
    sampler->at = now;
    sampler->cpu = cpu;
}

/* The run queue was looked at, too, a while after the last sample: the thread may have stood there
 * between the two. */
static void note_queue(struct sampler *sampler, uint64_t now, uint64_t spent)
{
    sampler->queue = (struct sampler_queue){now, sampler->cpu, spent};
}

/* A thread that was off the CPU before the call was in the run queue then, and only for the rest of
 * the time in the call. What the call computed itself counts as before it: that is little. */
uint64_t sample_queued(struct sampler *sampler, const struct log_call *call)
{
    const struct sampler_queue last = sampler->queue;
    struct run_times times;
    uint64_t now;
    if (!run_times_read_own(&times, sampler->tid, &now))
        return 0;
    note_queue(sampler, now, times.queued);
    uint64_t spent = times.queued - last.spent;
    uint64_t passed = call->begin > last.at ? call->begin - last.at : 0;
    uint64_t used = sampler->cpu - last.cpu;
    uint64_t before = passed > used ? passed - used : 0;
    return spent > before ? spent - before : 0;
}

void sample_note_sleep(struct sampler *sampler, uint64_t now)
{
    sampler->due = now + TRACE_COMPUTED_NS;
}

static struct trace_sample *reserve(struct stream *stream, uint64_t time, uint32_t task,
                                    enum trace_sample_reason reason, uint32_t frame_count)
{
    struct trace_sample *record;
    record = stream_reserve(stream, sizeof *record + frame_count * sizeof *record->frames,
                            TRACE_SAMPLE, time, task, NULL);
    if (!record)
        return NULL;
    record->run_queue = UINT64_MAX;
    record->reason = (uint16_t)reason;
    record->before = TRACE_NO_CALL;
    record->fd = -1;
    record->frame_count = frame_count;
    return record;
}

/* All that the kernel knows of the calling thread; `times`, of time `now`, is NULL where it does
 * not tell. */
static void put_times(struct sampler *sampler, struct trace_sample *record,
                      const struct run_times *times, uint64_t now)
{
    record->cpu = sampler->cpu;
    if (times) {
        record->run_queue = times->queued;
        note_queue(sampler, now, times->queued);
    }
    record->tid = sampler->tid;
}

void sample_record_begin(struct sampler *sampler, struct stream *stream)
{
    struct run_times times;
    uint64_t now;
    sampler->tid = (uint32_t)kernel_thread();
    bool is_known = run_times_read_own(&times, sampler->tid, &now);
    sample_note(sampler, now, clock_cpu_read(CLOCK_THREAD_CPUTIME_ID));
    struct trace_sample *record = reserve(stream, now, 0, TRACE_SAMPLE_BEGIN, 0);
    if (!record)
        return;
    put_times(sampler, record, is_known ? &times : NULL, now);
    stream_commit(stream);
}

void sample_record_born(struct sampler *sampler, struct stream *stream, uint64_t time)
{
    const struct run_times none = {0};
    sampler->tid = (uint32_t)kernel_thread();
    sample_note(sampler, time, 0);
    struct trace_sample *record = reserve(stream, time, 0, TRACE_SAMPLE_BEGIN, 0);
    if (!record)
        return;
    put_times(sampler, record, &none, time);
    stream_commit(stream);
}

void sample_record_last(struct sampler *sampler, struct stream *stream, uint64_t time,
                        uint32_t task, uint16_t before, const uint64_t *frames,
                        uint32_t frame_count)
{
    struct run_times times;
    bool is_known = run_times_read(&times, run_times_own(sampler->tid));
    sample_note(sampler, time, clock_cpu_read(CLOCK_THREAD_CPUTIME_ID));
    struct trace_sample *record = reserve(stream, time, task, TRACE_SAMPLE_COMPUTED, frame_count);
    if (!record)
        return;
    put_times(sampler, record, is_known ? &times : NULL, time);
    record->before = before;
    memcpy(record->frames, frames, frame_count * sizeof *frames);
    stream_commit(stream);
}

/* Whether the thread was off the CPU for so long that it is worth to know what for: each call since
 * the last sample was short. */
static bool has_slept(const struct sampler *before, const struct sampler *now)
{
    return now->at - before->at >= now->cpu - before->cpu + TRACE_COMPUTED_NS;
}

void sample_record_computed(struct sampler *sampler, struct stream *stream,
                            const struct log_call *call, uint32_t task, const uint64_t *frames,
                            uint32_t frame_count)
{
    struct sampler before = *sampler;
    struct run_times times;
    uint64_t now;
    sample_note(sampler, call->begin, clock_cpu_read(CLOCK_THREAD_CPUTIME_ID));
    bool is_known = has_slept(&before, sampler) && run_times_read_own(&times, sampler->tid, &now);
    struct trace_sample *record =
        reserve(stream, call->begin, task, TRACE_SAMPLE_COMPUTED, frame_count);
    if (!record)
        return;
    put_times(sampler, record, is_known ? &times : NULL, now);
    if (call->id < CALL_COUNT)
        record->before = (uint16_t)call->id;
    record->fd = call->fd;
    memcpy(record->frames, frames, frame_count * sizeof *frames);
    stream_commit(stream);
}

/* Where the thread was off the CPU for so little since it is known how long it stood in the run
 * queue, nobody asks for that again: what it stood there since is less, and a process that ends at
 * once would look into /proc for it alone. */
#define NOT_ASKED_NS (NS_PER_MS / 5)

bool sample_read_end(const struct sampler *sampler, struct run_times *times, uint64_t *now)
{
    const struct sampler_queue last = sampler->queue;
    *now = clock_kernel_now();
    times->cpu = clock_cpu_read(CLOCK_THREAD_CPUTIME_ID);
    times->queued = last.spent;
    if (last.at && *now - last.at < times->cpu - last.cpu + NOT_ASKED_NS)
        return true;
    bool is_known = run_times_read_own(times, sampler->tid, now);
    times->cpu = clock_cpu_read(CLOCK_THREAD_CPUTIME_ID);
    return is_known;
}

void sample_record_end(struct stream *stream, uint32_t tid, const struct run_times *times)
{
    struct trace_sample *record = reserve(stream, clock_kernel_now(), 0, TRACE_SAMPLE_END, 0);
    if (!record)
        return;
    record->cpu = times->cpu;
    record->run_queue = times->queued;
    record->tid = tid;
    stream_commit(stream);
}
