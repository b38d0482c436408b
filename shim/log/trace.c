/*
 * The trace writer: recording begins and ends, each thread gets a stream, and each thing that is
 * told becomes a record of trace_format.h.
 *
 * A call's record is written at its begin and completed at its end. What costs a walk or a system
 * call (the stack, Python's lines, the run queue, who has a lock) goes into a record of its own,
 * behind calls of TRACE_LONG_CALL_NS and more.
 *
 * When the disk ends, or the process has given up the right to its files, recording ends and the
 * program goes on.
 */
#include "log/trace.h"

#include "config/complain.h"
#include "config/config.h"
#include "log/address.h"
#include "log/at_once.h"
#include "log/command.h"
#include "log/count.h"
#include "log/descriptor.h"
#include "log/epoll_data.h"
#include "log/http.h"
#include "log/live.h"
#include "log/metadata.h"
#include "log/peer.h"
#include "log/process.h"
#include "log/run_queue.h"
#include "log/sample.h"
#include "log/stack.h"
#include "log/stream.h"
#include "log/unread.h"
#include "python/stack.h"
#include "sys/clock.h"
#include "sys/fork_guard.h"
#include "sys/kernel.h"
#include "sys/text.h"
#include "sys/thread.h"
#include "sys/tsc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

/* Counts the processes that this one descends from by fork, itself included: what belongs to
 * another number is a parent's, and is left alone. 0: recording is off. */
static uint32_t log_generation;
static bool recording;
static bool is_late;   /* it began in the middle of the process's life */
static bool is_forked; /* and the process from one that was recorded */
static uint32_t next_thread;

/* A forked child that has not been noticed yet has none: what it finds is its parent's. */
bool trace_on(void)
{
    return __atomic_load_n(&recording, __ATOMIC_RELAXED) && !fork_guard_is_tripped();
}

/* Whether what was begun in that log may go on in it. A call may return in the child of a fork that
 * a signal handler has made in the middle of it. */
static bool is_ours(uint32_t process)
{
    return process == log_generation && !fork_guard_is_tripped();
}

/* With GREQ_HTTP=1 there may be more to tell of any call. Returns whether it was on. */
static bool set_recording(bool on)
{
    uint32_t process = on && !config.http ? log_generation : 0;
    bool was_on = __atomic_exchange_n(&recording, on, __ATOMIC_ACQ_REL);
    fork_guard_page[FORK_GUARD_LOG] = (int)process;
    return was_on;
}

/* ---- begin and end of recording ---- */

/* A program that gives up its user, its root or its right to files does so on purpose, and its
 * standard error is not ours. */
static bool is_given_up(int error)
{
    return error == EACCES || error == EPERM || error == ENOENT || error == EROFS;
}

/* Of the process's own stream the threads' need nothing. */
static void give_up(const struct stream *stream, int error)
{
    if (stream->thread == TRACE_PROCESS_THREAD) {
        process_mark_cut();
        return;
    }
    if (!set_recording(false))
        return;
    process_mark_cut();
    live_note_failure(error);
    if (is_given_up(error) || is_late)
        return;
    complain(config.trace_dir, "the trace ends here", error,
             "the program goes on, what it does from here on is not recorded");
}

/* Whoever has asked for a recording in mid-life is told by other means. */
static void complain_once(const char *what, int error, const char *remedy)
{
    if (is_late)
        return;
    if (error != ENOSYS) /* else it is a filter's word, which the program has inherited over exec */
        complain(config.trace_dir, what, error, remedy);
    /* The programs that it starts would only say it again. */
    unsetenv("GREQ_TRACE");
}

/* Returns 0 or an errno value, or -1. */
static int prepare_directory(void)
{
    if (KERNEL(mkdirat, AT_FDCWD, config.trace_dir, 0700) != 0 && errno != EEXIST) {
        int error = errno;
        complain_once("cannot make the trace directory", error,
                      "set GREQ_TRACE to a directory that can be written; running without a trace");
        return error;
    }
    int error = metadata_write(config.trace_dir);
    if (error == -1)
        complain_once("holds a trace of another version of greq", 0,
                      "set GREQ_TRACE to a new directory; running without a trace");
    else if (error)
        complain_once("cannot write a trace", error,
                      "set GREQ_TRACE to a directory that can be written; running without a trace");
    return error;
}

static struct thread_log *thread_log_make(struct thread *thread);
static void record_thread_start(struct thread_log *log);
static void record_child_start(struct thread_log *log, uint64_t time);

