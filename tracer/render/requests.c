/*
 * requests.c: the requests in the text report: by host, what their time was made of, and the
 * slowest of them.
 */
#include "account/requests.h"

#include "base/memory.h"
#include "render/paint.h"
#include "render/text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    ROWS_SHOWN = 5,
    FEW = 20, /* of fewer the last in a hundred is the longest */
    COLUMN = 9,
    NAME_WIDTH = 48,
};

/* Whole times: of all requests of a row together. */
static int compare_rows(const void *left, const void *right)
{
    const struct request_row *a = *(struct request_row *const *)left;
    const struct request_row *b = *(struct request_row *const *)right;
    uint64_t x = a->parts[PART_TOTAL].sum, y = b->parts[PART_TOTAL].sum;
    return a->kind.is_served != b->kind.is_served ? a->kind.is_served - b->kind.is_served
                                                  : (x < y) - (x > y);
}

static struct request_row **sorted_rows(const struct requests *requests)
{
    struct request_row **rows = memory_alloc(requests->count, sizeof *rows);
    memcpy(rows, requests->rows, requests->count * sizeof *rows);
    qsort(rows, requests->count, sizeof *rows, compare_rows);
    return rows;
}

/* The parts that any request has, as bits. */
static unsigned parts_of(const struct requests *requests)
{
    unsigned has = 0;
    for (size_t i = 0; i < requests->count; i++)
        for (unsigned part = 0; part < PARTS; part++)
            has |= (unsigned)(requests->rows[i]->parts[part].count > 0) << part;
    return has;
}

static void print_head(const struct style *style, FILE *out, const char *title, unsigned has)
{
    fprintf(out, "\n%s%-*s", paint_bold(style), 2 * COLUMN, title);
    for (unsigned part = 0; part < PARTS; part++)
        if (has & 1u << part)
            fprintf(out, " %*s", COLUMN, part_names[part]);
    fprintf(out, "%s\n", paint_plain(style));
}

static void print_time(FILE *out, bool is_known, uint64_t ns)
{
    char text[SECONDS_SIZE];
    fprintf(out, " %*s", COLUMN, is_known ? paint_seconds(text, ns / 1e9) : "-");
}

static void print_kind(const struct style *style, FILE *out, const struct request_kind *kind)
{
    if (kind->is_served)
        fputs("served", out);
    else
        paint_text(style, out, kind->name ? kind->name : kind->peer ? kind->peer : "", NAME_WIDTH);
    if (kind->name && kind->peer) {
        fputs(" (", out);
        paint_text(style, out, kind->peer, NAME_WIDTH);
        fputs(")", out);
    }
    if (kind->label) {
        fputs(" ", out);
        paint_text(style, out, kind->label, NAME_WIDTH);
    }
}

static void print_counts(FILE *out, const struct request_row *row)
{
    fprintf(out, ": %" PRIu64, row->count);
    if (row->failed)
        fprintf(out, ", %" PRIu64 " failed", row->failed);
    if (row->errors)
        fprintf(out, ", %" PRIu64 " with a status of 400 or more", row->errors);
    fputs("\n", out);
}

static void print_share(FILE *out, const struct request_row *row, unsigned has, const char *name,
                        double share)
{
    fprintf(out, "%*s", 2 * COLUMN, name);
    for (unsigned part = 0; part < PARTS; part++)
        if (has & 1u << part)
            print_time(out, row->parts[part].count, spread_at(&row->parts[part], share));
    fputs("\n", out);
}

static void print_row(const struct style *style, FILE *out, const struct request_row *row,
                      unsigned has)
{
    print_kind(style, out, &row->kind);
    print_counts(out, row);
    if (row->count > 1)
        print_share(out, row, has, "median", 0.5);
    if (row->count >= FEW) {
        print_share(out, row, has, "p95", 0.95);
        print_share(out, row, has, "p99", 0.99);
    }
    print_share(out, row, has, row->count > 1 ? "longest" : "", 1);
}

static void print_rest(FILE *out, struct request_row **rows, size_t count)
{
    uint64_t requests = 0;
    for (size_t i = ROWS_SHOWN; i < count; i++)
        requests += rows[i]->count;
    if (requests)
        fprintf(out, "and %zu more, with %" PRIu64 " requests\n", count - ROWS_SHOWN, requests);
}

static void print_slow(const struct report *report, const struct style *style, FILE *out,
                       const struct request *request, unsigned has)
{
    char text[SECONDS_SIZE];
    double began = (request->begun - report->model->begin) / 1e9;
    fprintf(out, "%*s", 2 * COLUMN, paint_seconds(text, began));
    for (unsigned part = 0; part < PARTS; part++)
        if (has & 1u << part)
            print_time(out, request->has & 1u << part, request->parts[part]);
    fputs("  ", out);
    print_kind(style, out, &request->kind);
    if (request->status)
        fprintf(out, " %u", request->status);
    fputs(request->failed ? ", failed\n" : "\n", out);
}

/* Of one request all has been said. */
static void print_slowest(const struct report *report, const struct style *style, FILE *out,
                          unsigned has)
{
    const struct requests *requests = &report->accounts->phases.requests;
    if (requests->slowest_count < 2)
        return;
    print_head(style, out, "slowest, began at", has);
    for (size_t i = 0; i < requests->slowest_count; i++)
        print_slow(report, style, out, &requests->slowest[i], has);
}

static void print_uncounted(FILE *out, uint64_t count)
{
    if (count)
        fprintf(out,
                "requests on %" PRIu64 " connection%s are not counted: HTTP/2, or both sides "
                "talked at once\n",
                count, count == 1 ? "" : "s");
}

void text_requests(const struct report *report, const struct style *style, FILE *out)
{
    const struct phases *phases = &report->accounts->phases;
    const struct requests *requests = &phases->requests;
    unsigned has = parts_of(requests);
    if (requests->count) {
        struct request_row **rows = sorted_rows(requests);
        print_head(style, out, "requests", has);
        for (size_t i = 0; i < requests->count && i < ROWS_SHOWN; i++)
            print_row(style, out, rows[i], has);
        print_rest(out, rows, requests->count);
        free(rows);
    }
    print_uncounted(out, phases->uncounted);
    print_slowest(report, style, out, has);
}
