/*
 * detail.h: what there is to tell of a place in a trace at the price of a walk up the stack or a
 * system call: where it is, in C and in Python, by modules that are in the trace, on which
 * descriptor, what it has used. So only of calls that were long, of threads that have computed for
 * long, and of the last of a thread.
 *
 * Not in signal handlers: what they have interrupted may be in the middle of a walk.
 */
#ifndef LOG_DETAIL_H
#define LOG_DETAIL_H

#include <stdint.h>

struct log_call;
struct stream;
struct thread;

/* A call has ended, `end`, and was long. */
void detail_record_long_call(struct thread *thread, struct stream *stream,
                             const struct log_call *call, uint64_t end);

/* What the thread has done since its last sample, and who waited for it meanwhile. The call begins
 * and has not been recorded yet; its id is CALL_COUNT: it is none. Does nothing in a handler. */
void detail_record_computed(struct thread *thread, struct stream *stream,
                            const struct log_call *call);

/* The stack of a thread that does nothing more here; `none` is a call that is none. Returns the
 * number of frames, which are in the thread's log. */
uint32_t detail_record_last_stack(struct thread *thread, const struct log_call *none);

#endif
