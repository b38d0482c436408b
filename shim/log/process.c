/*
 * What a trace has once per process: what it is, its modules, its end.
 *
 * A process costs one file of 8 KiB while it does little: what is about it is in its first thread's
 * stream, and most of it at the begin. When that stream's first chunk is deleted, so that the rest
 * is bounded, those records are copied to a stream of the process's own. It is made earlier, with
 * the second thread's: what another thread has to say of the process may come when no file can be
 * had any more, as at the end; and when there is something to say of modules that are loaded later.
 * Where that stream has no room, the threads' go on.
 *
 * Of modules a forked child has those of its parent: of the last process before it that has a
 * trace, which is not getppid for a daemon. What was loaded since the parent's were recorded is so
 * with the child's first stack of a call. Not earlier: to ask the loader takes its lock, which a
 * thread of the parent's may have had at the fork.
 */
#include "log/process.h"

#include "config/config.h"
#include "log/command.h"
#include "log/count.h"
#include "log/sample.h"
#include "log/stream.h"
#include "log/thread_list.h"
#include "sys/clock.h"
#include "sys/elf.h"
#include "sys/kernel.h"
#include "sys/table.h"
#include "sys/text.h"
#include "sys/thread.h"

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <sched.h>
#include <stdbool.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

static SMALL_TABLE struct stream own_stream;
static bool has_own;          /* it has been used: else its page is not touched */
static struct stream *shared; /* the first thread's, or NULL */
static struct thread *sharer;
static bool begins;                         /* nothing but what is about the process is there yet */
static struct trace_packet *first_packet;   /* of that stream; it stays mapped. Or NULL */
static struct thread *user;                 /* who is writing to the stream; atomic */
static unsigned long long modules_recorded; /* atomic: dlpi_adds + 1 when they were, 0: never */

/* Of whoever is writing: a forked child begins on the stack that its parent was on, however small.
 */
static TABLE struct {
    char program[1024], command[2048], words[2048]; /* the first two on one page */
} texts __attribute__((aligned(4096)));

/* Whoever finds himself there outside of a handler has left by siglongjmp, and may go on. */
static bool acquire(void)
{
    struct thread *me = &this_thread, *nobody = NULL;
    return __atomic_compare_exchange_n(&user, &nobody, me, false, __ATOMIC_ACQUIRE,
                                       __ATOMIC_RELAXED) ||
           (nobody == me && !thread_in_handler(me));
}

static bool has_acquired(void)
{
    return __atomic_load_n(&user, __ATOMIC_RELAXED) == &this_thread;
}

/* Others have it for microseconds, but may have to wait for a processor. */
static bool acquire_patiently(void)
{
    enum { TURNS = 1000 };
    for (int i = 0; i < TURNS; i++) {
        if (acquire())
            return true;
        sched_yield();
    }
    return false;
}

static void release(void)
{
    __atomic_store_n(&user, NULL, __ATOMIC_RELEASE);
}

/* ---- what the process is ---- */

static struct stream *own(void)
{
    has_own = true;
    own_stream.thread = TRACE_PROCESS_THREAD;
    return &own_stream;
}

/* Where the calling thread puts what is about the process. */
static struct stream *stream_now(void)
{
    return shared && sharer == &this_thread ? shared : own();
}

/* The records at the begin leave a half of the chunk to the thread. */
static struct stream *stream_at_begin(size_t size)
{
    enum { MOST = 4096 };
    bool has_place = begins && shared && shared->current && shared->current->used + size <= MOST;
    return has_place ? shared : own();
}

static void program_path(char *path, size_t size)
{
    ssize_t length = KERNEL(readlinkat, AT_FDCWD, "/proc/self/exe", path, size - 1);
    path[length < 0 ? 0 : length] = '\0';
}

/* How many bytes the words take where one begins behind the other, as the kernel lays them down; 0:
 * somebody has changed that. */
static size_t length_of(char *const *words)
{
    const char *first = *words, *end = first;
    for (; *words; words++) {
        if (*words != end)
            return 0;
        end += strlen(end) + 1;
    }
    return (size_t)(end - first);
}

static size_t read_words(void)
{
    long length = -1;
    int fd = (int)KERNEL(openat, AT_FDCWD, "/proc/self/cmdline", O_RDONLY | O_CLOEXEC, 0);
    if (fd >= 0) {
        length = KERNEL(read, fd, texts.words, sizeof texts.words - 1);
        KERNEL(close, fd);
    }
    texts.words[length > 0 ? length : 0] = '\0';
    return length > 0 ? (size_t)length : 0;
}

