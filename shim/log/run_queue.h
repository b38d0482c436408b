/*
 * run_queue.h: how long threads were on a processor, and how long they were ready to run and waited
 * for one, from the kernel's scheduler statistics.
 */
#ifndef LOG_RUN_QUEUE_H
#define LOG_RUN_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

/* ns, since the thread was made. */
struct run_times {
    uint64_t cpu;
    uint64_t queued;
};

/* The file of the calling thread, which has that number. The first thread's is also the process's:
 * the kernel makes an entry of /proc when it is first looked up, and a folder for each thread takes
 * 10 us more. */
const char *run_times_own(uint32_t tid);

/* Reads what `schedstat`, a file of proc(5), is about. Returns false where the kernel does not keep
 * it. */
bool run_times_read(struct run_times *times, const char *schedstat);

/* The same of the calling thread, and when: it may be preempted over the reading, which is then
 * done again.
 */
bool run_times_read_own(struct run_times *times, uint32_t tid, uint64_t *now);

#endif
