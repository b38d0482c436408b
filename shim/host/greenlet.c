/*
 * The greenlet host. What needs Python is in greenlet_py/, in the words of gevent and eventlet;
 * here is what surrounds it: the GIL, and whatever belongs to a greenlet but is kept per thread.
 *
 * greenlet copies the used part of the C stack away while others run, so nothing that anybody else
 * may touch in that time lies on the stack.
 *
 * Divisions: is there a hub; one wait; jobs; whose call it is, and may it be parked; close; ends.
 *
 * A thread that made an epoll descriptor, in a process that has Python and the greenlet module, may
 * have a hub: its calls that would block ask for the GIL, and greenlet_py/ says whether there is
 * one and whether the caller is another greenlet. So a program without greenlets pays nothing, and
 * no import is watched. The Python code is loaded then: compiling it takes some milliseconds, and
 * an RLock that was taken before is not counted. The interpreter's own select.epoll has no GIL
 * there, and waits for it. The price: hubs that poll without epoll (EVENTLET_HUB=poll) are not
 * found.
 *
 * A greenlet gives way only where threads already could: not where C code waits with the GIL, for
 * code with static buffers relies on it that no thread runs Python meanwhile
 * (Quansight-Labs/free-threaded-compatibility #339, jampp/sharedbuffers #63); nor in a running loop
 * of asyncio or trio, which is the thread's (gfmio/asyncio-gevent #12, #16).
 *
 * A wait asks for O_NONBLOCK and SO_RCVTIMEO each time, unlike a task's (sys/own_socket.h). What
 * was found out once holds only while the number names the same file, and nobody here would notice
 * in time that it names another one: the registration is the hub's, which makes it anew for each
 * wait and keeps to itself what the kernel says. To look again after 10 ms would be a timer of the
 * hub's for each wait, Python code that costs more than the two calls. To compare SO_COOKIE would
 * be one call in place of two, and one more for each socket's first wait.
 *
 * The strand's state and its belongings lie on the greenlet's stack while others run. A Python
 * exception on its way is put aside before any Python code runs.
 *
 * The greenlet that forked makes real calls in the child, until the program has let its hub or
 * another greenlet run there: the hub is a copy, and waiting through it would let the copies of all
 * other greenlets go on.
 *
 * An embedder may end its interpreter and begin another one, where the first one's objects are of
 * no use: there all calls are real.
 */
#include "config/config.h"
#include "host/asyncio.h"
#include "host/greenlet_module.h"
#include "host/host.h"
#include "host/refusal.h"
#include "host/stack_check.h"
#include "python/greenlets.h"
#include "python/python.h"
#include "python/stack.h"
#include "real/belongings.h"
#include "sys/clock.h"
#include "sys/fork_guard.h"
#include "sys/kernel.h"
#include "sys/own_fd.h"
#include "sys/table.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

static uint64_t wait_count;

/* Of the thread's hub, once known; else -1. */
static __thread int hub_epoll __attribute__((tls_model("initial-exec"))) = -1;

/* Whether other code than the interpreter has made an epoll descriptor of the thread: then the hub
 * is gevent's, and what waits in the interpreter's own module is another loop, in a greenlet. */
static __thread bool hub_is_native __attribute__((tls_model("initial-exec")));

/* How many wait for descriptors of the same number modulo SLOTS, and in all: closing any other
 * descriptor is cheap. So many that of thousands of connections each has its own. */
enum { SLOTS = 1 << 16 };
static TABLE uint32_t waiting[SLOTS];
static uint32_t waiting_in_all;

/* ---- is there a hub? ---- */

static void take_up(const struct python *python)
{
    if (greenlet_module_load(python) && config.asyncio)
        greenlet_module_call(python, greenlet_module.load, NULL, 0, FLAG_TO_THE_END);
    if (config.asyncio && !greenlet_module.none)
        asyncio_lacks_greenlet();
    python->PyErr_Clear();
}