/* As it began. A look at /proc is as dear as a dozen other calls. */
static void command_line(char *line, size_t size, char *const *words)
{
    size_t length = words && *words ? length_of(words) : 0;
    const char *first = length ? *words : texts.words;
    if (!length)
        length = read_words();
    if (length >= sizeof texts.words) { /* no more than read_words would have read */
        length = sizeof texts.words - 1;
        memcpy(texts.words, first, length);
        texts.words[length] = '\0';
        first = texts.words;
    }
    (config.keeps_arguments ? command_line_whole : command_line_reduced)(line, size, first, length);
}

/* The parent of now may be another one: that of a daemon has ended before its first call. */
static void record_start(uint64_t now, uint32_t forked_from, char *const *words)
{
    char *program = texts.program, *command = texts.command;
    if (!forked_from || !*program) { /* else it has them from its parent */
        program_path(program, sizeof texts.program);
        command_line(command, sizeof texts.command, words);
    }
    size_t program_size = strlen(program) + 1, command_size = strlen(command) + 1;
    uint64_t realtime = clock_by(clock_by_system_call, CLOCK_REALTIME) - (clock_kernel_now() - now);
    uint32_t parent = forked_from ? forked_from : (uint32_t)getppid();
    struct stream *stream = stream_now();
    struct trace_process_start *record = stream_reserve(
        stream, sizeof *record + program_size + command_size, TRACE_PROCESS_START, now, 0, NULL);
    if (!record)
        return;
    record->realtime = realtime;
    record->parent_pid = parent;
    record->cooperative = config.cooperative;
    memcpy(record->text, program, program_size);
    memcpy(record->text + program_size, command, command_size);
    stream_commit(stream);
}

static void record_host(uint64_t now)
{
    struct utsname names;
    if (uname(&names) != 0)
        return;
    size_t size = strlen(names.nodename) + 1;
    struct trace_host *record;
    struct stream *stream = stream_at_begin(sizeof *record + size);
    record = stream_reserve(stream, sizeof *record + size, TRACE_HOST, now, 0, NULL);
    if (!record)
        return;
    memcpy(record->text, names.nodename, size);
    stream_commit(stream);
}

/* ---- modules: never in a stream whose first chunks may be deleted ---- */

static void record_module(const struct dl_phdr_info *info, const char *path)
{
    uint64_t begin = UINT64_MAX, end = 0;
    size_t size = strlen(path) + 1;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        if (segment->p_type != PT_LOAD)
            continue;
        if (info->dlpi_addr + segment->p_vaddr < begin)
            begin = info->dlpi_addr + segment->p_vaddr;
        if (info->dlpi_addr + segment->p_vaddr + segment->p_memsz > end)
            end = info->dlpi_addr + segment->p_vaddr + segment->p_memsz;
    }
    struct trace_module *record;
    struct stream *stream = stream_at_begin(sizeof *record + size);
    record =
        stream_reserve(stream, sizeof *record + size, TRACE_MODULE, clock_kernel_now(), 0, NULL);
    if (!record)
        return;
    record->base = info->dlpi_addr;
    record->begin = begin;
    record->end = end;
    memcpy(record->text, path, size);
    stream_commit(stream);
}

/* The main program has no name there; the vdso has one that is no path. */
static bool visit_module(const struct dl_phdr_info *info, void *first)
{
    if (*(bool *)first) {
        *(bool *)first = false;
        if (modules_recorded == info->dlpi_adds + 1)
            return true;
        __atomic_store_n(&modules_recorded, info->dlpi_adds + 1, __ATOMIC_RELAXED);
    }
    if (!*info->dlpi_name) {
        if (!begins) /* else it has just been read */
            program_path(texts.program, sizeof texts.program);
        record_module(info, texts.program);
    } else if (*info->dlpi_name == '/') {
        record_module(info, info->dlpi_name);
    }
    return false;
}

void process_update_modules(void)
{
    bool first = true, is_any = __atomic_load_n(&modules_recorded, __ATOMIC_RELAXED) != 0;
    if ((is_any && elf_is_as_at_start()) || !acquire())
        return;
    elf_each_object(visit_module, &first);
    release();
}

/* ---- begin and end ---- */

/* The size of a record that is about the process; 0: of another one. */
static size_t size_about_process(const struct trace_record *record)
{
    const struct trace_process_start *start = (const void *)record;
    size_t program;
    switch ((enum trace_event_id)record->id) {
    case TRACE_PROCESS_START:
        program = strlen(start->text) + 1;
        return sizeof *start + program + strlen(start->text + program) + 1;
    case TRACE_HOST:
        return sizeof(struct trace_host) + strlen(((const struct trace_host *)record)->text) + 1;
    case TRACE_MODULE:
        return sizeof(struct trace_module) + strlen(((const struct trace_module *)record)->text) +
               1;
    default:
        return 0;
    }
}

