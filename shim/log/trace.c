/*
 * A recording begins and ends: with the process or in the middle of its life, anew in a forked
 * child, for lack of room, where the process confines itself, and with the process.
 *
 * What is told meanwhile becomes records of trace_format.h elsewhere: of calls in trace_call.c, of
 * what is none in trace_event.c, of a thread that does nothing more in trace_last.c, in the stream
 * of the calling thread (thread_log.h).
 *
 * When the disk ends, or the process has given up the right to its files, recording ends and the
 * program goes on.
 */
#include "log/trace.h"

#include "config/complain.h"
#include "config/config.h"
#include "log/live.h"
#include "log/metadata.h"
#include "log/process.h"
#include "log/recording.h"
#include "log/stream.h"
#include "log/thread_log.h"
#include "sys/clock.h"
#include "sys/fork_guard.h"
#include "sys/kernel.h"
#include "sys/thread.h"
#include "sys/tsc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

struct recording recording;

/* With GREQ_HTTP=1 there may be more to tell of any call. Returns whether it was on. */
static bool set_recording(bool on)
{
    uint32_t process = on && !config.http ? recording.log : 0;
    bool was_on = __atomic_exchange_n(&recording.on, on, __ATOMIC_ACQ_REL);
    fork_guard_page[FORK_GUARD_LOG] = (int)process;
    return was_on;
}

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
    if (is_given_up(error) || recording.is_late)
        return;
    complain(config.trace_dir, "the trace ends here", error,
             "the program goes on, what it does from here on is not recorded");
}

/* Whoever has asked for a recording in mid-life is told by other means. */
static void complain_once(const char *what, int error, const char *remedy)
{
    if (recording.is_late)
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

/* When a process was forked: its number tells it from one that another one made of it by clone. */
static struct birth {
    uint64_t time;
    pid_t pid;
} birth;

void trace_note_fork(void)
{
    if (!__atomic_load_n(&recording.on, __ATOMIC_RELAXED)) /* it may not make any call */
        return;
    tsc_begin();
    birth = (struct birth){clock_kernel_now(), getpid()};
    /* Before the page is looked at: one that is read first is two page faults. */
    fork_guard_page[FORK_GUARD_LOG] = 0;
}

void trace_be_silent(void)
{
    set_recording(false);
}

void trace_open(char *const *words)
{
    bool is_born = birth.pid == getpid();
    if (!is_born)
        tsc_begin();
    recording.log++;
    set_recording(false);
    recording.is_late = false;
    /* A forked child's directory has been prepared by its parent. */
    if (recording.log == 1 && prepare_directory())
        return;
    uint64_t now = is_born ? birth.time : clock_kernel_now();
    uint32_t forked_from = stream_origin.pid;
    recording.is_forked = forked_from != 0;
    stream_origin = (struct stream_origin){config.trace_dir, (uint32_t)getpid(), now};
    stream_on_full = give_up;
    recording.next_thread = 0;
    set_recording(true);
    /* The first thread to have a stream is number 0: the main thread, which is here. */
    struct thread_log *log = thread_log_make(&this_thread);
    process_open(now, forked_from, words, log ? &log->stream : NULL);
    if (log && is_born)
        thread_log_record_birth(log, now);
    else if (log)
        thread_log_record_start(log);
}

/* Number 0 is kept for the main thread, which may be in a call that began before. */
int trace_begin_late(bool has_lock)
{
    uint64_t now = clock_kernel_now();
    recording.is_late = true;
    int error = prepare_directory();
    if (error)
        return error;
    if (!process_begin_again())
        return EAGAIN;
    recording.log++;
    stream_origin = (struct stream_origin){config.trace_dir, (uint32_t)getpid(), now};
    stream_on_full = give_up;
    recording.next_thread = 1;
    process_open_late(now, !has_lock);
    set_recording(true);
    return 0;
}

void trace_end_early(void)
{
    if (!recording_is_on())
        return;
    process_count("recording was ended", 1);
    process_end(0, 0, true);
    set_recording(false);
}

void trace_before_confined(void)
{
    if (recording_is_on())
        process_before_confined();
}

/* All logs are then another process's: nobody touches them any more, also at the end of a thread.
 */
void trace_confined(struct thread *thread, const struct log_last *last)
{
    struct thread_log *log = thread->log;
    if (!recording_is_on() || !set_recording(false))
        return;
    process_confined(last->now, last->process_cpu);
    if (log && log->process == recording.log && !thread_in_handler(thread))
        thread_log_end_confined(log, last->now, last->thread_cpu);
    recording.log++;
}

void trace_count(const char *text, uint64_t count)
{
    if (recording_is_on())
        process_count(text, count);
}

/* Whether there is no thread but the calling one to tell of: it has the only stream, and none that
 * no hook has seen come has used anything to speak of. */
static bool is_all_there_is(void)
{
    const struct thread_log *log = this_thread.log;
    return log && log->process == recording.log && !recording.is_late &&
           __atomic_load_n(&recording.next_thread, __ATOMIC_RELAXED) == 1 &&
           clock_cpu_read(CLOCK_PROCESS_CPUTIME_ID) <
               clock_cpu_read(CLOCK_THREAD_CPUTIME_ID) + TRACE_COMPUTED_NS;
}

/* A stream begins with that. */
void trace_thread_begin(struct thread *thread, const void *function)
{
    if (thread_log_stream(thread))
        thread->log->start = function;
}

void trace_thread_end(struct thread *thread)
{
    const struct thread_log *log = thread->log;
    if (log && recording_has(log->process) && log->start)
        trace_last(thread, TRACE_RETURN, (const char *)log->start + 1);
    thread_log_end(thread);
}

void trace_process_end(uint32_t tasks, uint32_t dropped, bool ends_thread)
{
    if (recording_is_on())
        process_end(tasks, dropped, !(ends_thread && is_all_there_is()));
}
