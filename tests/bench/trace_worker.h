/*
 * trace_worker.h: the threads of a generated trace: what each kind of thread does in one round, as
 * the records that it would leave. Their clocks are made up.
 */
#ifndef BENCH_TRACE_WORKER_H
#define BENCH_TRACE_WORKER_H

#include "trace_stream.h"

enum { THREAD_CONNECTIONS = 10 };

struct trace_worker {
    struct trace_stream stream;
    uint64_t now; /* ns */
    uint32_t pid;
    uint32_t neighbour; /* thread id of another thread of the process */
    int first_fd;       /* of its connections, which are open from one round to the next */
    uint32_t rounds;
    uint32_t tasks; /* started so far; unique in the process */
};

/* Takes up its work: a record of the thread's start. */
void trace_worker_begin(struct trace_worker *worker, const char *directory, uint32_t pid,
                        uint32_t number, uint64_t start);

/* Sends a request on each connection, then waits for the answers one after another. */
void trace_worker_client(struct trace_worker *worker);

/* The same over TLS, a request and its answer at a time. */
void trace_worker_tls(struct trace_worker *worker);

/* Waits for all of its connections at once and answers what comes; now and then it waits for a
 * lock, or sleeps in a function of Python's. */
void trace_worker_loop(struct trace_worker *worker);

/* Has a task for each of its connections, all parked at the same time. */
void trace_worker_tasks(struct trace_worker *worker);

/* The last records of a thread. */
void trace_worker_end(struct trace_worker *worker);

#endif
