/*
 * The text of a line, and the descriptor it goes to.
 */
#include "log/line.h"

#include "config/complain.h"
#include "config/config.h"
#include "log/peer.h"
#include "python/stack.h"
#include "sys/clock.h"
#include "sys/kernel.h"
#include "sys/own_fd.h"
#include "sys/text.h"
#include "sys/thread.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <greq/trace_format.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A descriptor of our own even for standard error, whose number the program may give to something
 * else. The inode is checked before each line, should it take the high number as well. */
static int log_fd = -1;
static struct stat log_file;
static uint64_t start;

void line_open(void)
{
    int fd = strcmp(config.log, "stderr") == 0
                 ? (int)KERNEL(fcntl, STDERR_FILENO, F_DUPFD_CLOEXEC, 3)
                 : (int)KERNEL(openat, AT_FDCWD, config.log,
                               O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    start = clock_kernel_now();
    log_fd = own_fd_adopt(fd);
    if (log_fd >= 0 && fstat(log_fd, &log_file) == 0)
        return;
    complain(config.log, "cannot write the log", errno,
             "set GREQ_LOG to `stderr` or to a file that can be written; running without it");
    /* The programs that it starts would only say it again. */
    unsetenv("GREQ_LOG");
    config.log = NULL;
}

bool line_on(void)
{
    return log_fd >= 0;
}

static bool still_ours(void)
{
    struct stat now;
    return fstat(log_fd, &now) == 0 && now.st_dev == log_file.st_dev &&
           now.st_ino == log_file.st_ino;
}

static void add_descriptor(struct text *line, int fd)
{
    struct sockaddr_storage peer;
    socklen_t size = sizeof peer;
    if (fd < 0)
        return;
    text_add(line, " fd ");
    text_add_signed(line, fd);
    if (getpeername(fd, (struct sockaddr *)&peer, &size) == 0) {
        text_add(line, " ");
        peer_add(line, (struct sockaddr *)&peer, size);
    }
}

/* "module+0x1234 (function)" */
static void add_caller(struct text *line, const char *before, const void *caller)
{
    Dl_info info;
    if (!dladdr(caller, &info) || !info.dli_fname)
        return;
    const char *slash = strrchr(info.dli_fname, '/');
    text_add(line, before);
    text_add(line, slash ? slash + 1 : info.dli_fname);
    text_add(line, "+0x");
    text_add_hex(line, (uint64_t)((const char *)caller - (const char *)info.dli_fbase));
    if (info.dli_sname) {
        text_add(line, " (");
        text_add(line, info.dli_sname);
        text_add(line, ")");
    }
}

static void add_lock(struct text *line, const struct log_call *call)
{
    text_add(line, " lock 0x");
    text_add_hex(line, (uintptr_t)call->lock);
    if (call->holder) {
        text_add(line, " of thread ");
        text_add_signed(line, call->holder);
    }
}

static void add_refusal(struct text *line, unsigned refusal)
{
    static const char *const texts[TRACE_REFUSAL_COUNT] = {
#define TEXT(name, word, text) [TRACE_REFUSAL_##name] = text,
        TRACE_REFUSALS(TEXT)
#undef TEXT
    };
    text_add(line, " (");
    text_add(line, texts[refusal]);
    text_add(line, ")");
}

static void begin_line(struct text *line, uint64_t time)
{
    text_add_seconds(line, time - start);
    text_add(line, " pid ");
    text_add_number(line, (uint64_t)getpid());
}

void line_call(struct thread *thread, const struct log_call *call, uint64_t duration,
               uint64_t parked)
{
    struct text line = {0};
    uint32_t task = thread_strand(thread)->task;
    if (!still_ours())
        return;
    begin_line(&line, call->begin + duration);
    text_add(&line, task ? " task " : " thread ");
    text_add_number(&line, task ? task : (uint64_t)gettid());
    text_add(&line, " ");
    text_add(&line, call_infos[call->id].name);
    add_descriptor(&line, call->fd);
    if (call->lock)
        add_lock(&line, call);
    text_add(&line, parked ? " parked " : " blocked ");
    text_add_seconds(&line, duration);
    text_add(&line, " s");
    if (!parked && call->flags & TRACE_FLAG_HAD_TASKS)
        text_add(&line, ", and held up the thread's other tasks");
    if (call->refusal)
        add_refusal(&line, call->refusal);
    /* dladdr takes the loader's lock. The code that a handler interrupted may hold it, or a thread
     * that waits for the lock of the program's that this call has just taken. */
    if (!thread_in_handler(thread) && !call->lock)
        add_caller(&line, " at ", call->caller);
    text_write_line(&line, log_fd);
}

/* ---- two tasks in one connection ---- */

/* Of Python's frames the innermost. Its thread needs the interpreter's lock for its wait anyway. */
static bool find_python_line(const struct log_call *call, char *place, size_t size)
{
    char frames[640];
    enum python_patience patience = python_is_caller(call->caller) ? PYTHON_WAIT : PYTHON_IF_FREE;
    if (!python_has_thread() || !python_stack(frames, sizeof frames, NULL, patience))
        return false;
    size_t length = strcspn(frames, "\n");
    length = length < size ? length : size - 1;
    memcpy(place, frames, length);
    place[length] = '\0';
    return true;
}

void line_place(const struct log_call *call, char *place, size_t size)
{
    struct text text = {0};
    if (find_python_line(call, place, size))
        return;
    add_caller(&text, "", call->caller);
    size_t length = text.used < size ? text.used : size - 1;
    memcpy(place, text_string(&text), length);
    place[length] = '\0';
}

/* Of greenlets that have not waited the number is not known. */
static void add_sharer(struct text *line, const struct log_sharer *who, const char *nameless,
                       const char *does)
{
    text_add(line, who->task ? " task " : nameless);
    if (who->task)
        text_add_number(line, who->task);
    text_add(line, does);
    text_add(line, call_infos[who->id].name);
    text_add(line, *who->place ? " at " : "");
    text_add(line, who->place);
}

void line_shared(const struct log_meeting *meeting)
{
    struct text line = {0};
    bool reads = meeting->what == TRACE_SHARED_READS;
    if (!still_ours())
        return;
    begin_line(&line, clock_kernel_now());
    text_add(&line, " shared connection");
    add_descriptor(&line, meeting->fd);
    text_add(&line, ":");
    add_sharer(&line, &meeting->first, " one", reads ? " waits for its answer in " : " waits in ");
    text_add(&line, ",");
    add_sharer(&line, &meeting->second, " another one",
               reads ? " reads in " : " waits as well in ");
    text_write_line(&line, log_fd);
}
