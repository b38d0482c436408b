#include "call/initialiser.h"

#include "call/call.h"
#include "call/frame.h"
#include "sys/clock.h"
#include "task/task.h"

#include <stddef.h>
#include <string.h>

/* Who runs what in this thread; more at once are not told apart. */
#define MAX_OPEN 16

static __thread struct {
    unsigned count;
    struct {
        const void *control;
        const struct strand *strand;
    } entries[MAX_OPEN];
} open_here __attribute__((tls_model("initial-exec")));

/* Pauses between two looks grow from the first to the second value. */
#define FIRST_PAUSE   (NS_PER_MS / 10)
#define LONGEST_PAUSE (20 * NS_PER_MS)

/* ---- who runs what ---- */

static unsigned find(const void *control)
{
    unsigned place = open_here.count;
    while (place && open_here.entries[place - 1].control != control)
        place--;
    return place;
}

static void forget_at(unsigned place)
{
    open_here.count--;
    memmove(open_here.entries + place, open_here.entries + place + 1,
            (open_here.count - place) * sizeof *open_here.entries);
}

static void forget(const void *control)
{
    unsigned place = find(control);
    if (place)
        forget_at(place - 1);
}

/* Without room the oldest goes, which most likely was left. */
static void note(const void *control)
{
    forget(control);
    if (open_here.count == MAX_OPEN)
        forget_at(0);
    unsigned place = open_here.count++;
    open_here.entries[place].control = control;
    open_here.entries[place].strand = thread_strand(&this_thread);
}

/* A strand that runs none has left those that are noted of it by an exception or by siglongjmp. */
static void forget_left(struct strand *strand)
{
    if (!open_here.count || initialiser_is_running(strand))
        return;
    for (unsigned place = open_here.count; place-- > 0;)
        if (open_here.entries[place].strand == strand)
            forget_at(place);
}

/* ---- beginning and end ---- */

void initialiser_begin(struct initialiser *initialiser, const void *control)
{
    struct strand *strand = thread_strand(&this_thread);
    initialiser->control = control;
    forget_left(strand);
    initialiser->around = strand->initialiser;
    frame_put(&this_thread, &strand->initialiser, &initialiser->mark);
    note(control);
}

void initialiser_end(struct initialiser *initialiser)
{
    thread_strand(&this_thread)->initialiser = initialiser->around;
    forget(initialiser->control);
}

void initialiser_guard_begin(const void *guard, const void *frame)
{
    struct strand *strand = thread_strand(&this_thread);
    forget_left(strand);
    if (!strand->guards++)
        strand->guards_at = (uintptr_t)frame;
    note(guard);
}

void initialiser_guard_end(const void *guard)
{
    struct strand *strand = thread_strand(&this_thread);
    if (strand->guards)
        strand->guards--;
    forget(guard);
}

/* Whether a static variable is being initialised by a function that has not been left: what is
 * called there lies below. */
static bool is_in_guarded(struct strand *strand)
{
    if (strand->guards && (uintptr_t)__builtin_frame_address(0) > strand->guards_at)
        strand->guards = 0;
    return strand->guards;
}

bool initialiser_is_around(struct strand *strand)
{
    return (strand->initialiser.at && frame_is_around(&strand->initialiser)) ||
           is_in_guarded(strand);
}

/* ---- waiting ---- */

static bool is_another_strand_s(const void *control)
{
    unsigned place = find(control);
    return place && open_here.entries[place - 1].strand != thread_strand(&this_thread);
}

/* Who may park here; NULL: nobody. */
static const struct host *host_here(struct thread *thread)
{
    const struct host *host = call_in_handler(thread) ? NULL : host_current(thread);
    return host_is_switching(host, thread) ? NULL : host;
}

void initialiser_await_other(const void *control, bool (*is_open)(const void *control))
{
    struct thread *thread = &this_thread;
    uint64_t pause = FIRST_PAUSE;
    int saved_errno = errno;
    while (is_another_strand_s(control) && is_open(control)) {
        const struct host *host = host_here(thread);
        if (!host ||
            host->wait(thread, NULL, 0, clock_after(pause), INTERRUPT_NEVER) == WAKE_NO_HOST)
            break;
        pause = pause < LONGEST_PAUSE / 2 ? pause * 2 : LONGEST_PAUSE;
    }
    errno = saved_errno;
}
