/*
 * refusal.h: why calls were the real, blocking ones although their thread may have had tasks. The
 * reasons are those of the trace (TRACE_REFUSALS); how often each came up is counted for the
 * report.
 *
 * From any thread. Takes no lock, allocates nothing.
 */
#ifndef HOST_REFUSAL_H
#define HOST_REFUSAL_H

#include "sys/thread.h"
#include "sys/wake.h"

#include <greq/trace_format.h>
#include <stdint.h>

/* Counts a refusal and leaves it with the calling strand, for whoever made the call. `refuser`: the
 * file name of the module that it is for, which lives on; or NULL. Returns
 * WAKE_NO_HOST. */
enum wake refuse(struct thread *thread, enum trace_refusal refusal, const char *refuser);

uint64_t refusal_count(enum trace_refusal refusal);

/* As its count is called in a trace. */
const char *refusal_name(enum trace_refusal refusal);

#endif
