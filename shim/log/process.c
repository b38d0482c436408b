#include "log/process.h"

#include "config/config.h"
#include "log/command.h"
#include "log/count.h"
#include "log/stream.h"
#include "sys/clock.h"
#include "sys/kernel.h"
#include "sys/text.h"
#include "sys/thread.h"

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

static struct stream stream;
static struct thread *user;                 /* who is writing to the stream; atomic */
static unsigned long long modules_recorded; /* dlpi_adds + 1 when they were, 0: never */

/* Of whoever is writing: a forked child begins on the stack that its parent was on, however small.
 */
static struct {
    char program[1024], command[2048], words[2048];
} texts;

/* Whoever finds himself there outside of a handler has left by siglongjmp, and may go on. */
static bool acquire(void)
{
    struct thread *me = &this_thread, *nobody = NULL;
    return __atomic_compare_exchange_n(&user, &nobody, me, false, __ATOMIC_ACQUIRE,
                                       __ATOMIC_RELAXED) ||
           (nobody == me && !thread_in_handler(me));
}

static void release(void)
{
    __atomic_store_n(&user, NULL, __ATOMIC_RELEASE);
}

/* ---- what the process is ---- */

static void program_path(char *path, size_t size)
{
    ssize_t length = KERNEL(readlinkat, AT_FDCWD, "/proc/self/exe", path, size - 1);
    path[length < 0 ? 0 : length] = '\0';
}

static void command_line(char *line, size_t size)
{
    char *words = texts.words;
    long length = -1;
    int fd = (int)KERNEL(openat, AT_FDCWD, "/proc/self/cmdline", O_RDONLY | O_CLOEXEC, 0);
    if (fd >= 0) {
        length = KERNEL(read, fd, words, sizeof texts.words - 1);
        KERNEL(close, fd);
    }
    words[length > 0 ? length : 0] = '\0';
    (config.keeps_arguments ? command_line_whole : command_line_reduced)(
        line, size, words, length > 0 ? (size_t)length : 0);
}

static void record_start(uint64_t now)
{
    char *program = texts.program, *command = texts.command;
    program_path(program, sizeof texts.program);
    command_line(command, sizeof texts.command);
    size_t program_size = strlen(program) + 1, command_size = strlen(command) + 1;
    struct trace_process_start *record = stream_reserve(
        &stream, sizeof *record + program_size + command_size, TRACE_PROCESS_START, now, 0, NULL);
    if (!record)
        return;
    record->realtime = clock_kernel_read(CLOCK_REALTIME) - (clock_kernel_now() - now);
    record->parent_pid = (uint32_t)getppid();
    record->cooperative = config.cooperative;
    memcpy(record->text, program, program_size);
    memcpy(record->text + program_size, command, command_size);
    stream_commit(&stream);
}

/* ---- modules ---- */

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
    struct trace_module *record =
        stream_reserve(&stream, sizeof *record + size, TRACE_MODULE, clock_kernel_now(), 0, NULL);
    if (!record)
        return;
    record->base = info->dlpi_addr;
    record->begin = begin;
    record->end = end;
    memcpy(record->text, path, size);
    stream_commit(&stream);
}

/* The main program has no name there; the vdso has one that is no path. */
static int visit_module(struct dl_phdr_info *info, size_t size, void *first)
{
    (void)size;
    if (*(bool *)first) {
        *(bool *)first = false;
        if (modules_recorded == info->dlpi_adds + 1)
            return 1;
        modules_recorded = info->dlpi_adds + 1;
    }
    if (!*info->dlpi_name) {
        program_path(texts.program, sizeof texts.program);
        record_module(info, texts.program);
    } else if (*info->dlpi_name == '/') {
        record_module(info, info->dlpi_name);
    }
    return 0;
}

void process_update_modules(void)
{
    bool first = true;
    if (!acquire())
        return;
    dl_iterate_phdr(visit_module, &first);
    release();
}

/* ---- begin and end ---- */

void process_open(uint64_t now)
{
    memset(&stream, 0, sizeof stream);
    stream.thread = TRACE_PROCESS_THREAD;
    modules_recorded = 0;
    release();
    record_start(now);
    process_update_modules();
}

void process_count(const char *text, uint64_t count)
{
    if (!acquire())
        return;
    count_record(&stream, text, count);
    release();
}

static void record_end(const struct trace_process_end *end, uint64_t now)
{
    struct trace_process_end *record =
        stream_reserve(&stream, sizeof *record, TRACE_PROCESS_END, now, 0, NULL);
    if (!record)
        return;
    record->cpu = end->cpu;
    record->tasks = end->tasks;
    record->dropped = end->dropped;
    stream_commit(&stream);
}

void process_confined(uint64_t now, uint64_t cpu)
{
    static const char text[] = "confined";
    struct trace_count *count;
    if (!acquire())
        return;
    if (stream_has_room(&stream, sizeof *count + sizeof text + sizeof(struct trace_process_end))) {
        count_record_at(&stream, text, 1, now);
        record_end(&(struct trace_process_end){.cpu = cpu}, now);
    }
    release();
}

void process_end(uint32_t tasks, uint32_t dropped)
{
    if (!acquire())
        return;
    record_end(&(struct trace_process_end){.cpu = clock_kernel_read(CLOCK_PROCESS_CPUTIME_ID),
                                           .tasks = tasks,
                                           .dropped = dropped},
               clock_kernel_now());
    release();
}

/* Without the lock: it is one word of a mapping that stays. */
void process_mark_cut(void)
{
    stream_mark_cut(&stream);
}
