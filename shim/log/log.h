/*
 * log.h: what happens is told here, and nobody who tells it need know who listens: the trace
 * (GREQ_TRACE), the readable lines (GREQ_LOG), or nobody.
 *
 * Callable from any thread and from signal handlers. Never blocks, never allocates from the heap,
 * leaves errno alone. While nobody listens only log_call_begin and log_call_end may be called.
 */
#ifndef LOG_LOG_H
#define LOG_LOG_H

#include "real/calls.h"
#include "sys/mode.h"

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct addrinfo;
struct thread;
struct chunk;
struct epoll_event;
struct http_line;
struct trace_call;
struct trace_idle;

static inline bool log_on(void)
{
    return mode_now() & MODE_LOG;
}

/* Opens what the configuration asks for. By the constructor, with the command line as main gets it,
 * and in a forked child, which gets files of its own and has its parent's (NULL). */
void log_open(char *const *words);

/* The calling process has just been forked: its time begins here, whenever its files do. */
void log_note_fork(void);

/* Nothing is recorded until log_open. By a child of vfork whose parent, in whose memory it is, has
 * not opened its own log yet: what is there is the grandparent's. Async-signal-safe. */
void log_be_silent(void);

/* Begins a recording in the middle of the process's life, in directory `trace`. `has_lock`: the
 * loader is not to be asked for modules. Returns 0; EAGAIN, to be tried again; another errno value,
 * or -1 if the directory has a trace of another version. */
int log_begin_late(const char *trace, bool has_lock);

/* Ends the recording while the process goes on. */
void log_end_early(void);

/* One call in progress. The caller of log_call_begin keeps it until log_call_end. */
struct log_call {
    uint64_t begin;
    struct trace_call *record; /* NULL: not recorded */
    struct chunk *chunk;
    const void *caller;
    uint32_t process; /* which log the record is in: a forked child has another */
    enum call_id id;
    int fd;
#define LOG_CALL_REST flags       /* from here on all is 0 in most calls */
    unsigned flags;               /* enum trace_call_flags */
    unsigned refusal;             /* enum trace_refusal */
    const struct pollfd *watched; /* the descriptors that it waits for, if they are several */
    size_t watched_count;
    const struct epoll_event *events; /* where an epoll_wait returns what is ready, or NULL */
    const char *name;                 /* the name that it looks up, or NULL */
    const struct addrinfo *found;     /* at its end: the addresses of that, or NULL */
    const struct hostent *host;       /* the same, as the older functions tell it */
    const void *bytes;                /* at its end: what it has read; NULL: not known */
    size_t byte_count;
    bool peeks;                   /* what it has read is there to be read again */
    const struct http_line *line; /* of what it writes; NULL: not known, or not asked for */
    const void *lock;             /* what it waits for, or NULL; then with those below */
    int holder, waker;            /* thread ids or 0: as in struct trace_lock */
};

/* Fills in begin, record, chunk and process; the other fields are the caller's to set. */
void log_call_begin(struct thread *thread, struct log_call *call);

/* `parked`: ns in which the task was parked. `error`: errno of a failed call, else 0. */
void log_call_end(struct thread *thread, struct log_call *call, int64_t result, int error,
                  uint64_t parked);

/* The same for a call that is recorded only if it is long or never ends. `had_handler`: a signal
 * handler ran meanwhile; what else was recorded since is the call's own doing. */
void log_brief_begin(struct thread *thread, struct log_call *call);
void log_brief_end(struct thread *thread, struct log_call *call, int64_t result, int error,
                   bool had_handler);

/* It has turned out which task makes the call; the strand's number is the same until its end. */
void log_call_number(struct log_call *call, uint32_t task);

/* It has turned out that it is the real call. `alone`: that holds nobody up. `refuser`: the module
 * that it is for, or NULL. */
void log_call_refused(struct thread *thread, struct log_call *call, unsigned refusal, bool alone,
                      const char *refuser);

/* The call in progress locks the file of its descriptor. `waited`: it could not be had at once;
 * `holder`: the process that had it then, or 0. */
void log_file_lock(struct thread *thread, const struct log_call *call, bool waited, int holder);

/* The call in progress waits for a condition, and lets this mutex go meanwhile. `limited`: no
 * longer than until some time. */
void log_mutex(struct thread *thread, const struct log_call *call, const void *mutex, bool limited);

/* ---- two tasks that meet in one connection ---- */

enum { LOG_PLACE_SIZE = 160 };

/* One of them: its call, and where that was made, as far as the readable lines need it. */
struct log_sharer {
    uint64_t begin;
    uint32_t task;
    enum call_id id;
    char place[LOG_PLACE_SIZE];
};

/* `second` has come to what `first` waits for. */
struct log_meeting {
    struct log_sharer first, second;
    int fd;
    unsigned what; /* enum trace_shared_what */
};

/* Where a call in progress was made: "FILE:LINE FUNCTION" or "MODULE+OFFSET (FUNCTION)"; empty if
 * nobody wants to read it. */
void log_place(const struct log_call *call, char *place, size_t size);

void log_shared(struct thread *thread, const struct log_meeting *meeting);

/* ---- what is not a call ---- */

void log_peer(struct thread *thread, int fd, unsigned role, const struct sockaddr *peer,
              socklen_t size);
/* The same of a connection that was accepted: the program may not have asked for the address. */
void log_accepted(struct thread *thread, int fd);
void log_http2(struct thread *thread, int fd); /* the connection speaks HTTP/2 */
void log_epoll(struct thread *thread, int epoll, int op, int fd, const struct epoll_event *event);
void log_channel(struct thread *thread, int reads, int writes); /* two ends were made, or one */
void log_timer(struct thread *thread, int fd);                  /* a timer's descriptor was set */
void log_task_start(struct thread *thread, uint32_t task, void *(*function)(void *));
void log_task_end(struct thread *thread, uint32_t task);
/* The thread is about to end, or its process, or another program to take its place: `before` is
 * that of struct trace_sample, or the number of a function. `caller`: whose, or NULL. */
void log_last(struct thread *thread, unsigned before, const void *caller);
/* Who runs on the thread is in this part of the program from now on; "": in none. */
void log_mark(struct thread *thread, const char *name, const void *caller);

/* The thread goes to sleep because all of its tasks are parked; log_idle_end with what was
 * returned. */
struct log_idle {
    uint64_t begin;
    struct trace_idle *record;
    struct chunk *chunk;
    uint32_t process; /* as in struct log_call */
};
void log_idle_begin(struct thread *thread, struct log_idle *idle);
void log_idle_end(struct thread *thread, struct log_idle *idle);

/*
 * The process may be about to confine itself (seccomp). log_suspend stops recording and reads what
 * the end of a log needs; log_resume goes on recording, or ends it by writing to mapped memory and
 * nothing else.
 */
struct log_last {
    uint64_t now, process_cpu, thread_cpu; /* ns */
    bool was_on;
};
void log_suspend(struct log_last *last);
void log_resume(const struct log_last *last, bool is_over);

/* It begins with this function. */
void log_thread_begin(struct thread *thread, const void *function);
void log_thread_end(struct thread *thread);
void log_count(const char *text, uint64_t count);

/* `ends_thread`: log_thread_end of the calling thread follows. */
void log_process_end(uint32_t tasks, uint32_t dropped, bool ends_thread);

#endif
