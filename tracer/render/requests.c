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

/* A table: of the requests that the program made, or of those that it served. */
struct table {
    const struct style *style;
    FILE *out;
    bool is_served;
    enum request_part parts[PARTS]; /* those that any of its requests has, in the order of time */
    size_t part_count;
    size_t rows;
};

static bool has_part(const struct requests *requests, const struct table *table,
                     enum request_part part)
{
    for (size_t i = 0; i < requests->count; i++)
        if (requests->rows[i]->kind.is_served == table->is_served &&
            requests->rows[i]->parts[part].count)
            return true;
    return false;
}

static struct table table_of(const struct requests *requests, bool is_served,
                             const struct style *style, FILE *out)
{
    static const enum request_part asked[] = {PART_LOOKUP, PART_BACKLOG, PART_CONNECT, PART_TLS,
                                              PART_SEND,   PART_WAIT,    PART_RECEIVE, PART_TOTAL},
                                   served[] = {PART_LOOKUP, PART_BACKLOG, PART_CONNECT,
                                               PART_TLS,    PART_RECEIVE, PART_WAIT,
                                               PART_SEND,   PART_TOTAL};
    struct table table = {.style = style, .out = out, .is_served = is_served};
    for (size_t i = 0; i < requests->count; i++)
        table.rows += requests->rows[i]->kind.is_served == is_served;
    for (size_t i = 0; i < PARTS; i++) {
        enum request_part part = is_served ? served[i] : asked[i];
        if (has_part(requests, &table, part))
            table.parts[table.part_count++] = part;
    }
    return table;
}

static void print_head(const struct table *table, const char *title)
{
    fprintf(table->out, "\n%s%-*s", paint_bold(table->style), 2 * COLUMN, title);
    for (size_t i = 0; i < table->part_count; i++)
        fprintf(table->out, " %*s", COLUMN, part_name(table->parts[i], table->is_served));
    fprintf(table->out, "%s\n", paint_plain(table->style));
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

static void print_share(const struct table *table, const struct request_row *row, const char *name,
                        double share)
{
    fprintf(table->out, "%*s", 2 * COLUMN, name);
    for (size_t i = 0; i < table->part_count; i++) {
        const struct spread *spread = &row->parts[table->parts[i]];
        print_time(table->out, spread->count, spread_at(spread, share));
    }
    fputs("\n", table->out);
}

static void print_row(const struct table *table, const struct request_row *row)
{
    print_kind(table->style, table->out, &row->kind);
    print_counts(table->out, row);
    if (row->count > 1)
        print_share(table, row, "median", 0.5);
    if (row->count >= FEW) {
        print_share(table, row, "p95", 0.95);
        print_share(table, row, "p99", 0.99);
    }
    print_share(table, row, row->count > 1 ? "longest" : "", 1);
}

static void print_rest(FILE *out, struct request_row **rows, size_t count)
{
    uint64_t requests = 0;
    for (size_t i = ROWS_SHOWN; i < count; i++)
        requests += rows[i]->count;
    if (requests)
        fprintf(out, "and %zu more, with %" PRIu64 " requests\n", count - ROWS_SHOWN, requests);
}

static void print_slow(const struct table *table, const struct report *report,
                       const struct request *request)
{
    char text[SECONDS_SIZE];
    double began = (request->begun - report->model->begin) / 1e9;
    fprintf(table->out, "%*s", 2 * COLUMN, paint_seconds(text, began));
    for (size_t i = 0; i < table->part_count; i++)
        print_time(table->out, request->has & 1u << table->parts[i],
                   request->parts[table->parts[i]]);
    fputs("  ", table->out);
    print_kind(table->style, table->out, &request->kind);
    if (request->status)
        fprintf(table->out, " %u", request->status);
    fputs(request->failed ? ", failed\n" : "\n", table->out);
}

/* Of one request all has been said. */
static void print_slowest(const struct table *table, const struct report *report)
{
    const struct requests *requests = &report->accounts->phases.requests;
    size_t count = 0;
    if (requests->slowest_count < 2)
        return;
    for (size_t i = 0; i < requests->slowest_count; i++) {
        const struct request *request = &requests->slowest[i];
        if (request->kind.is_served != table->is_served)
            continue;
        if (!count++)
            print_head(table, "slowest, began at");
        print_slow(table, report, request);
    }
}

static void print_uncounted(FILE *out, uint64_t count)
{
    if (count)
        fprintf(out,
                "requests on %" PRIu64 " connection%s are not counted: HTTP/2, or both sides "
                "talked at once\n",
                count, count == 1 ? "" : "s");
}

static void print_rows(const struct table *table, struct request_row **rows)
{
    if (!table->rows)
        return;
    print_head(table, table->is_served ? "requests served" : "requests");
    for (size_t i = 0; i < table->rows && i < ROWS_SHOWN; i++)
        print_row(table, rows[i]);
    print_rest(table->out, rows, table->rows);
}

void text_requests(const struct report *report, const struct style *style, FILE *out)
{
    const struct phases *phases = &report->accounts->phases;
    const struct requests *requests = &phases->requests;
    const struct table asked = table_of(requests, false, style, out),
                       served = table_of(requests, true, style, out);
    if (requests->count) {
        struct request_row **rows = sorted_rows(requests); /* those that were served come last */
        print_rows(&asked, rows);
        print_rows(&served, rows + asked.rows);
        free(rows);
    }
    print_uncounted(out, phases->uncounted);
    print_slowest(&asked, report);
    print_slowest(&served, report);
}