/* Before there is anything to wait for: locks are counted from here on. Where the interpreter
 * itself makes the descriptor it has given up the GIL, and takes it again next. */
static void load_early(const void *caller)
{
    struct python_gil gil;
    if (!config.cooperative || (greenlet_module.none && !config.asyncio) ||
        !python_enter(&gil, python_is_caller(caller) ? PYTHON_WAIT : PYTHON_IF_FREE))
        return;
    take_up(gil.python);
    python_leave(&gil);
}

/* Whether one of these lines is about a file of eventlet's; it may be relative. */
static bool is_in_eventlet(const char *frames)
{
    const char *found = frames;
    while ((found = strstr(found, "eventlet/")) && found > frames && !strchr("/\n", found[-1]))
        found++;
    return found;
}

/* A program that is only recorded is not asked for its hub later, and many that have no greenlets
 * load the module, as by SQLAlchemy: there what the interpreter itself makes is eventlet's hub or
 * another loop. */
static bool may_be_hubs(const void *caller)
{
    char frames[1024];
    return config.cooperative || !python_is_caller(caller) ||
           (python_stack(frames, sizeof frames, NULL, PYTHON_WAIT) && is_in_eventlet(frames));
}

/* Where greenlets are loaded it is a hub's epoll descriptor, or that of one to come; a thread that
 * never made any has none. */
static void greenlet_note_loop(struct thread *thread, const void *caller)
{
    const struct python *python = python_find();
    hub_epoll = -1;
    if (greenlet_module_is_over() || !python || (!asyncio_is_wanted(python) && !greenlets_find()))
        return;
    load_early(caller);
    if (!greenlets_find() || !may_be_hubs(caller))
        return;
    host_adopt(thread, &host_greenlet);
    hub_is_native |= !python_is_caller(caller);
}

static uint64_t greenlet_count_waits(void)
{
    return __atomic_load_n(&wait_count, __ATOMIC_RELAXED);
}

/* ---- one wait ---- */

static PyObject *seconds_until(const struct python *python, uint64_t deadline)
{
    uint64_t now = clock_now();
    double left = deadline > now ? (double)(deadline - now) / (double)NS_PER_SECOND : 0;
    return python->PyFloat_FromDouble(left);
}

static PyObject *descriptors_of(const struct python *python, const struct pollfd *set, size_t count)
{
    PyObject *tuple = python->PyTuple_New((ssize_t)count);
    for (size_t i = 0; tuple && i < count; i++)
        python->PyTuple_SetItem(tuple, (ssize_t)i, python->PyLong_FromLong(set[i].fd));
    return tuple;
}

struct wait {
    const struct python *python;
    const struct pollfd *set;
    size_t count;
    uint64_t deadline; /* ns */
    enum interruption interruption;
    bool for_lock, insists;
};

/* Not in greenlet_py/: its own code would be interrupted. */
static enum greenlet_code interrupt(const struct python *python, int signal)
{
    if (!python->PyErr_SetInterruptEx)
        return CODE_CANCELLED;
    python->PyErr_SetInterruptEx(signal);
    return CODE_INTERRUPTED;
}

/* `is_set`: the descriptor stands for the whole set. */
static enum greenlet_code wait_in_hub(const struct wait *wait, int fd, int events, bool is_set)
{
    const struct python *python = wait->python;
    if (wait->interruption == INTERRUPT_NEVER)
        events |= FLAG_TO_THE_END;
    if (wait->for_lock)
        events |= FLAG_FOR_LOCK;
    if (wait->insists)
        events |= FLAG_INSISTS;
    PyObject *arguments[] = {
        python->PyLong_FromLong(fd),
        python->PyLong_FromLong(events),
        wait->deadline == CLOCK_NEVER ? greenlet_module.none
                                      : seconds_until(python, wait->deadline),
        is_set ? descriptors_of(python, wait->set, wait->count) : greenlet_module.none,
    };
    long answer = greenlet_module_call(python, python->PyList_GetItem(greenlet_module.entry, 0),
                                       arguments, sizeof arguments / sizeof *arguments, events);
    if (answer < 0)
        return CODE_FAILED;
    if (answer >> 8)
        return interrupt(python, (int)(answer >> 8));
    return (enum greenlet_code)answer;
}

