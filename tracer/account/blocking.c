/*
 * blocking.c: a thread has a list of its sites, the one that blocked it last first, and a site has
 * a ring of its calls.
 *
 *     one more call   where it goes; and when the ring is full, which of them nobody can still have
 *                     waited for
 *     who waited      how much of a stretch of time the calls took, and which of it is new
 */
#include "account/blocking.h"

#include "account/slots.h"
#include "base/map.h"
#include "base/memory.h"
#include "model/connection.h"
#include "model/process.h"
#include "model/site.h"
#include "model/thread.h"
#include "model/thresholds.h"

#include <stdlib.h>

/* Of a thread. */
struct blockings {
    struct blocking *first; /* the one that blocked it last */
    struct map by_site;
};

static struct blockings *list_of(struct thread *thread, enum blocked_by by)
{
    struct blockings *lists =
        kept_get(&thread->kept, SLOT_BLOCKING, BLOCKED_BY_COUNT * sizeof *lists);
    return &lists[by];
}

struct blocking *blocking_first(struct thread *thread, enum blocked_by by)
{
    return list_of(thread, by)->first;
}

/* It is not worth the while to look what can be forgotten of fewer than FORGET_FROM. */
enum { FIRST_CAPACITY = 4, FORGET_FROM = 256 };

static struct blocking_call *at(struct blocking *blocking, uint64_t number)
{
    return &blocking->calls[number & (blocking->capacity - 1)];
}

/* --- one more call --- */

static void grow(struct blocking *blocking)
{
    size_t capacity = blocking->capacity ? 2 * blocking->capacity : FIRST_CAPACITY;
    struct blocking_call *calls = memory_alloc(capacity, sizeof *calls);
    for (uint64_t number = blocking->oldest; number < blocking->begun; number++)
        calls[number & (capacity - 1)] = *at(blocking, number);
    free(blocking->calls);
    blocking->calls = calls;
    blocking->capacity = capacity;
}

/* Since when some connection may have waited, or UINT64_MAX. */
static uint64_t oldest_wait(const struct process *process)
{
    uint64_t oldest = UINT64_MAX;
    size_t position = 0;
    for (const struct connection *each; (each = map_next(&process->connections, &position));) {
        uint64_t since = connection_may_wait_since(each);
        if (since < oldest)
            oldest = since;
    }
    return oldest;
}

/* Forgets the calls that nobody can have waited behind any more, but for the last one. */
static void forget(struct blocking *blocking, const struct process *process)
{
    uint64_t number = blocking_first_after(blocking, oldest_wait(process));
    if (number == blocking->begun)
        number--;
    if (blocking->oldest < number)
        blocking->oldest = number;
}

static void make_room(struct blocking *blocking, const struct process *process)
{
    if (blocking->begun - blocking->oldest < blocking->capacity)
        return;
    if (blocking->capacity >= FORGET_FROM)
        forget(blocking, process);
    if (blocking->begun - blocking->oldest < blocking->capacity / 2)
        return;
    if (blocking->capacity < BLOCKING_CALLS_MAX)
        grow(blocking);
    else if (blocking->begun - blocking->oldest == blocking->capacity)
        blocking->oldest++;
}

static void unlink_blocking(struct blockings *list, struct blocking *blocking)
{
    if (blocking->next)
        blocking->next->previous = blocking->previous;
    if (blocking->previous)
        blocking->previous->next = blocking->next;
    else
        list->first = blocking->next;
}

static void put_first(struct blockings *list, struct blocking *blocking)
{
    blocking->previous = NULL;
    blocking->next = list->first;
    if (list->first)
        list->first->previous = blocking;
    list->first = blocking;
}

/* The site's calls on the thread, moved to the front. */
static struct blocking *find(struct blockings *list, struct site *site)
{
    struct blocking *found = map_get(&list->by_site, site->number);
    if (found) {
        unlink_blocking(list, found);
    } else {
        found = memory_alloc(1, sizeof *found);
        found->site = site;
        map_put(&list->by_site, site->number, found);
    }
    put_first(list, found);
    return found;
}

/* Time that is covered by a call of before is not counted twice: a signal handler may have made
 * this one inside of it. */
static uint64_t free_begin(const struct blocking *newest, const struct blocking_call *call)
{
    uint64_t last = newest ? blocking_end(newest) : 0;
    return call->begin > last ? call->begin : last;
}

struct blocking *blocking_add(struct thread *thread, enum blocked_by by, struct site *site,
                              const struct blocking_call *call)
{
    struct blockings *list = list_of(thread, by);
    uint64_t begin = free_begin(list->first, call);
    if (begin >= call->end)
        return NULL;
    struct blocking *blocking = find(list, site);
    uint64_t before = 0;
    if (blocking->begun) {
        const struct blocking_call *last = at(blocking, blocking->begun - 1);
        before = last->before + (last->end - last->begin);
    }
    make_room(blocking, thread->process);
    struct blocking_call *added = at(blocking, blocking->begun);
    *added = *call;
    added->begin = begin;
    added->before = before;
    added->waited = call->end;
    added->below = blocking->top;
    blocking->top = ++blocking->begun;
    return blocking;
}

/* --- who waited --- */

uint64_t blocking_first_after(const struct blocking *blocking, uint64_t time)
{
    uint64_t low = blocking->oldest, high = blocking->begun;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (blocking_call(blocking, middle)->end > time)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* ns of the site's calls that lie before a time. */
static uint64_t sum_before(const struct blocking *blocking, uint64_t time)
{
    uint64_t number = blocking_first_after(blocking, time);
    if (number == blocking->begun) {
        const struct blocking_call *last = blocking_call(blocking, number - 1);
        return last->before + (last->end - last->begin);
    }
    const struct blocking_call *call = blocking_call(blocking, number);
    return call->before + (time > call->begin ? time - call->begin : 0);
}

uint64_t blocking_overlap(const struct blocking *blocking, uint64_t begin, uint64_t end)
{
    return end > begin ? sum_before(blocking, end) - sum_before(blocking, begin) : 0;
}

/* Where the number + 1 stands of the last call before a time that not all of was waited for. */
static uint64_t *top_before(struct blocking *blocking, uint64_t time)
{
    uint64_t *top = &blocking->top;
    while (*top > blocking->oldest && at(blocking, *top - 1)->begin >= time)
        top = &at(blocking, *top - 1)->below;
    return top;
}

bool blocking_cover(struct blocking *blocking, uint64_t since, uint64_t until, uint64_t *begin,
                    uint64_t *end)
{
    uint64_t *top = top_before(blocking, until);
    while (*top > blocking->oldest) {
        struct blocking_call *call = at(blocking, *top - 1);
        if (call->end <= since)
            return false;
        *begin = since > call->begin ? since : call->begin;
        *end = call->waited;
        if (*begin == call->begin) /* all of it */
            *top = call->below;
        else if (call->waited <= *begin)
            return false;
        if (call->waited > *begin)
            call->waited = *begin;
        if (*end > *begin)
            return true;
    }
    return false;
}

static void release(struct blockings *list)
{
    for (struct blocking *each = list->first, *next; each; each = next) {
        next = each->next;
        free(each->calls);
        free(each);
    }
    map_clear(&list->by_site);
    list->first = NULL;
}

void blocking_release(struct thread *thread)
{
    for (enum blocked_by by = 0; by < BLOCKED_BY_COUNT; by++)
        release(list_of(thread, by));
}