/* Its time is not before that of what is there already. */
static void copy_record(const struct trace_record *record, size_t size)
{
    struct trace_record *copy =
        stream_reserve(own(), size, (enum trace_event_id)record->id, record->time, 0, NULL);
    if (!copy)
        return;
    memcpy(copy + 1, record + 1, size - sizeof *record);
    stream_commit(&own_stream);
}

/* What is about the process stands before all else in the first chunk. That is deleted now, unless
 * another thread is at the process's own stream for long, in the loader say: then later. */
static bool keep_first(const struct trace_packet *packet)
{
    const char *at = (const char *)(packet + 1);
    const char *end = (const char *)packet + packet->content_bits / 8;
    size_t size;
    bool is_ours = has_acquired();
    if (!is_ours && !acquire_patiently())
        return false;
    for (; at < end && (size = size_about_process((const void *)at)); at += (size + 7) & ~7u)
        copy_record((const void *)at, size);
    if (!is_ours)
        release();
    return true;
}

static void forget_own(void)
{
    if (has_own)
        memset(&own_stream, 0, sizeof own_stream);
    has_own = false;
}

/* A forked child whose modules and host are in its parent's trace needs none. It asks nobody who
 * has a lock. */
void process_open(uint64_t now, uint32_t forked_from, char *const *words, struct stream *first)
{
    bool has_parents = modules_recorded != 0;
    forget_own();
    shared = first;
    sharer = &this_thread;
    if (shared)
        shared->first_goes = keep_first;
    release();
    first_packet = NULL; /* the parent's, or of an earlier recording */
    begins = true;
    record_start(now, forked_from, words);
    first_packet = shared && shared->current ? shared->current->packet : NULL;
    if (!has_parents)
        record_host(now);
    if (!has_parents && !forked_from)
        process_update_modules();
    begins = false;
}

bool process_begin_again(void)
{
    if (!acquire())
        return false;
    shared = NULL;
    first_packet = NULL;
    if (has_own)
        stream_close(&own_stream);
    return true;
}

void process_open_late(uint64_t now, bool with_modules)
{
    forget_own();
    modules_recorded = 0;
    record_start(now, 0, NULL);
    count_record(own(), "recording began late", 1);
    release();
    if (with_modules)
        process_update_modules();
}

/* What may be copied to it keeps its time: it begins with the process. */
void process_open_own(void)
{
    if (!acquire_patiently())
        return;
    stream_open(own(), stream_origin.start);
    release();
}

void process_unshare(const struct stream *first)
{
    if (shared == first)
        shared = NULL;
}

void process_count(const char *text, uint64_t count)
{
    if (!acquire())
        return;
    count_record(stream_now(), text, count);
    release();
}

static void record_end(const struct trace_process_end *end, uint64_t now)
{
    struct stream *stream = stream_now();
    struct trace_process_end *record =
        stream_reserve(stream, sizeof *record, TRACE_PROCESS_END, now, 0, NULL);
    if (!record)
        return;
    record->cpu = end->cpu;
    record->tasks = end->tasks;
    record->dropped = end->dropped;
    stream_commit(stream);
}

void process_before_confined(void)
{
    if (!acquire())
        return;
    if (!stream_now()->current)
        record_host(clock_kernel_now());
    release();
}

void process_confined(uint64_t now, uint64_t cpu)
{
    static const char text[] = "confined";
    struct trace_count *count;
    if (!acquire())
        return;
    if (stream_confine(stream_now(),
                       sizeof *count + sizeof text + sizeof(struct trace_process_end))) {
        count_record_at(stream_now(), text, 1, now);
        record_end(&(struct trace_process_end){.cpu = cpu}, now);
    }
    release();
}

static void record_thread(void *stream, uint32_t tid, const struct run_times *times)
{
    sample_record_end(stream, tid, times);
}

void process_end(uint32_t tasks, uint32_t dropped, bool has_others)
{
    if (!acquire())
        return;
    if (has_others && !thread_on_alternate(&this_thread)) /* nothing is opened there */
        thread_list_visit(texts.words, sizeof texts.words, record_thread, stream_now());
    record_end(&(struct trace_process_end){.cpu = clock_cpu_read(CLOCK_PROCESS_CPUTIME_ID),
                                           .tasks = tasks,
                                           .dropped = dropped},
               clock_kernel_now());
    release();
}

/* The first packet stays mapped. Of the process's own stream another thread may be about to unmap
 * the chunk. */
void process_mark_cut(void)
{
    bool is_ours = has_acquired();
    if (first_packet)
        __atomic_fetch_or(&first_packet->flags, TRACE_PACKET_CUT, __ATOMIC_RELAXED);
    if (!has_own || (!is_ours && !acquire_patiently()))
        return;
    stream_mark_cut(&own_stream);
    if (!is_ours)
        release();
}