/* When a process was forked: its number tells it from one that another one made of it by clone. */
static struct birth {
    uint64_t time;
    pid_t pid;
} birth;

void trace_note_fork(void)
{
    if (!__atomic_load_n(&recording, __ATOMIC_RELAXED)) /* it may not make any call */
        return;
    birth = (struct birth){clock_kernel_now(), getpid()};
    /* Before the page is looked at: one that is read first is two page faults. */
    fork_guard_page[FORK_GUARD_LOG] = 0;
}

void trace_be_silent(void)
{
    set_recording(false);
}

/* To ask which clock the kernel has takes as long as 100 reads of it: a process that does not last
 * as long as its first sample does without the counter. */
static void use_counter(void)
{
    if (!config.kernels_clock && !tsc_is_decided())
        tsc_use();
}

void trace_open(char *const *words)
{
    tsc_begin();
    log_generation++;
    set_recording(false);
    is_late = false;
    /* A forked child's directory has been prepared by its parent. */
    if (log_generation == 1 && prepare_directory())
        return;
    bool is_born = birth.pid == getpid();
    uint64_t now = is_born ? birth.time : clock_kernel_now();
    uint32_t forked_from = stream_origin.pid;
    is_forked = forked_from != 0;
    stream_origin = (struct stream_origin){config.trace_dir, (uint32_t)getpid(), now};
    stream_on_full = give_up;
    next_thread = 0;
    set_recording(true);
    /* The first thread to have a stream is number 0: the main thread, which is here. */
    struct thread_log *log = thread_log_make(&this_thread);
    process_open(now, forked_from, words, log ? &log->stream : NULL);
    if (log && is_born)
        record_child_start(log, now);
    else if (log)
        record_thread_start(log);
}

/* Number 0 is kept for the main thread, which may be in a call that began before. */
int trace_begin_late(bool has_lock)
{
    uint64_t now = clock_kernel_now();
    is_late = true;
    int error = prepare_directory();
    if (error)
        return error;
    if (!process_begin_again())
        return EAGAIN;
    log_generation++;
    stream_origin = (struct stream_origin){config.trace_dir, (uint32_t)getpid(), now};
    stream_on_full = give_up;
    next_thread = 1;
    process_open_late(now, !has_lock);
    set_recording(true);
    return 0;
}

void trace_end_early(void)
{
    if (!trace_on())
        return;
    process_count("recording was ended", 1);
    process_end(0, 0, true);
    set_recording(false);
}

/* ---- a thread's stream ---- */

static void record_thread_name(struct stream *stream, uint64_t time)
{
    char name[16] = "";
    kernel_call(SYS_prctl, PR_GET_NAME, (long)name, 0, 0, 0, 0);
    size_t size = strlen(name) + 1;
    struct trace_thread_start *record =
        stream_reserve(stream, sizeof *record + size, TRACE_THREAD_START, time, 0, NULL);
    if (!record)
        return;
    memcpy(record->text, name, size);
    stream_commit(stream);
}

static void record_thread_start(struct thread_log *log)
{
    record_thread_name(&log->stream, clock_kernel_now());
    sample_record_begin(&log->sampler, &log->stream);
}

static void record_child_start(struct thread_log *log, uint64_t time)
{
    record_thread_name(&log->stream, time);
    sample_record_born(&log->sampler, &log->stream, time);
}

static uint32_t number_thread(void)
{
    if (is_late && gettid() == getpid())
        return 0;
    return __atomic_fetch_add(&next_thread, 1, __ATOMIC_RELAXED);
}

/* Of an earlier recording of the same process. Calls that began in it know that by its number, and
 * leave it alone; only what a handler has interrupted may be in the middle of it. */
static void drop_earlier(struct thread *thread)
{
    struct thread_log *log = thread->log;
    if (!log || !is_late || thread_in_handler(thread))
        return;
    thread->log = NULL;
    process_unshare(&log->stream);
    stream_close(&log->stream);
    kernel_unmap(log, sizeof *log);
}

