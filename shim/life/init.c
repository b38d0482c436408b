/*
 * The library's beginning, and a thread's and a forked child's part in it. Its end is in end.c.
 */
#include "call/call.h"
#include "call/forking.h"
#include "call/lock_wait.h"
#include "call/sharing.h"
#include "child/child.h"
#include "config/complain.h"
#include "config/config.h"
#include "host/host.h"
#include "life/end.h"
#include "life/summary.h"
#include "log/live.h"
#include "sys/clock.h"
#include "sys/elf.h"
#include "sys/kernel.h"
#include "sys/loader_lock.h"
#include "sys/stderr.h"
#include "sys/text.h"
#include "task/helper.h"
#include "task/task.h"
#include "unwind/module.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

/* The launcher looks for this line to know that the preload reached the program. */
static void say_hello(void)
{
    const char *path = getenv("GREQ_HELLO");
    struct text line = {0};
    if (!path || !*path)
        return;
    int fd = (int)KERNEL(openat, AT_FDCWD, path, O_WRONLY | O_APPEND | O_CLOEXEC, 0);
    if (fd < 0)
        return;
    text_add_number(&line, (uint64_t)getpid());
    text_write_line(&line, fd);
    KERNEL(close, fd);
}

static void thread_leave(struct thread *thread)
{
    fork_guard_check();
    scheduler_leave(thread);
    lock_observe_end();
    log_thread_end(thread);
    free(thread->self.host_result);
    thread->self.host_result = NULL;
}

/* Also one that no hook of fork has seen: of _Fork, or of a raw system call. Until it has a log of
 * its own nothing is recorded: the parent's is mapped in both. */
static void begin_again_in_child(void)
{
    live_after_fork(); /* before the page is written to */
    mode_remove(MODE_LOG);
    elf_after_fork();
    helper_after_fork();
    scheduler_after_fork(&this_thread);
    lock_wait_after_fork();
    sharing_reset();
    log_open(NULL);
}

/* glibc calls constructors as main. */
__attribute__((constructor)) static void library_open(int argc, char **argv)
{
    (void)argc;
    int saved_errno = errno;
    stderr_remember();
    clock_open();
    config_read();
    module_open();
    host_open();
    real_look_up_all();
    real_give_old_bodies();
    child_open();
    elf_note_start();
    loader_lock_find();
    forking_open();
    thread_on_exit(thread_leave);
    fork_guard_set(begin_again_in_child);
    log_open(argv);
    live_open();
    at_quick_exit(end_note_quick);
    if (summary_is_wanted())
        call_time_waits();
    say_hello();
    errno = saved_errno;
}
