/*
 * synthetic.h: writes traces for tests, record by record, as the shim would. Times are given in
 * microseconds since the trace's first moment.
 */
#ifndef TRACER_SYNTHETIC_H
#define TRACER_SYNTHETIC_H

#include <greq/trace_format.h>

#include <stddef.h>
#include <stdint.h>

/* The functions of the synthetic metadata, by their numbers. */
enum {
    FN_CONNECT,
    FN_CLOSE,
    FN_SEND,
    FN_RECV,
    FN_POLL,
    FN_SLEEP,
    FN_SSL_CONNECT,
    FN_SSL_READ,
    FN_SSL_WRITE,
    FN_DUP2,
    FN_ACCEPT,
    FN_GETADDRINFO,
    FN_JOIN,
    FN_WAITPID,
    FN_COND,
    FN_MUTEX,
    FN_EPOLL,
    FN_SEM,
    FN_SIGSUSPEND,
};

enum { MS = 1000, SECOND = 1000000 }; /* in the unit of times */

/* CLOCK_MONOTONIC at time 0. */
#define EPOCH 1000000000000u

/* One stream, of which one chunk is being filled. */
struct stream {
    const char *trace;
    char name[128]; /* of the chunk's file */
    struct trace_packet header;
    unsigned char bytes[1 << 16];
    size_t used;    /* a multiple of 8: where the next record goes */
    size_t content; /* without the padding behind the last text */
};

/* Makes a trace directory with metadata. */
void synthetic_make(const char *trace);

/* Writes other metadata. */
void synthetic_metadata(const char *trace, const char *text);

/* The metadata that synthetic_make writes. */
extern const char synthetic_tsdl[];

/* Writes the file that says how a process ended. */
void synthetic_ending(const char *trace, uint32_t pid, uint64_t at, uint64_t cpu, const char *how);

/* Begins a stream of a process that started at `start`. `thread` may be TRACE_PROCESS_THREAD.
 * `trace` must outlive the stream. */
void stream_begin(struct stream *stream, const char *trace, uint32_t pid, uint32_t thread,
                  uint64_t start);

/* Makes a trace directory, and in it a stream for each of the first threads of process 10, which
 * start at 0; or ends them. */
void streams_begin(struct stream *streams, unsigned count, const char *trace);
void streams_end(struct stream *streams, unsigned count);

/* Says that there was no room for more than this chunk. */
void stream_cut(struct stream *stream);

/* Ends the chunk, and begins the next one, or ends the stream. */
void stream_next(struct stream *stream);
void stream_end(struct stream *stream);

/* Appends a record of any kind, completed with `more` bytes, padded to a multiple of 8. */
void stream_add(struct stream *stream, const void *record, size_t size, const void *more,
                size_t more_size);

/* A call, all of whose fields may be set; its times in microseconds. */
struct synthetic_call {
    uint64_t at;
    uint64_t takes; /* TRACE_IN_PROGRESS: it never returns */
    uint64_t parked;
    uint32_t task;
    int function;
    int fd;
    int64_t result;
    int error;
    unsigned flags;
    unsigned refusal;
    uint64_t caller;
    uint32_t queued; /* of a long one */
};
void stream_add_call(struct stream *stream, struct synthetic_call call);
#define CALL(stream, ...) stream_add_call(stream, (struct synthetic_call){__VA_ARGS__})

/* The same, and at its return the record of its stack. `cpu` in microseconds. */
void stream_add_long_call(struct stream *stream, struct synthetic_call call, uint64_t cpu,
                          const uint64_t *frames, size_t frame_count);

/* The Python frames of the call that begins at `at`, innermost first, a line each. */
void stream_add_python(struct stream *stream, uint64_t at, const char *lines);

void stream_add_watch(struct stream *stream, uint64_t at, uint32_t task, const int *descriptors,
                      size_t count);
void stream_add_peer(struct stream *stream, uint64_t at, uint32_t task, int fd, uint32_t role,
                     const char *text);
/* A look-up of a name by a task, which finds an address, or none (NULL). */
void stream_add_lookup(struct stream *stream, uint64_t at, uint64_t takes, uint32_t task,
                       const char *name, const char *address);

/* What lay unread on a descriptor, the last of it for `age` microseconds. */
void stream_add_unread(struct stream *stream, uint64_t at, enum trace_unread_reason reason, int fd,
                       uint32_t bytes, uint64_t age);

/* What is known of the HTTP on a descriptor. */
void stream_add_http(struct stream *stream, uint64_t at, int fd, enum trace_http_what what,
                     unsigned status, const char *text);

/* A task has named the part of the program that it is in. */
void stream_add_mark(struct stream *stream, uint64_t at, uint32_t task, const char *name);

void stream_add_idle(struct stream *stream, uint64_t at, uint64_t takes);
/* That the stream's process began, as a child of `parent`. */
void stream_add_child_start(struct stream *stream, uint64_t at, uint32_t parent);

/* A task of greq's own, that `parent` has started. */
void stream_add_task_start(struct stream *stream, uint64_t at, uint32_t task, uint32_t parent);
void stream_add_task_end(struct stream *stream, uint64_t at, uint32_t task);
void stream_add_thread_start(struct stream *stream, uint64_t at);
void stream_add_thread_end(struct stream *stream, uint64_t at, uint64_t cpu);
/* What the kernel says of the thread `tid`, at the begin or end of it. */
void stream_add_sample(struct stream *stream, uint64_t at, enum trace_sample_reason reason,
                       uint32_t tid, uint64_t cpu, uint64_t run_queue);

/* The same before a call of `function` on `fd`, with its stack. The run queue is not known. */
void stream_add_computed(struct stream *stream, uint64_t at, uint64_t cpu, int function, int fd,
                         const uint64_t *frames, size_t frame_count);
void stream_add_process_start(struct stream *stream, uint64_t at, const char *program,
                              const char *command_line);
void stream_add_process_end(struct stream *stream, uint64_t at, uint64_t cpu);
void stream_add_module(struct stream *stream, uint64_t at, const char *path, uint64_t base,
                       uint64_t size);

#endif
