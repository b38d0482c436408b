#include "log/thread_log.h"

#include "config/config.h"
#include "log/count.h"
#include "log/process.h"
#include "log/recording.h"
#include "log/run_queue.h"
#include "sys/clock.h"
#include "sys/kernel.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

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

void thread_log_record_start(struct thread_log *log)
{
    record_thread_name(&log->stream, clock_kernel_now());
    sample_record_begin(&log->sampler, &log->stream);
}

void thread_log_record_birth(struct thread_log *log, uint64_t time)
{
    record_thread_name(&log->stream, time);
    sample_record_born(&log->sampler, &log->stream, time);
}

static uint32_t number_thread(void)
{
    if (recording.is_late && gettid() == getpid())
        return 0;
    return __atomic_fetch_add(&recording.next_thread, 1, __ATOMIC_RELAXED);
}

static void thread_log_close(struct thread *thread)
{
    struct thread_log *log = thread->log;
    thread->log = NULL;
    process_unshare(&log->stream);
    stream_close(&log->stream);
    kernel_unmap(log, sizeof *log);
}

/* Of an earlier recording of the same process. Calls that began in it know that by its number, and
 * leave it alone; only what a handler has interrupted may be in the middle of it. */
static void drop_earlier(struct thread *thread)
{
    if (thread->log && recording.is_late && !thread_in_handler(thread))
        thread_log_close(thread);
}

/* Memory from the kernel: the program's allocator may be what has called us. */
struct thread_log *thread_log_make(struct thread *thread)
{
    struct thread_log *log = (void *)KERNEL(mmap, NULL, sizeof *log, PROT_READ | PROT_WRITE,
                                            MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (log == MAP_FAILED)
        return NULL;
    log->process = recording.log;
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
    thread_log_record_start(log);
    process_open_own();
    return log;
}

struct stream *thread_log_stream(struct thread *thread)
{
    struct thread_log *log = thread->log;
    if (!recording_is_on())
        return NULL;
    if (!log || log->process != recording.log)
        log = thread_log_open(thread);
    return log ? &log->stream : NULL;
}

static void record_end(struct stream *stream, uint64_t now, uint64_t cpu)
{
    struct trace_thread_end *record =
        stream_reserve(stream, sizeof *record, TRACE_THREAD_END, now, 0, NULL);
    if (!record)
        return;
    record->cpu = cpu;
    stream_commit(stream);
}

void thread_log_end_confined(struct thread_log *log, uint64_t now, uint64_t cpu)
{
    if (stream_confine(&log->stream, sizeof(struct trace_thread_end)))
        record_end(&log->stream, now, cpu);
}

void thread_log_end(struct thread *thread)
{
    struct thread_log *log = thread->log;
    if (!log || !recording_has(log->process)) {
        drop_earlier(thread);
        return;
    }
    struct run_times times;
    uint64_t now;
    if (sample_read_end(&log->sampler, &times, &now))
        count_record_at(&log->stream, "run-queue ns", times.queued, now);
    record_end(&log->stream, now, times.cpu);
    thread_log_close(thread);
}
