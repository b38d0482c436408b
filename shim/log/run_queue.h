/*
 * run_queue.h: how long threads were ready to run and waited for a processor, from the kernel's
 * scheduler statistics.
 */
#ifndef LOG_RUN_QUEUE_H
#define LOG_RUN_QUEUE_H

struct stream;

/* Records the count "run-queue ns" of what `schedstat`, a file of proc(5), is about. Does nothing
 * where the kernel does not keep it. */
void run_queue_record(struct stream *stream, const char *schedstat);

#endif
