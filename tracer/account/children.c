/*
 * children.c: from the ends that parents waited for to limits.
 *
 *     what a child is    what exec made of it counts as well, and what it has waited for itself
 *     one parent         its children of one program in the order of their times, as if they were
 *                        requests: steps of several programs may need each other
 *     a limit            the same rules as of a pool's requests; and they must have waited
 */
#include "account/children.h"

#include "account/balance.h"
#include "base/memory.h"
#include "model/model.h"
#include "model/process.h"
#include "model/thread.h"
#include "model/thresholds.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { GENERATIONS_MAX = 64 }; /* of children's children that are looked at */

/* --- what a child is --- */

/* Of a process. */
struct used {
    uint64_t busy; /* ns that it and its children used a processor, or stood in line for one */
    bool is_unknown;
};

/* NULL: nobody is known to have waited for it. */
static const struct process *parent_of(const struct process *process)
{
    return process->reaper ? process->reaper->process : NULL;
}

static const struct process *before_exec(const struct model *model, const struct process *process)
{
    const struct process *before = model_before_exec(model, process);
    return before && before->fate == FATE_REPLACED ? before : NULL;
}

static uint64_t begin_of(const struct model *model, const struct process *process)
{
    for (const struct process *before; (before = before_exec(model, process));)
        process = before;
    return process->begun;
}

static struct used use_of(const struct process *process)
{
    struct used used = {process->cpu, !process->cpu && process->fate != FATE_REPLACED};
    for (struct thread *each = process->threads; each; each = each->next)
        used.busy += balance_of(each)->run_queue;
    return used;
}

/* A child's use is also its parent's, and that one's. */
static struct used *uses_of_all(const struct model *model)
{
    struct used *uses = memory_alloc(model->process_count, sizeof *uses);
    for (size_t i = 0; i < model->process_count; i++) {
        struct used own = use_of(model->processes[i]);
        const struct process *each = model->processes[i];
        for (unsigned depth = 0; each && depth < GENERATIONS_MAX; depth++, each = parent_of(each)) {
            uses[each->number].busy += own.busy;
            uses[each->number].is_unknown |= own.is_unknown;
        }
    }
    return uses;
}

/* Who is killed may have been kept running for as long as there was work, who accepts connections
 * serves others, and a fork of its parent may be a worker that is given jobs: none is one job. */
static bool is_job(const struct process *child)
{
    return child->fate == FATE_EXITED && !child->accepted_most && !child->parent;
}

/* --- one parent --- */

struct change {
    uint64_t time;
    bool is_end;
};

/* A place is free before it is taken. */
static int compare_changes(const void *a, const void *b)
{
    const struct change *one = a, *other = b;
    if (one->time != other->time)
        return one->time < other->time ? -1 : 1;
    return other->is_end - one->is_end;
}

/* The begin and the end of each. */
static struct change *changes_of(const struct model *model, const struct process *const *children,
                                 size_t count)
{
    struct change *changes = memory_alloc(2 * count, sizeof *changes);
    for (size_t i = 0; i < count; i++) {
        changes[2 * i] = (struct change){begin_of(model, children[i]), false};
        changes[2 * i + 1] = (struct change){children[i]->reaped, true};
    }
    qsort(changes, 2 * count, sizeof *changes, compare_changes);
    return changes;
}

/* Whoever waits for all before it starts the next ones has no limit (P10). */
static void add_children(struct concurrency *running, const struct model *model,
                         const struct process *const *children, size_t count)
{
    struct change *changes = changes_of(model, children, count);
    for (size_t i = 0; i < 2 * count; i++)
        concurrency_add(running, &(struct flight_change){.time = changes[i].time,
                                                         .change = changes[i].is_end ? -1 : 1,
                                                         .given = UINT64_MAX});
    concurrency_finish(running);
    free(changes);
}

/* --- a limit --- */

static bool are_jobs(const struct process *const *children, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!is_job(children[i]))
            return false;
    return true;
}