/* All that the set wants to know of a descriptor, which may be in it several times. */
static uint32_t events_of(const struct pollfd *set, size_t count, int fd)
{
    uint32_t events = 0;
    for (size_t i = 0; i < count; i++)
        events |= set[i].fd == fd ? (uint16_t)set[i].events : 0;
    return events;
}

static int add_to_epoll(int epoll, const struct pollfd *set, size_t count, size_t which)
{
    int fd = set[which].fd;
    struct epoll_event event = {.events = (uint16_t)set[which].events};
    int result = (int)KERNEL(epoll_ctl, epoll, EPOLL_CTL_ADD, fd, &event);
    if (result == 0 || errno != EEXIST)
        return result;
    event.events = events_of(set, count, fd);
    return (int)KERNEL(epoll_ctl, epoll, EPOLL_CTL_MOD, fd, &event);
}

/* The hub waits for one descriptor at a time: one that is readable when any of the set is ready. A
 * program that closes all it does not know must not close it, and find its next file closed by us.
 * Returns -1 when it cannot be had. */
static int make_epoll(const struct pollfd *set, size_t count)
{
    int epoll = own_fd_adopt((int)KERNEL(epoll_create1, EPOLL_CLOEXEC));
    for (size_t i = 0; epoll >= 0 && i < count; i++)
        if (set[i].fd >= 0 && add_to_epoll(epoll, set, count, i) != 0) {
            own_fd_close(epoll);
            return -1;
        }
    return epoll;
}

static enum greenlet_code wait_by_epoll(const struct wait *wait)
{
    int epoll = make_epoll(wait->set, wait->count);
    if (epoll < 0)
        return CODE_FAILED;
    enum greenlet_code code = wait_in_hub(wait, epoll, FLAG_READ, true);
    own_fd_close(epoll);
    return code;
}

static enum greenlet_code wait_for_set(const struct wait *wait)
{
    const struct pollfd *only = wait->set;
    if (!wait->count)
        return wait_in_hub(wait, -1, 0, false);
    if (wait->count == 1 && only->fd >= 0 && only->events &&
        !(only->events & ~(POLLIN | POLLOUT))) {
        int events =
            (only->events & POLLIN ? FLAG_READ : 0) | (only->events & POLLOUT ? FLAG_WRITE : 0);
        enum greenlet_code code = wait_in_hub(wait, only->fd, events, false);
        if (code != CODE_NEEDS_EPOLL)
            return code;
    }
    return wait_by_epoll(wait);
}

static void count_waiting(const struct wait *wait, uint32_t change)
{
    for (size_t i = 0; i < wait->count; i++)
        __atomic_fetch_add(&waiting[(unsigned)wait->set[i].fd % SLOTS], change, __ATOMIC_RELAXED);
    __atomic_fetch_add(&waiting_in_all, change, __ATOMIC_RELAXED);
}

static enum greenlet_code wait_counted(const struct wait *wait)
{
    count_waiting(wait, 1);
    enum greenlet_code code = wait_for_set(wait);
    count_waiting(wait, (uint32_t)-1);
    return code == CODE_NO_HUB ? (enum greenlet_code)greenlet_module_call(
                                     wait->python, greenlet_module.load, NULL, 0, FLAG_TO_THE_END)
                               : code;
}

/* What the thread has that belongs to the greenlet. */
struct possessions {
    struct strand strand;
    struct belongings belongings;
};

static void take_possessions(struct thread *thread, struct possessions *possessions)
{
    struct strand *strand = thread_strand(thread);
    belongings_take(&possessions->belongings);
    possessions->strand = *strand;
    *strand = (struct strand){0};
}

