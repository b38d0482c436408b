/*
 * sample.h: records of what a thread's time went into, by the kernel's own counts.
 *
 * Each long call has the CPU time in its record. Between two of them a thread may compute, or wait
 * in calls that no hook sees. So a call that begins TRACE_COMPUTED_NS or more after the last time
 * that is known takes a sample: whether one is due is one comparison with the time of the call's
 * begin, which is read anyway.
 *
 * The end of each long call, one of 1 ms or more, reads the run queue's time from /proc: 12 us on a
 * busy machine.
 *
 * Used by the trace alone, by each thread for itself. Never blocks, never allocates.
 */
#ifndef LOG_SAMPLE_H
#define LOG_SAMPLE_H

#include <stdbool.h>
#include <stdint.h>

struct log_call;
struct run_times;
struct stream;

/* Of a thread, in ns: its last sample, and when the next one is due. */
struct sampler {
    uint32_t tid; /* the thread's number; a forked child has a log of its own */
    uint64_t due;
    uint64_t at;
    uint64_t cpu;
    /* When the run queue was last looked at, what had been used shortly before, and spent in it. */
    struct sampler_queue {
        uint64_t at;
        uint64_t cpu;
        uint64_t spent;
    } queue;
};

static inline bool sample_is_due(const struct sampler *sampler, uint64_t now)
{
    return __builtin_expect(now >= sampler->due, 0);
}

/* What was used up to now is in the trace. */
void sample_note(struct sampler *sampler, uint64_t now, uint64_t cpu);

/* At the end of a long call, which is in the last sample: how much of it the thread stood in the
 * run queue, ns. 0 also where the kernel does not tell. */
uint64_t sample_queued(struct sampler *sampler, const struct log_call *call);

/* The thread has slept until now, as the trace says. */
void sample_note_sleep(struct sampler *sampler, uint64_t now);

/* At the begin of the calling thread's stream. */
void sample_record_begin(struct sampler *sampler, struct stream *stream);

/* The same of a forked child, whose one thread has used nothing before it was made. */
void sample_record_born(struct sampler *sampler, struct stream *stream, uint64_t time);

/* The calling thread may do nothing more here: what comes is `before`, as in struct trace_sample.
 * The stack may be empty. Async-signal-safe. */
void sample_record_last(struct sampler *sampler, struct stream *stream, uint64_t time,
                        uint32_t task, uint16_t before, const uint64_t *frames,
                        uint32_t frame_count);

/* The call begins, and has not been recorded yet. Its id is CALL_COUNT: it is a mark. */
void sample_record_computed(struct sampler *sampler, struct stream *stream,
                            const struct log_call *call, uint32_t task, const uint64_t *frames,
                            uint32_t frame_count);

/* At the end of the calling thread, which is `*now`: what it used, and how long it stood in the run
 * queue. False where the kernel does not tell. */
bool sample_read_end(const struct sampler *sampler, struct run_times *times, uint64_t *now);

/* At the end of the process, of one of its threads. */
void sample_record_end(struct stream *stream, uint32_t tid, const struct run_times *times);

#endif