/* Memory from the kernel: the program's allocator may be what has called us. */
static struct thread_log *thread_log_make(struct thread *thread)
{
    struct thread_log *log = (void *)KERNEL(mmap, NULL, sizeof *log, PROT_READ | PROT_WRITE,
                                            MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (log == MAP_FAILED)
        return NULL;
    log->process = log_generation;
    log->stream.thread = number_thread();
    log->stream.limit = config.trace_limit;
    thread_strand(thread); /* who has a log has it: call_is_alone */
    thread->log = log;
    thread_watch_exit(thread);
    return log;
}

static struct thread_log *thread_log_open(struct thread *thread)
{
    drop_earlier(thread);
    struct thread_log *log = thread_log_make(thread);
    if (!log)
        return NULL;
    record_thread_start(log);
    process_open_own();
    return log;
}

/* The calling thread's stream, or NULL. */
static struct stream *stream_of(struct thread *thread)
{
    struct thread_log *log = thread->log;
    if (!trace_on())
        return NULL;
    if (!log || log->process != log_generation)
        log = thread_log_open(thread);
    return log ? &log->stream : NULL;
}

static uint32_t current_task(struct thread *thread)
{
    return thread_strand(thread)->task;
}

/* ---- calls ---- */

/* Where the stream has just been opened, a call begins after that: both of its records say when. */
static void record_watch(struct stream *stream, struct log_call *call, uint32_t task)
{
    size_t count = call->watched_count;
    if (count > TRACE_MAX_WATCHED)
        count = TRACE_MAX_WATCHED;
    struct trace_watch *record =
        stream_reserve(stream, sizeof *record + count * sizeof *record->watched, TRACE_WATCH,
                       call->begin, task, NULL);
    if (!record)
        return;
    record->call_begin = call->begin = record->head.time;
    record->total = (uint32_t)call->watched_count;
    record->count = (uint32_t)count;
    for (size_t i = 0; i < count; i++)
        record->watched[i] =
            (struct trace_watched){call->watched[i].fd, (uint16_t)call->watched[i].events};
    stream_commit(stream);
}

static void record_name(struct stream *stream, struct log_call *call, uint32_t task)
{
    const char *name = command_is_host(call->name) ? call->name : "…";
    size_t length = strnlen(name, 255);
    struct trace_name *record =
        stream_reserve(stream, sizeof *record + length + 1, TRACE_NAME, call->begin, task, NULL);
    if (!record)
        return;
    record->call_begin = call->begin = record->head.time;
    memcpy(record->text, name, length);
    record->text[length] = '\0';
    stream_commit(stream);
}

/* Its record, in progress. */
static void record_call(struct stream *stream, struct log_call *call, uint32_t task)
{
    struct trace_call *record =
        stream_reserve_at_once(stream, sizeof *record, TRACE_CALL, call->begin, task, &call->chunk);
    if (!record)
        return;
    at_once_fill(record, call, call->id, call->fd, call->caller);
    record->flags = (uint16_t)call->flags;
    record->refusal = (uint16_t)call->refusal;
    call->process = log_generation;
    stream_commit(stream);
}

static void record_computed(struct thread *thread, struct stream *stream, struct log_call *call);

/* What there is to tell before the record of a call; of most there is nothing. */
static __attribute__((noinline)) void record_before(struct thread *thread, struct stream *stream,
                                                    struct log_call *call)
{
    if (sample_is_due(&thread->log->sampler, call->begin))
        record_computed(thread, stream, call);
    if (call->watched_count)
        record_watch(stream, call, current_task(thread));
    if (call->name)
        record_name(stream, call, current_task(thread));
    if (!thread_in_handler(thread))
        unread_before(&thread->log->unread, stream, call, current_task(thread));
}

static inline bool has_something_before(const struct thread_log *log, const struct log_call *call)
{
    return sample_is_due(&log->sampler, call->begin) || call->watched_count || call->name ||
           unread_asks_before(&log->unread, call_role(call->id), call->fd);
}

void trace_call_begin(struct thread *thread, struct log_call *call)
{
    struct stream *stream = stream_of(thread);
    call->record = NULL;
    if (!stream)
        return;
    if (__builtin_expect(has_something_before(thread->log, call), 0))
        record_before(thread, stream, call);
    record_call(stream, call, current_task(thread));
}

void trace_brief_begin(struct thread *thread, struct log_call *call)
{
    struct stream *stream = stream_of(thread);
    call->record = NULL;
    if (!stream)
        return;
    if (sample_is_due(&thread->log->sampler, call->begin))
        record_computed(thread, stream, call);
    record_call(stream, call, current_task(thread));
}

static void record_lock(struct stream *stream, const struct log_call *call, uint64_t end,
                        uint32_t task)
{
    struct trace_lock *record = stream_reserve(stream, sizeof *record, TRACE_LOCK, end, task, NULL);
    if (!record)
        return;
    record->call_begin = call->begin;
    record->address = (uintptr_t)call->lock;
    record->holder = call->holder;
    record->waker = call->waker;
    stream_commit(stream);
}

/*
 * Whoever has just got a lock must not wait for another one, the interpreter's: it may be taken the
 * other way round elsewhere, and an allocator's lock must not meet an allocation. Nor may a library
 * wait that called us while it held a lock. The interpreter's own waits for threading.Lock are by
 * semaphores, and for its own lock by a condition.
 */
static bool may_ask_python(const struct log_call *call)
{
    return !call->lock || call_role(call->id) == ROLE_SEM;
}

/* After the call it needs the interpreter's lock anyway. */
static enum python_patience patience_after(const struct log_call *call)
{
    return python_is_caller(call->caller) ? PYTHON_WAIT : PYTHON_IF_FREE;
}

static void record_task_name(struct stream *stream, const struct log_call *call, uint64_t time,
                             uint32_t task, const char *name)
{
    size_t size = strlen(name) + 1;
    struct trace_task_name *record =
        stream_reserve(stream, sizeof *record + size, TRACE_TASK_NAME, time, task, NULL);
    if (!record)
        return;
    record->call_begin = call->begin;
    memcpy(record->text, name, size);
    stream_commit(stream);
}

static void record_python_stack(struct thread *thread, struct stream *stream,
                                const struct log_call *call, uint64_t time,
                                enum python_patience patience)
{
    char *text = thread->log->text, task[TASK_NAME_SIZE];
    size_t size = python_stack(text, sizeof thread->log->text, task, patience) + 1;
    struct trace_python_stack *record = NULL;
    if (size > 1 && *task)
        record_task_name(stream, call, time, current_task(thread), task);
    if (size > 1)
        record = stream_reserve(stream, sizeof *record + size, TRACE_PYTHON_STACK, time,
                                current_task(thread), NULL);
    if (!record)
        return;
    record->call_begin = call->begin;
    memcpy(record->text, text, size);
    stream_commit(stream);
}

/* The stack of a call, its Python frames and modules that are new. Returns the number of frames,
 * which are in the thread's log. */
static uint32_t record_stack(struct thread *thread, struct stream *stream,
                             const struct log_call *call, uint64_t time,
                             enum python_patience patience)
{
    uint32_t count = stack_walk(thread->log->frames, TRACE_MAX_FRAMES, NULL);
    /* Not with a lock of the program's in hand, which a thread in the loader may be waiting for. */
    if (!call->lock)
        process_update_modules();
    if (!may_ask_python(call))
        patience = PYTHON_UNASKED;
    if (patience == PYTHON_UNASKED || python_has_thread())
        record_python_stack(thread, stream, call, time, patience);
    return count;
}

static void record_descriptor(struct thread *thread, struct stream *stream,
                              const struct log_call *call, uint64_t time)
{
    struct thread_log *log = thread->log;
    descriptor_record(stream, call->fd, time, log->process, log->text, sizeof log->text);
}

static bool is_close(const struct log_call *call)
{
    return call_role(call->id) == ROLE_CLOSE || call->id == CALL_fclose;
}

static void record_long_call(struct thread *thread, struct stream *stream,
                             const struct log_call *call, uint64_t end)
{
    uint64_t *frames = thread->log->frames;
    use_counter();
    if (!is_close(call)) /* else the number may be another one's */
        record_descriptor(thread, stream, call, end);
    uint32_t count = record_stack(thread, stream, call, end, patience_after(call));
    uint64_t cpu = clock_kernel_read(CLOCK_THREAD_CPUTIME_ID);
    sample_note(&thread->log->sampler, end, cpu);
    uint64_t queued = sample_queued(&thread->log->sampler, call);
    struct trace_long_call *record =
        stream_reserve(stream, sizeof *record + count * sizeof *frames, TRACE_LONG_CALL, end,
                       current_task(thread), NULL);
    if (!record)
        return;
    record->call_begin = call->begin;
    record->cpu = cpu;
    record->queued = (uint32_t)(queued / 1000);
    record->frame_count = count;
    memcpy(record->frames, frames, count * sizeof *frames);
    stream_commit(stream);
}

/* What the thread has done since its last sample, and who waited for it meanwhile. Of Python only
 * what can be had without a wait: the call has not been made yet. */
static __attribute__((noinline)) void record_computed(struct thread *thread, struct stream *stream,
                                                      struct log_call *call)
{
    struct thread_log *log = thread->log;
    if (thread_in_handler(thread))
        return;
    use_counter();
    record_descriptor(thread, stream, call, call->begin);
    uint32_t count = record_stack(thread, stream, call, call->begin, PYTHON_IF_FREE);
    sample_record_computed(&log->sampler, stream, call, current_task(thread), log->frames, count);
    unread_computed(&log->unread, stream, call, current_task(thread));
}

static inline bool has_stack(const struct log_call *call, uint64_t duration)
{
    return duration >= TRACE_LONG_CALL_NS || call->flags & TRACE_FLAG_SHARED;
}

/* What there is to tell of a call besides its own record; of most there is nothing. */
static __attribute__((noinline)) void record_rest(struct thread *thread, struct stream *stream,
                                                  const struct log_call *call, uint64_t end,
                                                  int64_t result, uint64_t parked)
{
    uint64_t duration = end - call->begin;
    if (call->lock)
        record_lock(stream, call, end, current_task(thread));
    if (config.http)
        http_after(stream, call, end, current_task(thread));
    if (call->found || call->host)
        address_record(stream, call, end, current_task(thread));
    unread_after(&thread->log->unread, stream, call, result,
                 duration > parked ? duration - parked : 0, current_task(thread));
    if (has_stack(call, duration))
        record_long_call(thread, stream, call, end);
}

static inline bool has_rest(const struct log_call *call, uint64_t duration)
{
    return has_stack(call, duration) || call->lock || call->found || call->host || config.http ||
           unread_asks_after(call);
}

void trace_call_end(struct thread *thread, struct log_call *call, uint64_t end, int64_t result,
                    int error, uint64_t parked)
{
    struct trace_call *record = call->record;
    if (!record || !is_ours(call->process))
        return;
    struct stream *stream = &thread->log->stream;
    record->parked = parked;
    record->result = result;
    record->error = error;
    record->fd = call->fd;
    record->flags = (uint16_t)call->flags;
    __atomic_store_n(&record->duration, end - call->begin, __ATOMIC_RELEASE);
    stream_release(stream, call->chunk);
    if (!trace_on() || thread_in_handler(thread))
        return;
    if (__builtin_expect(has_rest(call, end - call->begin), 0))
        record_rest(thread, stream, call, end, result, parked);
    else
        unread_note_use(&thread->log->unread, call_role(call->id), call->fd);
}

/* When the call had done what it did by itself. */
static uint64_t end_of_own(const struct log_call *call, uint64_t end)
{
    uint64_t next = stream_time_after(call->chunk, call->record, sizeof *call->record);
    return next && next < end ? next : end;
}

void trace_brief_end(struct thread *thread, struct log_call *call, uint64_t end, int64_t result,
                     int error, bool had_handler)
{
    if (!call->record || !is_ours(call->process))
        return;
    if (!had_handler)
        end = end_of_own(call, end);
    if (end - call->begin >= TRACE_LONG_CALL_NS ||
        !stream_withdraw(&thread->log->stream, call->chunk, call->record))
        trace_call_end(thread, call, end, result, error, 0);
}

void trace_call_number(struct log_call *call, uint32_t task)
{
    if (call->record && is_ours(call->process))
        call->record->head.task = task;
}

static void record_refuser(struct stream *stream, const struct log_call *call, const char *name,
                           uint32_t task)
{
    size_t size = strlen(name) + 1;
    struct trace_refuser *record = stream_reserve(stream, sizeof *record + size, TRACE_REFUSER,
                                                  clock_kernel_now(), task, NULL);
    if (!record)
        return;
    record->call_begin = call->begin;
    memcpy(record->text, name, size);
    stream_commit(stream);
}

/* Said once, however often the call waits. */
void trace_call_refused(struct thread *thread, struct log_call *call, const char *refuser)
{
    struct trace_call *record = call->record;
    if (!record || !is_ours(call->process) || record->refusal == call->refusal)
        return;
    record->flags = (uint16_t)call->flags;
    record->refusal = (uint16_t)call->refusal;
    if (refuser && trace_on() && !thread_in_handler(thread))
        record_refuser(&thread->log->stream, call, refuser, current_task(thread));
}

void trace_shared(struct thread *thread, const struct log_meeting *meeting)
{
    struct stream *stream = stream_of(thread);
    struct trace_shared *record = NULL;
    if (stream)
        record = stream_reserve(stream, sizeof *record, TRACE_SHARED, clock_kernel_now(),
                                meeting->second.task, NULL);
    if (!record)
        return;
    record->call_begin = meeting->second.begin;
    record->other_begin = meeting->first.begin;
    record->other_task = meeting->first.task;
    record->fd = meeting->fd;
    record->what = meeting->what;
    stream_commit(stream);
}

/* ---- locks of files ---- */

void trace_file_lock(struct thread *thread, const struct log_call *call, bool waited, int holder)
{
    struct stat file;
    if (!call->record || call->process != log_generation || !trace_on() ||
        thread_in_handler(thread) || KERNEL(newfstatat, call->fd, "", &file, AT_EMPTY_PATH) != 0)
        return;
    char *path = thread->log->text;
    *path = '\0';
    if (waited)
        descriptor_path(call->fd, path, sizeof thread->log->text);
    size_t size = strlen(path) + 1;
    struct trace_file_lock *record =
        stream_reserve(&thread->log->stream, sizeof *record + size, TRACE_FILE_LOCK,
                       clock_kernel_now(), current_task(thread), NULL);
    if (!record)
        return;
    record->call_begin = call->begin;
    record->device = file.st_dev;
    record->inode = file.st_ino;
    record->holder = holder;
    record->waited = waited;
    memcpy(record->text, path, size);
    stream_commit(&thread->log->stream);
}

void trace_mutex(struct thread *thread, const struct log_call *call, const void *mutex,
                 bool limited)
{
    if (!call->record || call->process != log_generation || !trace_on() ||
        thread_in_handler(thread))
        return;
    struct trace_mutex *record = stream_reserve(&thread->log->stream, sizeof *record, TRACE_MUTEX,
                                                clock_kernel_now(), current_task(thread), NULL);
    if (!record)
        return;
    record->call_begin = call->begin;
    record->address = (uintptr_t)mutex;
    record->limited = limited;
    record->reserved = 0;
    stream_commit(&thread->log->stream);
}

/* ---- what is not a call ---- */

void trace_peer(struct thread *thread, int fd, unsigned role, const struct sockaddr *peer,
                socklen_t size)
{
    struct stream *stream = stream_of(thread);
    struct text text = {0};
    struct trace_peer *record;
    peer_add(&text, peer, size);
    if (!stream || !text.used)
        return;
    record = stream_reserve(stream, sizeof *record + text.used + 1, TRACE_PEER, clock_kernel_now(),
                            current_task(thread), NULL);
    if (!record)
        return;
    record->fd = fd;
    record->role = role;
    unread_add(&thread->log->unread, fd, role == TRACE_PEER_ACCEPT);
    memcpy(record->text, text_string(&text), text.used + 1);
    stream_commit(stream);
    http_open(fd);
    if (role == TRACE_PEER_ACCEPT)
        unread_backlog(stream, fd, current_task(thread));
}

void trace_http2(struct thread *thread, int fd)
{
    struct stream *stream = stream_of(thread);
    if (stream)
        http_is_2(stream, fd, current_task(thread));
}

void trace_epoll(struct thread *thread, int epoll, int op, int fd, const struct epoll_event *event)
{
    struct stream *stream = stream_of(thread);
    if (event && op != EPOLL_CTL_DEL)
        epoll_data_add(epoll, fd, event->data.u64);
    if (!stream)
        return;
    struct trace_epoll *record = stream_reserve(stream, sizeof *record, TRACE_EPOLL,
                                                clock_kernel_now(), current_task(thread), NULL);
    if (!record)
        return;
    record->epoll = epoll;
    record->fd = fd;
    record->op = (uint32_t)op;
    record->events = event && op != EPOLL_CTL_DEL ? event->events : 0;
    stream_commit(stream);
}

void trace_channel(struct thread *thread, int reads, int writes)
{
    struct stream *stream = stream_of(thread);
    struct trace_channel *record;
    if (!stream)
        return;
    record = stream_reserve(stream, sizeof *record, TRACE_CHANNEL, clock_kernel_now(),
                            current_task(thread), NULL);
    if (!record)
        return;
    record->reads = reads;
    record->writes = writes;
    stream_commit(stream);
}

/* Asked of the kernel, which knows by what clock it runs. */
void trace_timer(struct thread *thread, int fd)
{
    struct stream *stream = stream_of(thread);
    struct itimerspec left;
    struct trace_timer *record;
    if (!stream || KERNEL(timerfd_gettime, fd, &left) != 0)
        return;
    uint64_t now = clock_kernel_now(), due = clock_from_timespec(&left.it_value);
    record = stream_reserve(stream, sizeof *record, TRACE_TIMER, now, current_task(thread), NULL);
    if (!record)
        return;
    record->due = due ? now + due : 0;
    record->interval = clock_from_timespec(&left.it_interval);
    record->fd = fd;
    record->reserved = 0;
    stream_commit(stream);
}

void trace_task_start(struct thread *thread, uint32_t task, void *(*function)(void *))
{
    struct stream *stream = stream_of(thread);
    struct trace_task_start *record;
    if (!stream)
        return;
    record =
        stream_reserve(stream, sizeof *record, TRACE_TASK_START, clock_kernel_now(), task, NULL);
    if (!record)
        return;
    record->function = (uintptr_t)function;
    record->parent = current_task(thread);
    stream_commit(stream);
}

void trace_task_end(struct thread *thread, uint32_t task)
{
    struct stream *stream = stream_of(thread);
    if (stream && stream_reserve(stream, sizeof(struct trace_task_end), TRACE_TASK_END,
                                 clock_kernel_now(), task, NULL))
        stream_commit(stream);
}

/* ---- the last of a thread ---- */

/* glibc's word, since 2.32: no thread was ever made beside this one. */
extern char __libc_single_threaded __attribute__((weak));

static bool is_alone(void)
{
    return &__libc_single_threaded && __libc_single_threaded;
}

/* The loader may be asked where nobody else can have its lock: another thread that has it may be
 * waiting for this one, which is about to end. Of the child of a fork, a thread of its parent's may
 * have had any lock. */
static uint32_t record_last_stack(struct thread *thread, const struct log_call *none)
{
    struct stream *stream = &thread->log->stream;
    if (!is_forked && is_alone())
        return record_stack(thread, stream, none, none->begin, PYTHON_IF_FREE);
    uint32_t count = stack_walk(thread->log->frames, TRACE_MAX_FRAMES, NULL);
    if (!is_forked && python_is_found() && python_has_thread())
        record_python_stack(thread, stream, none, none->begin, PYTHON_IF_FREE);
    return count;
}

/* In a handler there is nothing but the caller: what it has interrupted may be in the middle of a
 * walk. */
static void record_last(struct thread *thread, unsigned before, const struct log_call *none)
{
    struct thread_log *log = thread->log;
    uint64_t caller = (uintptr_t)none->caller, *frames = log->frames;
    uint32_t count;
    if (thread_in_handler(thread) || before == TRACE_RETURN) {
        frames = &caller;
        count = none->caller != NULL;
    } else {
        count = record_last_stack(thread, none);
    }
    sample_record_last(&log->sampler, &log->stream, none->begin, current_task(thread),
                       (uint16_t)before, frames, count);
}

/* Before exec in any case: the kernel's counts go on in the next program, whose trace leaves out
 * what was before it: once, where one attempt after the other fails in a search of PATH. What other
 * threads compute ends in the exit as well. */
static bool has_last(const struct thread_log *log, unsigned before, uint64_t now)
{
    bool has_others = __atomic_load_n(&next_thread, __ATOMIC_RELAXED) > 1;
    return sample_is_due(&log->sampler, now) || (before == CALL_execve && now >= log->exec_due) ||
           (before == TRACE_EXIT && has_others);
}

/* Not inlined: a handler's stack is small, and mostly there is nothing to tell. */
static __attribute__((noinline)) void tell_last(struct thread *thread, unsigned before,
                                                const void *caller)
{
    struct thread_log *log = thread->log;
    const struct log_call none = {
        .begin = clock_kernel_now(), .id = CALL_COUNT, .fd = -1, .caller = caller};
    if (has_last(log, before, none.begin))
        record_last(thread, before, &none);
    if (before == CALL_execve && none.begin >= log->exec_due)
        log->exec_due = none.begin + TRACE_COMPUTED_NS;
    if (before == TRACE_EXIT)
        unread_left(&log->unread, &log->stream, none.begin, current_task(thread));
}

/* A child of vfork is no process of ours. A handler may have little of a stack, and one that does
 * not say who it is may have interrupted the writing for nothing. */
void trace_last(struct thread *thread, unsigned before, const void *caller)
{
    const struct thread_log *log = thread->log;
    bool has_stream = trace_on() && log && log->process == log_generation;
    bool is_lost = thread_on_alternate(thread) || (thread_in_handler(thread) && !caller);
    if (has_stream && !is_lost && stream_origin.pid == (uint32_t)getpid())
        tell_last(thread, before, caller);
}

/* What was computed before it belongs to the part before it. */
void trace_mark(struct thread *thread, const char *name, const void *caller)
{
    struct stream *stream = stream_of(thread);
    struct log_call none = {
        .begin = clock_kernel_now(), .id = CALL_COUNT, .fd = -1, .caller = caller};
    struct trace_mark *record;
    if (!stream || thread_in_handler(thread))
        return;
    if (sample_is_due(&thread->log->sampler, none.begin))
        record_computed(thread, stream, &none);
    size_t length = strnlen(name, TRACE_MARK_SIZE - 1);
    record = stream_reserve(stream, sizeof *record + length + 1, TRACE_MARK, none.begin,
                            current_task(thread), NULL);
    if (!record)
        return;
    memcpy(record->text, name, length);
    record->text[length] = '\0';
    stream_commit(stream);
}

void trace_idle_begin(struct thread *thread, struct log_idle *idle)
{
    struct stream *stream = stream_of(thread);
    idle->record = NULL;
    if (!stream)
        return;
    idle->begin = clock_kernel_now();
    idle->record =
        stream_reserve(stream, sizeof *idle->record, TRACE_IDLE, idle->begin, 0, &idle->chunk);
    if (!idle->record)
        return;
    idle->process = log_generation;
    idle->record->duration = TRACE_IN_PROGRESS;
    stream_commit(stream);
}

void trace_idle_end(struct thread *thread, struct log_idle *idle)
{
    if (!idle->record || !is_ours(idle->process))
        return;
    uint64_t now = clock_kernel_now();
    __atomic_store_n(&idle->record->duration, now - idle->begin, __ATOMIC_RELEASE);
    stream_release(&thread->log->stream, idle->chunk);
    sample_note_sleep(&thread->log->sampler, now);
}

/* Only where there is room for it in what is mapped. */
static void record_thread_end(struct stream *stream, uint64_t now, uint64_t cpu)
{
    struct trace_thread_end *record = NULL;
    if (stream_confine(stream, sizeof *record))
        record = stream_reserve(stream, sizeof *record, TRACE_THREAD_END, now, 0, NULL);
    if (!record)
        return;
    record->cpu = cpu;
    stream_commit(stream);
}

/* A stream begins with that. */
void trace_thread_begin(struct thread *thread, const void *function)
{
    if (stream_of(thread))
        thread->log->start = function;
}

void trace_thread_end(struct thread *thread)
{
    struct thread_log *log = thread->log;
    if (!log || !is_ours(log->process)) {
        drop_earlier(thread);
        return;
    }
    if (log->start)
        trace_last(thread, TRACE_RETURN, (const char *)log->start + 1);
    struct run_times times;
    uint64_t now;
    if (sample_read_end(&log->sampler, &times, &now))
        count_record_at(&log->stream, "run-queue ns", times.queued, now);
    struct trace_thread_end *record =
        stream_reserve(&log->stream, sizeof *record, TRACE_THREAD_END, now, 0, NULL);
    if (record) {
        record->cpu = times.cpu;
        stream_commit(&log->stream);
    }
    thread->log = NULL;
    process_unshare(&log->stream);
    stream_close(&log->stream);
    kernel_unmap(log, sizeof *log);
}

void trace_before_confined(void)
{
    if (trace_on())
        process_before_confined();
}

/* All logs are then another process's: nobody touches them any more, also at the end of a thread.
 */
void trace_confined(struct thread *thread, const struct log_last *last)
{
    struct thread_log *log = thread->log;
    if (!trace_on() || !set_recording(false))
        return;
    process_confined(last->now, last->process_cpu);
    if (log && log->process == log_generation && !thread_in_handler(thread))
        record_thread_end(&log->stream, last->now, last->thread_cpu);
    log_generation++;
}

void trace_count(const char *text, uint64_t count)
{
    if (trace_on())
        process_count(text, count);
}

/* Whether there is no thread but the calling one to tell of: it has the only stream, and none that
 * no hook has seen come has used anything to speak of. */
static bool is_all_there_is(void)
{
    const struct thread_log *log = this_thread.log;
    return log && log->process == log_generation && !is_late &&
           __atomic_load_n(&next_thread, __ATOMIC_RELAXED) == 1 &&
           clock_kernel_read(CLOCK_PROCESS_CPUTIME_ID) <
               clock_kernel_read(CLOCK_THREAD_CPUTIME_ID) + TRACE_COMPUTED_NS;
}

void trace_process_end(uint32_t tasks, uint32_t dropped, bool ends_thread)
{
    if (trace_on())
        process_end(tasks, dropped, !(ends_thread && is_all_there_is()));
}
