#include "render/trust.h"

#include "render/paint.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { FALL_THROUGHS_SHOWN = 5 };

static void put_coverage(const struct blame *blame, FILE *out)
{
    if (blame->coverage_unknown)
        fputs("recording stopped before the end, so the time that was not seen is not known", out);
    else
        fprintf(out, "%s%.1f %% of the time off the CPU was in calls seen here",
                blame->cut ? "at most " : "", blame->coverage * 100);
}

/* Time in the run queue is off the CPU as well, and in no call. */
static void put_run_queue(const struct blame_trust *trust, FILE *out)
{
    char time[SECONDS_SIZE];
    if (trust->run_queue_known)
        fprintf(out, "; %s in the run queue", paint_seconds(time, trust->run_queue_s));
}

static void put_arrivals(const struct blame_trust *trust, FILE *out)
{
    char time[SECONDS_SIZE];
    if (trust->arrivals_early)
        fprintf(out, "; %" PRIu64 " of %" PRIu64 " answers came before they were read, known to %s",
                trust->arrivals_early, trust->arrivals,
                paint_seconds(time, trust->arrival_precision_s));
    if (trust->arrivals_unknown)
        fprintf(out, ", arrival time unknown for %" PRIu64, trust->arrivals_unknown);
}

static void put_coverage_and_losses(const struct report *report, FILE *out)
{
    const struct blame *blame = report->blame;
    fputs("trust: ", out);
    put_coverage(blame, out);
    fprintf(out, "; %" PRIu64 " event%s, %" PRIu64 " lost", blame->events,
            blame->events == 1 ? "" : "s", blame->lost);
    put_run_queue(&blame->trust, out);
    put_arrivals(&blame->trust, out);
}

static void put_rule(const struct report *report, FILE *out)
{
    if (report->blame->serialized_s > 0)
        fprintf(out, "rule: %s", blame_idle_rule);
}

static void put_fall_throughs(const struct report *report, FILE *out)
{
    const struct blame_trust *trust = &report->blame->trust;
    for (size_t i = 0; i < trust->fall_through_count && i < FALL_THROUGHS_SHOWN; i++)
        fprintf(out, "%s%.40s %" PRIu64,
                i ? ", " : "calls not made cooperative: ", trust->fall_throughs[i].reason,
                trust->fall_throughs[i].count);
}

static void put_unread_languages(const struct report *report, FILE *out)
{
    const struct model *model = report->model;
    for (size_t i = 0; i < model->process_count; i++) {
        const char *language = process_language(model->processes[i]);
        if (!language)
            continue;
        fprintf(out, "lines of %s are not read: stacks end in the interpreter's own functions",
                language);
        return;
    }
}

static bool was_counted(const struct model *model, const char *what)
{
    for (size_t i = 0; i < model->count_count; i++)
        if (!strcmp(model->counts[i].name, what))
            return true;
    return false;
}

/* What greq on and greq off leave unknown. */
static void put_part_of_life(const struct report *report, FILE *out)
{
    bool began_late = was_counted(report->model, "recording began late");
    bool was_ended = was_counted(report->model, "recording was ended");
    if (began_late)
        fputs("recording began while the process ran: of what it had done before (connections "
              "made, descriptors watched by epoll, locks taken, signal handlers installed, calls "
              "still in progress) nothing is known",
              out);
    if (was_ended)
        fprintf(out, "%srecording was ended while the process ran on", began_late ? "; " : "");
}

char *trust_line(const struct report *report, size_t line)
{
    static void (*const lines[TRUST_LINES])(const struct report *report, FILE *out) = {
        put_coverage_and_losses, put_rule, put_fall_throughs, put_unread_languages,
        put_part_of_life};
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        abort();
    lines[line](report, out);
    fclose(out);
    return text;
}