static void put_back(struct thread *thread, struct possessions *possessions)
{
    struct strand *strand = thread_strand(thread);
    void *host_result = strand->host_result;
    *strand = possessions->strand;
    /* That stays the thread's, as a result of the last call that made one. */
    if (!strand->host_result)
        strand->host_result = host_result;
    belongings_put(&possessions->belongings);
}

/* As host->wait returns it. */
static enum wake outcome_of(struct thread *thread, enum greenlet_code code, const struct wait *wait)
{
    switch (code) {
    case CODE_NO_HUB:
        return refuse(thread, TRACE_REFUSAL_NO_HUB, NULL);
    case CODE_IN_HUB:
        /* If this was its epoll_wait, the next one need not ask. */
        hub_epoll = wait->count == 1 ? wait->set->fd : -1;
        return refuse(thread, TRACE_REFUSAL_IN_HUB, NULL);
    case CODE_EXCLUSIVE:
        return refuse(thread, TRACE_REFUSAL_EXCLUSIVE, NULL);
    case CODE_NO_SWITCH:
        return refuse(thread, TRACE_REFUSAL_NO_SWITCH, NULL);
    case CODE_RUNTIME_LOOP:
        return refuse(thread, TRACE_REFUSAL_RUNTIME_LOOP, NULL);
    case CODE_FORKED:
        return refuse(thread, TRACE_REFUSAL_FORKED, NULL);
    case CODE_FAILED:
    case CODE_NEEDS_EPOLL:
        return refuse(thread, TRACE_REFUSAL_FAILED, NULL);
    case CODE_TIMED_OUT:
        /* The hub's clock may be ahead of ours. */
        return clock_now() >= wait->deadline ? WAKE_TIMED_OUT : WAKE_RETRY;
    case CODE_CLOSED:
        return WAKE_CLOSED;
    case CODE_INTERRUPTED:
        return WAKE_SIGNALLED;
    case CODE_CANCELLED:
        return WAKE_CANCELLED;
    case CODE_READY:
        break;
    }
    return WAKE_RETRY;
}

/* gevent and eventlet leave them alone as well: the interpreter's own buffers in front of them
 * refuse a second greenlet of the same thread while one is in there. */
static bool is_standard_stream(const struct pollfd *set, size_t count)
{
    return count == 1 && set->fd >= 0 && set->fd <= STDERR_FILENO;
}

static enum wake greenlet_wait(struct thread *thread, const struct pollfd *set, size_t count,
                               uint64_t deadline, enum interruption interruption)
{
    struct python_gil gil;
    struct possessions possessions;
    enum greenlet_code code = CODE_FAILED;
    if (is_standard_stream(set, count))
        return refuse(thread, TRACE_REFUSAL_STANDARD_STREAM, NULL);
    if (greenlet_module_is_over() || !python_enter(&gil, PYTHON_WAIT))
        return refuse(thread, TRACE_REFUSAL_NO_INTERPRETER, NULL);
    struct wait wait = {gil.python,
                        set,
                        count,
                        deadline,
                        interruption,
                        thread_strand(thread)->waits_for_lock,
                        thread_strand(thread)->insists};
    take_possessions(thread, &possessions);
    if (greenlet_module_load(gil.python))
        code = wait_counted(&wait);
    put_back(thread, &possessions);
    python_leave(&gil);
    if (code <= CODE_CANCELLED && code >= CODE_READY)
        __atomic_fetch_add(&wait_count, 1, __ATOMIC_RELAXED);
    return outcome_of(thread, code, &wait);
}

/* ---- jobs ---- */

static enum wake greenlet_run(struct thread *thread, struct job *job)
{
    return host_run_by_waiting(&host_greenlet, thread, job);
}

/* ---- whose call it is, and may it be parked ---- */

