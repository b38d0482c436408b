/*
 * parts.c: in the text report, the parts that the program has named: the worst ones, with their
 * figures by the keys that a budget has for them.
 */
#include "render/paint.h"
#include "render/text.h"

#include <inttypes.h>
#include <stdlib.h>

enum { PARTS_MAX = 10, NAME_WIDTH = 60, SITE_WIDTH = 96 };

static void print_figures(const struct blame_part *part, FILE *out)
{
    const char *separator = ": ";
    char time[SECONDS_SIZE];
#define FIGURE(name, ...)                                                           \
    if (part->name > 0) {                                                           \
        fprintf(out, "%s%s %s", separator, #name, paint_seconds(time, part->name)); \
        separator = ", ";                                                           \
    }
#include "base/figures.def"
#undef FIGURE
    (void)separator;
}

/* Where most of what it held up comes from. */
static void print_worst(const struct report *report, const struct style *style, FILE *out,
                        const struct blame_part *part)
{
    const struct blame_part_call *worst = NULL;
    for (size_t i = 0; i < part->call_count; i++)
        if (!worst || part->calls[i].serialized_s > worst->serialized_s)
            worst = &part->calls[i];
    if (!worst || worst->serialized_s <= 0)
        return;
    const struct call_group *group = worst->call->group;
    char *site = paint_site(group);
    fprintf(out, "%31s", "by ");
    paint_text(style, out, model_function(report->model, group->function), NAME_WIDTH);
    fputs(" in ", out);
    paint_text(style, out, site, SITE_WIDTH);
    fputs("\n", out);
    free(site);
}

static void print_part(const struct report *report, const struct style *style, FILE *out,
                       const struct blame_part *part)
{
    char wall[SECONDS_SIZE], longest[SECONDS_SIZE];
    fprintf(out, "%9s %7" PRIu64 " %9s  ", paint_seconds(wall, part->wall_s), part->count,
            paint_seconds(longest, part->longest_s));
    paint_text(style, out, part->name, NAME_WIDTH);
    print_figures(part, out);
    fputs("\n", out);
    print_worst(report, style, out, part);
}

void text_parts(const struct report *report, const struct style *style, FILE *out)
{
    const struct blame *blame = report->blame;
    if (!blame->part_count)
        return;
    fprintf(out, "\n%s%9s %7s %9s  parts that the program has named%s\n", paint_bold(style), "time",
            "times", "longest", paint_plain(style));
    for (size_t i = 0; i < blame->part_count && i < PARTS_MAX; i++)
        print_part(report, style, out, &blame->parts[i]);
    if (blame->part_count > PARTS_MAX)
        fprintf(out, "%29sand %zu more\n", "", blame->part_count - PARTS_MAX);
}
