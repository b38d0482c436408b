/*
 * critical.c: the critical path in the text report: at most ten lines that add up to the run's
 * time.
 */
#include "render/paint.h"
#include "render/text.h"

#include <inttypes.h>
#include <stdlib.h>

enum { NAME_WIDTH = 48, SITE_WIDTH = 96 };

static const char *word(enum piece_kind kind)
{
    static const char *const words[] = {
        [PIECE_UNRECORDED] = "before its first record",
        [PIECE_OWN] = "the program itself, with calls of less than 1 ms",
        [PIECE_CALL] = "call",
        [PIECE_EVENTS] = "waiting for events",
        [PIECE_REST] = "all else",
    };
    return words[kind];
}

static void print_call(const struct report *report, const struct style *style, FILE *out,
                       const struct blamed_call *call)
{
    char *site = paint_site(call->group);
    paint_text(style, out, model_function(report->model, call->group->function), NAME_WIDTH);
    fputs(" in ", out);
    paint_text(style, out, site, SITE_WIDTH);
    free(site);
}

static void print_segment(const struct report *report, const struct style *style, FILE *out,
                          const struct blame_segment *segment)
{
    char time[SECONDS_SIZE];
    fprintf(out, "%9s %7" PRIu64 "  ", paint_seconds(time, segment->seconds), segment->count);
    if (segment->call)
        print_call(report, style, out, segment->call);
    else
        fputs(word(segment->kind), out);
    if (segment->peer) {
        fputs(", for ", out);
        paint_text(style, out, segment->peer, NAME_WIDTH);
    }
    fputs("\n", out);
}

void text_critical(const struct report *report, const struct style *style, FILE *out)
{
    const struct blame *blame = report->blame;
    if (blame->segment_count < 2)
        return;
    fprintf(out, "\n%s%9s %7s  critical path: what the run waited for, one after another%s\n",
            paint_bold(style), "time", "times", paint_plain(style));
    for (size_t i = 0; i < blame->segment_count; i++)
        print_segment(report, style, out, &blame->segments[i]);
}
