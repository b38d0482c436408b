/*
 * The library's beginning and end, and a thread's and a forked child's part in it.
 */
#include "config/complain.h"
#include "config/config.h"
#include "hook/call.h"
#include "hook/lock_wait.h"
#include "hook/summary.h"
#include "host/fall_through.h"
#include "sys/stderr.h"
#include "sys/text.h"
#include "task/helper.h"
#include "task/task.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The launcher looks for this line to know that the preload reached the program. */
static void say_hello(void)
{
    const char *path = getenv("GREQ_HELLO");
    struct text line = {0};
    if (!path || !*path)
        return;
    int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_APPEND | O_CLOEXEC, 0);
    if (fd < 0)
        return;
    text_add_number(&line, (uint64_t)getpid());
    text_write_line(&line, fd);
    syscall(SYS_close, fd);
}

static void thread_leave(struct thread *thread)
{
    scheduler_leave(thread);
    lock_observe_end();
    log_thread_end(thread);
    free(thread->self.host_result);
    thread->self.host_result = NULL;
}

static void begin_again_in_child(void)
{
    helper_after_fork();
    scheduler_after_fork(&this_thread);
    lock_wait_after_fork();
    log_open();
}

__attribute__((constructor)) static void library_open(void)
{
    int saved_errno = errno;
    stderr_remember();
    config_read();
    thread_on_exit(thread_leave);
    fork_guard_set(begin_again_in_child);
    log_open();
    if (summary_is_wanted())
        call_time_waits();
    say_hello();
    errno = saved_errno;
}

static void log_fall_throughs(void)
{
    for (int reason = 0; reason < FALL_COUNT; reason++) {
        uint64_t count = fall_through_count((enum fall_through)reason);
        if (count)
            log_count(fall_through_name((enum fall_through)reason), count);
    }
}

/*
 * At exit, after the program's own handlers. From here on all calls are the real ones and no task
 * runs any more: destructors that come later would otherwise wake what is to be dropped. A program
 * that ends by _exit gets no summary, as its own buffers get no flush.
 */
__attribute__((destructor)) static void library_close(void)
{
    struct summary summary;
    fork_guard_check();
    summary_take(&summary);
    summary_print(&summary);
    mode_remove(MODE_LOG | MODE_TASKS);
    log_thread_end(&this_thread);
    log_fall_throughs();
    log_process_end(summary.tasks, summary.dropped);
    this_thread.passing = true;
}
