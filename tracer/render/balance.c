#include "render/balance.h"

#include "blame/finding.h"
#include "render/paint.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* A smaller part is left out. */
#define WORTH_TELLING 0.005

/* --- where the time went --- */

static void put_part(FILE *out, const char **separator, double part, double all, const char *what)
{
    if (part < all * WORTH_TELLING || part <= 0)
        return;
    fprintf(out, "%s%.0f %% %s", *separator, part / all * 100, what);
    *separator = ", ";
}

static void put_balance(const struct blame *blame, FILE *out)
{
    const struct blame_trust *trust = &blame->trust;
    const char *separator = ": ";
    char time[SECONDS_SIZE];
    double all = trust->thread_s;
    fputs(paint_seconds(time, trust->threads == 1 ? blame->wall_s : all), out);
    if (trust->threads != 1)
        fprintf(out, " of %" PRIu64 " threads", trust->threads);
    put_part(out, &separator, trust->seen_s - trust->idle_s, all, "waiting in calls");
    put_part(out, &separator, trust->idle_s, all, "idle in a loop");
    put_part(out, &separator, trust->cpu_s, all, "computing");
    put_part(out, &separator, trust->run_queue_s, all, "waiting for a processor");
    put_part(out, &separator, trust->unseen_s, all, "not seen");
    put_part(out, &separator, trust->not_known_s, all, "not known");
}

/* --- where it was not seen --- */

static void put_edge(const struct model *model, const struct gap_edge *edge, const char *other,
                     bool has_own_fd, FILE *out)
{
    fputs(edge->is_call ? model_function(model, edge->function) : other, out);
    if (has_own_fd && edge->is_call && edge->fd >= 0)
        fprintf(out, " of fd %d", edge->fd);
}

static void put_place(const struct model *model, const struct gap_place *place, FILE *out)
{
    if (!place->after.is_call && !place->before.is_call) {
        fprintf(out, ", in thread %" PRIu32 " of process %" PRIu32 ", which made no call",
                place->thread->number, place->thread->process->pid);
        return;
    }
    fputs(", between ", out);
    put_edge(model, &place->after, "the thread's begin", place->after.fd != place->before.fd, out);
    fputs(" and ", out);
    put_edge(model, &place->before, "the thread's end", true, out);
}

/* T13: had it been one call, that would be no finding. */
static bool is_noise(const struct blame *blame)
{
    double missing_s = blame->trust.unseen_s + blame->trust.not_known_s;
    return !blame->coverage_unknown && missing_s < finding_noise(blame);
}

static void put_doubt(const struct report *report, FILE *out)
{
    const struct blame *blame = report->blame;
    const struct blame_trust *trust = &blame->trust;
    const struct gap_place *place = gaps_longest(&report->accounts->gaps);
    char unseen[SECONDS_SIZE], all[SECONDS_SIZE];
    if (blame->coverage >= 0.95 || is_noise(blame))
        return;
    if (trust->unseen_s < trust->not_known_s) {
        fprintf(out, "nobody counted %s of the threads' time, at their end",
                paint_seconds(unseen, trust->not_known_s));
        return;
    }
    fprintf(out, "%s of %s off the CPU were in calls that greq does not see",
            paint_seconds(unseen, trust->unseen_s), paint_seconds(all, trust->off_cpu_s));
    if (place)
        put_place(report->model, place, out);
}

/* --- texts --- */

static FILE *open_text(char **text, size_t *size)
{
    FILE *out = open_memstream(text, size);
    if (!out)
        abort();
    return out;
}

char *balance_text(const struct report *report)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_text(&text, &size);
    put_balance(report->blame, out);
    fclose(out);
    return text;
}

char *balance_doubt(const struct report *report)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_text(&text, &size);
    put_doubt(report, out);
    fclose(out);
    return text;
}
