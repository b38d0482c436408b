#include "blame/serials.h"

#include "base/memory.h"
#include "model/model.h"
#include "model/process.h"
#include "model/site.h"

#include <stdlib.h>
#include <string.h>

/* The requests of one process to one peer from one site, as a part of those that look alike with
 * names. */
struct part {
    size_t sum; /* its number in the blame */
    const struct serial *serial;
};

/* Processes that ran side by side: the last of them ends the run. */
struct side_by_side {
    uint64_t end;     /* ns */
    uint64_t new_end; /* had each saved what it can */
};

static int compare(double a, double b)
{
    return (a > b) - (a < b);
}

/* --- what looks alike with names --- */

static size_t find(struct blame *blame, const char *host, const struct blamed_call *call)
{
    for (size_t i = 0; i < blame->serial_count; i++)
        if (blame->serials[i].call == call && !strcmp(blame->serials[i].host, host))
            return i;
    blame->serials[blame->serial_count] = (struct blame_serial){.host = host, .call = call};
    return blame->serial_count++;
}

static const char *text_of(const struct peer *peer)
{
    return peer->text ? peer->text : "other hosts";
}

static struct part add(struct blame *blame, const struct serial *serial)
{
    const char *host = text_of(serial->peer);
    size_t number = find(blame, host, blame_call_of(blame, serial->site));
    struct blame_serial *sum = &blame->serials[number];
    if (!sum->process)
        sum->process = serial->process;
    sum->requests += serial->requests;
    sum->waited_s += serial->waited / 1e9;
    if (sum->longest_s < serial->longest / 1e9)
        sum->longest_s = serial->longest / 1e9;
    return (struct part){number, serial};
}

/* --- what would be saved --- */

/* Those of a sum together, in the order in which their processes began. */
static int compare_parts(const void *left, const void *right)
{
    const struct part *a = left, *b = right;
    const struct process *x = a->serial->process, *y = b->serial->process;
    int order = compare(a->sum, b->sum);
    if (!order)
        order = compare(x->begun, y->begun);
    return order ? order : compare(x->number, y->number);
}

/* Adds a process to those that it ran side by side with. If it came after all of them, the others
 * are done with; returns what they would have saved. ns. */
static uint64_t add_process(struct side_by_side *group, const struct process *process,
                            uint64_t saved)
{
    uint64_t done = 0, new_end = process->end > saved ? process->end - saved : 0;
    if (process->begun >= group->end) {
        done = group->end - group->new_end;
        *group = (struct side_by_side){0};
    }
    group->end = process->end > group->end ? process->end : group->end;
    group->new_end = new_end > group->new_end ? new_end : group->new_end;
    return done;
}

static double saved_s(const struct part *parts, size_t count, size_t width)
{
    struct side_by_side group = {0};
    uint64_t all = 0, own = 0;
    for (size_t i = 0; i < count; i++) {
        const struct serial *serial = parts[i].serial;
        own += serial->worked + serial->waited - serial->runs[width].end;
        if (i + 1 < count && parts[i + 1].serial->process == serial->process)
            continue;
        all += add_process(&group, serial->process, own);
        own = 0;
    }
    return (all + group.end - group.new_end) / 1e9;
}

static size_t count_processes(const struct part *parts, size_t count)
{
    size_t processes = 0;
    for (size_t i = 0; i < count; i++)
        processes += !i || parts[i].serial->process != parts[i - 1].serial->process;
    return processes;
}

/* Whether they are processes of one request each, and each began when the one before was over: a
 * script that starts one after another. */
static bool is_row_of_processes(const struct part *parts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (parts[i].serial->requests != 1 ||
            (i && parts[i].serial->process->begun < parts[i - 1].serial->process->end))
            return false;
    return count > 1;
}

/* The same for such a row: all but what the requests waited stays in a row. */
static double saved_by_processes_s(const struct part *parts, size_t count, size_t width)
{
    uint64_t first = parts->serial->process->begun, last = first;
    struct serial_run run = {0};
    for (size_t i = 0; i < count; i++) {
        const struct process *process = parts[i].serial->process;
        uint64_t took = process->end - last, waited = parts[i].serial->waited;
        waited = waited < took ? waited : took;
        serial_run_add(&run, blame_widths[width], took - waited, waited);
        last = process->end;
    }
    return (last - first - run.end) / 1e9;
}

/* R16: whether a piece of the critical path is known to be none of a row's. */
static bool is_of_others(const struct model *model, const struct path_piece *piece,
                         const struct blame_serial *serial)
{
    if (piece->peer)
        return strcmp(text_of(piece->peer), serial->host) != 0;
    return piece->site && model->kinds[piece->site->function].traits & TRAIT_SLEEP;
}

/* R16: what the run has waited for others, or for what the program did itself, is saved by no row.
 * Of its short waits (R15) the path does not tell. */
static double most_saved_s(const struct model *model, const struct path *path,
                           const struct blame_serial *serial)
{
    uint64_t most = 0, shorts = serial->requests * TRACE_LONG_CALL_NS;
    for (size_t i = 0; i < path->count; i++) {
        const struct path_piece *piece = &path->pieces[i];
        if (piece->kind == PIECE_OWN)
            most += piece->spare < shorts ? piece->spare : shorts;
        else if (!is_of_others(model, piece, serial))
            most += piece->spare;
    }
    return most / 1e9;
}

/* Returns how many parts it has. */
static size_t estimate(struct blame *blame, const struct model *model, const struct part *parts,
                       size_t count, const struct path *path)
{
    struct blame_serial *sum = &blame->serials[parts->sum];
    size_t own = 1;
    while (own < count && parts[own].sum == parts->sum)
        own++;
    sum->processes = count_processes(parts, own);
    bool is_row = is_row_of_processes(parts, own);
    double most = most_saved_s(model, path, sum);
    for (size_t i = 0; i < BLAME_WIDTHS; i++) {
        double saved = is_row ? saved_by_processes_s(parts, own, i) : saved_s(parts, own, i);
        saved = saved < most ? saved : most;
        sum->wall_s[i] = saved < blame->wall_s ? blame->wall_s - saved : 0;
    }
    return own;
}

static int compare_serials(const void *left, const void *right)
{
    const struct blame_serial *a = left, *b = right;
    int order = compare(b->waited_s, a->waited_s);
    return order ? order : strcmp(a->host, b->host);
}

void serials_add(struct blame *blame, const struct model *model, const struct serials *serials,
                 const struct path *path)
{
    struct part *parts = memory_alloc(serials->count, sizeof *parts);
    size_t count = 0;
    blame->serials = memory_alloc(serials->count, sizeof *blame->serials);
    for (size_t i = 0; i < serials->count; i++)
        if (flights_of(serials->items[i]->process)->peak == 1 &&
            !pool_of_one(serials->items[i]->process))
            parts[count++] = add(blame, serials->items[i]);
    if (count)
        qsort(parts, count, sizeof *parts, compare_parts);
    for (size_t at = 0; at < count;)
        at += estimate(blame, model, parts + at, count - at, path);
    if (blame->serial_count)
        qsort(blame->serials, blame->serial_count, sizeof *blame->serials, compare_serials);
    free(parts);
}