/* As long as the longest, and all that they and theirs computed, one after another. */
static bool take_at_once(const struct model *model, const struct used *uses,
                         const struct process *const *children, size_t count, uint64_t *time)
{
    uint64_t longest = 0, busy = 0;
    for (size_t i = 0; i < count; i++) {
        const struct used *use = &uses[children[i]->number];
        uint64_t took = children[i]->end - begin_of(model, children[i]);
        if (use->is_unknown)
            return false;
        longest = took > longest ? took : longest;
        busy += use->busy;
    }
    *time = longest + busy;
    return true;
}

static bool is_limit(const struct child_limit *limit)
{
    const struct concurrency *running = &limit->running;
    return limit->limit && running->batches <= running->refills &&
           running->busy - limit->all_at_once >= SERIAL_SAVED_SHARE * running->busy;
}

/* Of one program, and whose turns may depend on each other. */
static void account_group(struct children *all, const struct model *model, const struct used *uses,
                          const struct process *const *children, size_t count)
{
    struct child_limit limit = {.parent = parent_of(children[0]),
                                .program = process_file_name(children[0]),
                                .count = count};
    if (!are_jobs(children, count) ||
        !take_at_once(model, uses, children, count, &limit.all_at_once))
        return;
    add_children(&limit.running, model, children, count);
    limit.limit = concurrency_pool_limit(&limit.running);
    if (!is_limit(&limit))
        return;
    all->items = memory_grow(all->items, all->count, &all->capacity, sizeof *all->items);
    all->items[all->count++] = limit;
}

/* --- the account --- */

/* Those of one process that run the same program. */
static int compare_groups(const struct process *one, const struct process *other)
{
    const struct process *parent = parent_of(one), *of_other = parent_of(other);
    if (parent != of_other)
        return parent->number < of_other->number ? -1 : 1;
    return strcmp(process_file_name(one), process_file_name(other));
}

static int compare(const void *a, const void *b)
{
    const struct process *one = *(const struct process *const *)a;
    const struct process *other = *(const struct process *const *)b;
    int order = compare_groups(one, other);
    if (order)
        return order;
    return (one->reaper->number > other->reaper->number) -
           (one->reaper->number < other->reaper->number);
}

/* How many of the first are one thread's. */
static size_t count_of_thread(const struct process *const *children, size_t count)
{
    size_t same = 1;
    while (same < count && children[same]->reaper == children[0]->reaper)
        same++;
    return same;
}

/* Threads that wait for one after another have rows of their own. */
static bool has_each_a_thread(const struct process *const *children, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (children[i]->reaper == children[i - 1]->reaper)
            return false;
    return true;
}

static void account_threads(struct children *all, const struct model *model,
                            const struct used *uses, const struct process *const *children,
                            size_t count)
{
    if (has_each_a_thread(children, count)) {
        account_group(all, model, uses, children, count);
        return;
    }
    for (size_t first = 0, own; first < count; first += own) {
        own = count_of_thread(children + first, count - first);
        account_group(all, model, uses, children + first, own);
    }
}

/* Those whose ends were waited for, sorted. The caller's to free. */
static const struct process **find_children(const struct model *model, size_t *count)
{
    const struct process **found = memory_alloc(model->process_count + 1, sizeof *found);
    *count = 0;
    for (size_t i = 0; i < model->process_count; i++)
        if (model->processes[i]->reaper)
            found[(*count)++] = model->processes[i];
    qsort(found, *count, sizeof *found, compare);
    return found;
}

void children_account(struct children *children, const struct model *model)
{
    size_t count;
    const struct process **all = find_children(model, &count);
    struct used *uses = uses_of_all(model);
    *children = (struct children){0};
    for (size_t first = 0, next; first < count; first = next) {
        for (next = first + 1; next < count && compare_groups(all[next], all[first]) == 0;)
            next++;
        account_threads(children, model, uses, all + first, next - first);
    }
    free(uses);
    free(all);
}

void children_finish(struct children *children)
{
    free(children->items);
    *children = (struct children){0};
}
