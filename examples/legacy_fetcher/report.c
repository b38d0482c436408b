#include "report.h"

#include <inttypes.h>
#include <stdio.h>

#include "clock.h"

static double seconds(int64_t nanoseconds)
{
    return (double)nanoseconds / 1e9;
}

static void print_line(const struct fetch *fetch, const struct report *report)
{
    printf("%zu ", report->ok + report->failed);
    if (fetch->status)
        printf("%d ", fetch->status);
    else
        printf("--- ");
    printf("%" PRIu64 " bytes ", fetch->body_size);
    if (report->times)
        printf("%.3f s ", seconds(fetch->duration));
    printf("%s%s\n", fetch->ok ? "" : "FAILED ", fetch->url);
    fflush(stdout); /* somebody may be watching a serial run */
}

void report_fetch(const struct fetch *fetch, void *context)
{
    struct report *report = context;
    if (fetch->ok)
        report->ok++;
    else
        report->failed++;
    if (!report->quiet)
        print_line(fetch, report);
    if (!fetch->ok)
        fprintf(stderr, "legacy_fetcher: %s: %s\n", fetch->url, fetch->error.text);
}

bool report_finish(const struct report *report)
{
    printf("%zu ok, %zu failed", report->ok, report->failed);
    if (report->times)
        printf(", %.3f s", seconds(clock_now() - report->begin));
    printf("\n");
    return fflush(stdout) == 0 && !ferror(stdout);
}
