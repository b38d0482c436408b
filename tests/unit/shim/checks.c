/*
 * Each CHECK of the shim fires when what it says is broken: one line with its place, and SIGABRT.
 * They stand for what headers say with never, always and only.
 */
#include "breach.h"
#include "call/call.h"
#include "call/forking.h"
#include "call/frame.h"
#include "call/lock_owner.h"
#include "call/lock_wait.h"
#include "config/config.h"
#include "host/decision.h"
#include "log/stream.h"
#include "real/cxx.h"
#include "suite.h"
#include "sys/check.h"
#include "sys/clock.h"
#include "sys/elf.h"
#include "task/helper.h"
#include "task/internal.h"
#include "task/join.h"

#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct scheduler here, elsewhere;
static struct task task = {.scheduler = &here};

static void state_that_cannot_follow(void)
{
    task_set_state(&task, TASK_PARKED);
}

static void task_of_another_thread_parks(void)
{
    this_thread.scheduler = &elsewhere;
    task_set_state(&task, TASK_RUNNING);
    task_park(&task, CLOCK_NEVER, INTERRUPT_NEVER, "nothing");
}

static void record_changes_its_scheduler(void)
{
    struct task_pool pool = {.free = &task};
    task_pool_get(&pool, &elsewhere);
}

static void handle_of_too_high_an_address(void)
{
    task_handle((struct task *)(UINT64_C(1) << 52));
}

static void timer_without_room(void)
{
    struct timers timers = {0};
    struct timer timer = {0};
    timers_add(&timers, &timer, 1);
}

static void task_ends_twice(void)
{
    join_finish(&task, JOIN_FINISHED);
    join_finish(&task, JOIN_FINISHED);
}

static void unblock_signals(struct job *job)
{
    sigset_t none;
    (void)job;
    sigemptyset(&none);
    pthread_sigmask(SIG_SETMASK, &none, NULL);
}

static void keep_job(struct job *job)
{
    (void)job;
}

static void helper_takes_signals(void)
{
    static struct job jobs[2];
    for (int i = 0; i < 2; i++) {
        job_init(&jobs[i], unblock_signals, keep_job);
        helper_start(&jobs[i], NULL);
        while (!job_is_done(&jobs[i]))
            usleep(1000);
        usleep(20000); /* the one helper waits for its next job */
    }
}

static void job_without_an_owner(void)
{
    struct job job;
    job_init(&job, unblock_signals, keep_job);
    job.owners = 0;
    job_release(&job);
}

static void packet_ends_beyond_its_file(void)
{
    struct trace_packet packet = {0};
    struct chunk chunk = {.packet = &packet, .used = 8192, .size = 4096};
    struct stream stream = {.current = &chunk};
    stream_commit(&stream);
}

static void record_larger_than_a_chunk(void)
{
    struct stream stream = {.current = NULL};
    struct chunk *pinned;
    stream_reserve(&stream, 1 << 20, TRACE_CALL, 1, 0, &pinned);
}

static void record_completed_twice(void)
{
    struct chunk chunk = {.open_records = 0};
    struct stream stream = {.current = &chunk};
    stream_release(&stream, &chunk);
}

static void nothing_to_do(void) {}

static void guard_trips_in_no_child(void)
{
    fork_guard_set(nothing_to_do);
    fork_guard_trip();
}

static void call_is_left_twice(void)
{
    struct call call = {.log = {.id = CALL_recv, .fd = 0}};
    call_enter(&call);
    call_leave_with(&call, 0, 0);
    call_leave_with(&call, 0, 0);
}

static void call_without_a_host_parks(void)
{
    struct call call = {.log = {.id = CALL_recv, .fd = 0}};
    call_enter(&call);
    call_wait(&call, NULL, 0, CLOCK_NEVER, INTERRUPT_NEVER);
}

static void call_is_refused_without_a_reason(void)
{
    struct call call = {.log = {.id = CALL_recv, .fd = 0}};
    call_enter(&call);
    call_refuse(&call, TRACE_REFUSAL_NONE, NULL);
}

static void call_that_waits_for_no_lock_insists(void)
{
    struct call call = {.log = {.id = CALL_recv, .fd = 0}};
    call_enter(&call);
    call_insist(&call, &host_native);
}

static void call_that_is_only_logged_parks(void)
{
    struct call call = {.log = {.id = CALL_system, .fd = -1}};
    call_enter(&call);
    call.host = &host_native;
    call_wait(&call, NULL, 0, CLOCK_NEVER, INTERRUPT_NEVER);
}

static void thread_at_its_end_parks(void)
{
    struct call call = {.log = {.id = CALL_recv, .fd = 0}};
    call_enter(&call);
    call.host = &host_native;
    this_thread.passing = true;
    call_run(&call, NULL);
}