static uint32_t greenlet_number(struct thread *thread)
{
    struct python_gil gil;
    long number = 0;
    (void)thread;
    if (greenlet_module_is_over() || !python_enter(&gil, PYTHON_WAIT))
        return 0;
    if (greenlet_module_load(gil.python))
        number = greenlet_module_call(gil.python, greenlet_module.number, NULL, 0, FLAG_TO_THE_END);
    python_leave(&gil);
    return number > 0 ? (uint32_t)number : 0;
}

/* Which epoll descriptor is the hub's is known when it has tried once. Where it does not try, its
 * caller tells. */
static bool greenlet_is_own_wait(const struct thread *thread, enum call_id id, int fd,
                                 const void *caller)
{
    if (call_role(id) != ROLE_EPOLL)
        return false;
    if (config.patched[id])
        return thread->host && hub_epoll == fd;
    return !hub_is_native || !python_is_caller(caller);
}

/*
 * The interpreter's own lock is a mutex and a condition. Who waits for it cannot switch greenlets,
 * which needs it. (threading.Lock is a semaphore.)
 */
static bool greenlet_is_own_call(enum call_id id, const void *caller)
{
    return call_infos[id].family == FAMILY_lock && call_role(id) != ROLE_SEM &&
           python_is_caller(caller);
}

static enum trace_refusal greenlet_refusal(const char **refuser)
{
    return python_holds_gil() && !stack_is_allowed(refuser) ? TRACE_REFUSAL_HOLDS_GIL
                                                            : TRACE_REFUSAL_NONE;
}

/* ---- close ---- */

static bool may_be_waited_for(unsigned first, unsigned last)
{
    bool found = false;
    if (!__atomic_load_n(&waiting_in_all, __ATOMIC_RELAXED))
        return false;
    for (unsigned i = 0; i < SLOTS && i <= last - first && !found; i++)
        found = __atomic_load_n(&waiting[(first + i) % SLOTS], __ATOMIC_RELAXED);
    return found;
}

static void greenlet_closing(unsigned first, unsigned last)
{
    struct python_gil gil;
    int saved_errno = errno;
    if (first > last || thread_in_handler(&this_thread) || !may_be_waited_for(first, last) ||
        fork_guard_is_vfork_child())
        return;
    if (python_enter(&gil, PYTHON_WAIT)) {
        PyObject *arguments[] = {gil.python->PyLong_FromLong((long)first),
                                 gil.python->PyLong_FromLong((long)last)};
        greenlet_module_call(gil.python, greenlet_module.closing, arguments, 2, FLAG_TO_THE_END);
        python_leave(&gil);
    }
    errno = saved_errno;
}

/* ---- ends ---- */

/*
 * CPython before 3.14 ends a daemon thread that wants the GIL while the interpreter is being
 * finalized. A thread with a hub would end in the hub's greenlet, or in that of whoever waits in
 * it, where a thread without the shim sleeps in its main greenlet. greenlet's destructors do not
 * expect that, and the interpreter's last garbage collection finds what they left. So such a thread
 * stays, as from 3.14 on all do: it ends with the process, which does not wait for it.
 */
static bool greenlet_keeps_thread(const struct thread *thread, const void *caller)
{
    return thread->host == &host_greenlet && python_is_finalizing() && python_is_caller(caller);
}

const struct host host_greenlet = {
    .name = "greenlet",
    .wait = greenlet_wait,
    .run = greenlet_run,
    .number = greenlet_number,
    .is_own_wait = greenlet_is_own_wait,
    .is_own_call = greenlet_is_own_call,
    .refusal = greenlet_refusal,
    .begins_stacks = greenlets_are_in,
    .note_loop = greenlet_note_loop,
    .closing = greenlet_closing,
    .keeps_thread = greenlet_keeps_thread,
    .begin = asyncio_begin,
    .end = asyncio_end,
    .count_waits = greenlet_count_waits,
    .one = "a greenlet",
    .several = "greenlets",
};
