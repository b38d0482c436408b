#include "account/schedule.h"

#include "base/memory.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static void remove_gaps(struct schedule *schedule, size_t first, size_t count)
{
    memmove(schedule->gaps + first, schedule->gaps + first + count,
            (schedule->count - first - count) * sizeof *schedule->gaps);
    schedule->count -= count;
}

static void insert_gap(struct schedule *schedule, size_t at, uint64_t begin, uint64_t end)
{
    if (schedule->count >= SCHEDULE_GAPS_MAX && at >= SCHEDULE_GAPS_MAX / 2) {
        remove_gaps(schedule, 0, SCHEDULE_GAPS_MAX / 2);
        at -= SCHEDULE_GAPS_MAX / 2;
    }
    schedule->gaps =
        memory_grow(schedule->gaps, schedule->count, &schedule->capacity, sizeof *schedule->gaps);
    memmove(schedule->gaps + at + 1, schedule->gaps + at,
            (schedule->count - at) * sizeof *schedule->gaps);
    schedule->gaps[at] = (struct gap){begin, end};
    schedule->count++;
}

static bool ends_after(const struct schedule *schedule, size_t number, uint64_t time)
{
    return schedule->gaps[number].end > time;
}

/* Work mostly goes on where the last was put. */
static size_t first_after(struct schedule *schedule, uint64_t time)
{
    size_t low = 0, high = schedule->count, latest = schedule->latest;
    if (latest < high && ends_after(schedule, latest, time) &&
        (!latest || !ends_after(schedule, latest - 1, time)))
        return latest;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (ends_after(schedule, middle, time))
            high = middle;
        else
            low = middle + 1;
    }
    return schedule->latest = low;
}

/* Uses a gap from `release` on, for `work` ns at most. Returns how much that was; `*next` becomes
 * the number of the gap that follows. */
static uint64_t use_gap(struct schedule *schedule, size_t number, uint64_t release, uint64_t work,
                        size_t *next)
{
    struct gap gap = schedule->gaps[number];
    uint64_t begin = release > gap.begin ? release : gap.begin;
    uint64_t used = gap.end - begin < work ? gap.end - begin : work;
    *next = number + 1;
    if (begin == gap.begin && begin + used == gap.end) {
        remove_gaps(schedule, number, 1);
        *next = number;
    } else if (begin == gap.begin) {
        schedule->gaps[number].begin = begin + used;
    } else {
        schedule->gaps[number].end = begin;
        if (begin + used < gap.end) /* then all is done */
            insert_gap(schedule, number + 1, begin + used, gap.end);
    }
    return used;
}

static uint64_t take_at_end(struct schedule *schedule, uint64_t release, uint64_t work)
{
    if (release > schedule->end)
        insert_gap(schedule, schedule->count, schedule->end, release);
    schedule->end = (release > schedule->end ? release : schedule->end) + work;
    return schedule->end;
}

uint64_t schedule_take(struct schedule *schedule, uint64_t release, uint64_t work)
{
    uint64_t done = release;
    if (!work)
        return release;
    if (release < schedule->end)
        for (size_t at = first_after(schedule, release); work && at < schedule->count;) {
            const struct gap gap = schedule->gaps[at];
            uint64_t used = use_gap(schedule, at, release, work, &at);
            done = (release > gap.begin ? release : gap.begin) + used;
            work -= used;
        }
    return work ? take_at_end(schedule, release, work) : done;
}

void schedule_finish(struct schedule *schedule)
{
    free(schedule->gaps);
    *schedule = (struct schedule){0};
}
