#include "render/headline.h"

#include "base/memory.h"
#include "render/balance.h"
#include "render/paint.h"
#include "render/sentence.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* An estimate nearer than this to what the run took says that there is nothing to gain. */
#define WORTH_TELLING 0.99

/* A run that held up nothing is told what it waited for if that is this share of it. */
#define WORTH_WAITING 0.25

static const struct blame_finding *worst(const struct blame *blame)
{
    return blame->finding_count ? &blame->findings[0] : NULL;
}

/* Takes both texts. */
static char *join(char *before, char *after)
{
    char *text;
    if (asprintf(&text, "%s%s", before, after) < 0)
        abort();
    free(before);
    free(after);
    return text;
}

__attribute__((format(printf, 1, 2))) static char *format(const char *format, ...)
{
    char *text;
    va_list arguments;
    va_start(arguments, format);
    int length = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (length < 0)
        abort();
    return text;
}

/* --- what could be saved --- */

/* A server runs as long as it is wanted. */
static bool is_estimated(const struct blame *blame)
{
    return !blame->is_server && blame->what_if_s < blame->wall_s * WORTH_TELLING;
}

static char *say_saving(const struct blame *blame, double without_s, const char *condition)
{
    char saved[SECONDS_SIZE], wall[SECONDS_SIZE];
    return format(
        "about %s of %s could be saved%s: ", paint_seconds(saved, blame->wall_s - without_s),
        paint_seconds(wall, blame->wall_s), condition);
}

static char *saving(const struct blame *blame)
{
    const struct blame_serial *serial = worst(blame)->serial;
    double at_once_s = serial ? serial->wall_s[BLAME_WIDTHS - 1] : blame->wall_s;
    if (at_once_s < blame->wall_s * WORTH_TELLING)
        return say_saving(blame, at_once_s, " if requests are independent");
    if (!serial && is_estimated(blame))
        return say_saving(blame, blame->what_if_s, "");
    return memory_copy("");
}

/* --- the sentences --- */

/* Why nobody can say that nothing was held up, or "". */
static char *find_doubt(const struct report *report)
{
    const struct blame *blame = report->blame;
    char *doubt = balance_doubt(report);
    if (*doubt)
        return doubt;
    free(doubt);
    if (blame->cut)
        return memory_copy(
            "recording stopped before the end, for lack of space or of a permission");
    if (blame->lost)
        return format("%" PRIu64 " event%s lost", blame->lost,
                      blame->lost == 1 ? " was" : "s were");
    return memory_copy("");
}

/* How much of the critical path was in calls of one place. */
static double on_path(const struct blame *blame, const struct blamed_call *call)
{
    double seconds = 0;
    for (size_t i = 0; i < blame->segment_count; i++)
        if (blame->segments[i].call == call)
            seconds += blame->segments[i].seconds;
    return seconds;
}

/* What such a run has waited for, one after another, if that is much of it. */
static const struct blamed_call *longest_wait(const struct blame *blame)
{
    const struct blamed_call *longest = NULL;
    double most = blame->wall_s * WORTH_WAITING;
    for (size_t i = 0; i < blame->segment_count; i++) {
        const struct blamed_call *call = blame->segments[i].call;
        if (!call || call->is_idle || on_path(blame, call) < most)
            continue;
        longest = call;
        most = on_path(blame, call);
    }
    return longest;
}

static char *say_wait(const struct report *report)
{
    char time[SECONDS_SIZE];
    const struct blamed_call *call = longest_wait(report->blame);
    if (!call)
        return memory_copy("");
    char *site = paint_site(call->group);
    char *text = format("; the run waited longest in %s at %s: %s",
                        model_function(report->model, call->group->function), site,
                        paint_seconds(time, on_path(report->blame, call)));
    free(site);
    return text;
}

/* Requests in a row, or a pool's, are not found where requests cannot be told apart (Q4). */
static char *say_uncounted(const struct report *report)
{
    uint64_t count = report->accounts->phases.uncounted;
    if (!count || report->model->connections.requests)
        return memory_copy("");
    return format(", but requests on %" PRIu64 " connection%s are not counted", count,
                  count == 1 ? "" : "s");
}

static char *say_nothing(const struct report *report)
{
    char time[SECONDS_SIZE];
    const struct blame_finding *finding = worst(report->blame);
    char *nothing = finding ? format("nothing was held up for longer than %s",
                                     paint_seconds(time, finding->seconds))
                            : memory_copy("nothing was held up");
    return join(join(nothing, say_uncounted(report)), say_wait(report));
}

static char *say_nothing_found(const struct report *report)
{
    if (!report->blame->events)
        return memory_copy("cannot tell: nothing was recorded");
    char *doubt = find_doubt(report), *nothing = say_nothing(report);
    if (!*doubt) {
        free(doubt);
        return nothing;
    }
    char *text = format("cannot tell: %s; of what was seen, %s", doubt, nothing);
    free(doubt);
    free(nothing);
    return text;
}

bool headline_finds_nothing(const struct report *report)
{
    const struct blame_finding *finding = worst(report->blame);
    return !finding || finding->is_noise;
}

char *headline_text(const struct report *report)
{
    const struct blame *blame = report->blame;
    return headline_finds_nothing(report)
               ? say_nothing_found(report)
               : join(saving(blame), sentence_headline(report->model, worst(blame)));
}

char *headline_estimate(const struct report *report)
{
    char without[SECONDS_SIZE], wall[SECONDS_SIZE];
    const struct blame *blame = report->blame;
    if (!is_estimated(blame))
        return memory_copy("");
    return format("without the calls below: about %s instead of %s (an estimate)",
                  paint_seconds(without, blame->what_if_s), paint_seconds(wall, blame->wall_s));
}