static void handler_parks(void)
{
    uint64_t mark;
    struct call call = {.log = {.id = CALL_recv, .fd = 0}};
    this_thread.handler.strand = thread_strand(&this_thread);
    frame_put(&this_thread, &this_thread.handler.frame, &mark);
    call_enter(&call);
    call.host = &host_native;
    call_wait(&call, NULL, 0, CLOCK_NEVER, INTERRUPT_NEVER);
}

static bool is_its_own(enum call_id id, const void *caller)
{
    (void)id, (void)caller;
    return true;
}

static void own_call_of_a_host_parks(void)
{
    static const struct host owning = {.name = "owning", .is_own_call = is_its_own};
    const struct decision_subject subject = {.thread = &this_thread, .id = CALL_pthread_mutex_lock};
    const char *refuser;
    decision_at_wait(&subject, &owning, &refuser);
}

static void mutex_with_priorities_is_waited_for_parked(void)
{
    pthread_mutexattr_t attributes;
    pthread_mutex_t mutex;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT);
    pthread_mutex_init(&mutex, &attributes);
    struct call call = {.log = {.id = CALL_pthread_mutex_lock, .lock = &mutex}};
    call_enter(&call);
    lock_wait_begin(&call, &mutex);
}

static void fork_lets_go_what_it_does_not_hold(void)
{
    elf_release();
}

/* All places have the first runtime: that cannot be, and so the second one finds none. */
static void runtime_without_a_place(void)
{
    void *first = dlopen(FAKE_RUNTIME_1, RTLD_NOW), *second = dlopen(FAKE_RUNTIME_2, RTLD_NOW);
    void *function = first && second ? dlsym(first, "__cxa_get_globals") : NULL;
    for (unsigned i = 0; i < CXX_RUNTIMES; i++)
        *(void **)&cxx_runtimes.places[i] = function;
    cxx_runtimes_look(0);
}

static void owner_is_noted_where_nobody_parks(void)
{
    config.cooperative = false;
    lock_owner_add(&task, false);
}

static void fork_is_suspended_that_has_not_begun(void)
{
    forking_suspend();
}

static void wait_for_a_lock_ends_twice(void)
{
    struct call call = {.log = {.id = CALL_pthread_mutex_lock, .lock = &task}};
    call_enter(&call);
    struct lock_waiter *waiter = lock_wait_begin(&call, &task);
    lock_wait_end(waiter, true);
    lock_wait_end(waiter, true);
}

static const struct breach breaches[] = {
    {state_that_cannot_follow, "shim/task/internal.h"},
    {task_of_another_thread_parks, "shim/task/task.c"},
    {record_changes_its_scheduler, "shim/task/task_pool.c"},
    {handle_of_too_high_an_address, "shim/task/task_pool.c"},
    {timer_without_room, "shim/task/timers.c"},
    {task_ends_twice, "shim/task/join.c"},
    {helper_takes_signals, "shim/task/helper.c"},
    {job_without_an_owner, "shim/task/helper.c"},
    {packet_ends_beyond_its_file, "shim/log/stream.h"},
    {record_larger_than_a_chunk, "shim/log/stream.c"},
    {record_completed_twice, "shim/log/stream.h"},
    {guard_trips_in_no_child, "shim/sys/fork_guard.c"},
    {call_is_left_twice, "shim/call/call.c"},
    {call_without_a_host_parks, "shim/call/call.c"},
    {call_is_refused_without_a_reason, "shim/call/call.c"},
    {call_that_waits_for_no_lock_insists, "shim/call/call.c"},
    {call_that_is_only_logged_parks, "shim/call/call.c"},
    {thread_at_its_end_parks, "shim/call/call.c"},
    {handler_parks, "shim/call/call.c"},
    {own_call_of_a_host_parks, "shim/host/decision.c"},
    {mutex_with_priorities_is_waited_for_parked, "shim/call/lock_wait.c"},
    {fork_lets_go_what_it_does_not_hold, "shim/sys/elf.c"},
    {runtime_without_a_place, "shim/real/cxx.c"},
    {owner_is_noted_where_nobody_parks, "shim/call/lock_owner.c"},
    {fork_is_suspended_that_has_not_begun, "shim/call/forking.c"},
    {wait_for_a_lock_ends_twice, "shim/call/lock_wait.c"},
};
enum { BREACHES = sizeof breaches / sizeof *breaches };

START_TEST(breach_is_told_and_ends_the_process)
{
    breach_expect(&breaches[_i]);
}
END_TEST

SUITE("checks", EACH(breach_is_told_and_ends_the_process, BREACHES))
