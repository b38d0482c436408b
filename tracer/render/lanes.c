/*
 * lanes.c: the timeline in the text report. A row is a connection, a column a slice of time:
 *
 *     oS######R                       a program that waits for each answer
 *              oS######R
 *
 *     oS------R                       one that does not
 *     oS------R
 */
#include "render/clean.h"
#include "render/paint.h"
#include "render/text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    LANES_SHOWN = 12, /* of a screen */
    LABEL_WIDTH = 30,
    NOTE_WIDTH = 22,
    COLUMNS_MIN = 20,
    COLUMNS_MAX = 400,
    WORDS_MAX = 24
};

/* What a column shows. */
enum sign {
    SIGN_NONE,
    SIGN_IDLE,
    SIGN_FLIGHT,
    SIGN_BLOCKED,
    SIGN_WAITING,
    SIGN_OPENING,
    SIGN_FAILED,
    SIGN_RECEIVED,
    SIGN_SENT,
    SIGN_BOTH,
};

static const char *const ascii_signs[] = {" ", ".", "-", "#", "w", "o", "x", "R", "S", "*"};
static const char *const utf8_signs[] = {" ", "·", "─", "█", "░", "o", "×", "R", "S", "*"};

static const char *sign_text(const struct style *style, enum sign sign)
{
    return style->utf8 ? utf8_signs[sign] : ascii_signs[sign];
}

static const char *sign_colour(const struct style *style, enum sign sign)
{
    switch (sign) {
    case SIGN_BLOCKED:
    case SIGN_WAITING:
    case SIGN_FAILED:
        return paint_red(style);
    case SIGN_SENT:
    case SIGN_BOTH:
        return paint_green(style);
    case SIGN_RECEIVED:
        return paint_cyan(style);
    case SIGN_IDLE:
        return paint_dim(style);
    default:
        return "";
    }
}

/* --- one lane --- */

struct axis {
    size_t cells;   /* of the timeline, that are in use */
    size_t columns; /* on the page */
};

static void add_cell(struct cell *sum, const struct cell *cell)
{
    sum->marks |= cell->marks;
    for (int state = 0; state < LANE_STATES; state++)
        sum->spent[state] += cell->spent[state];
}

static struct cell sum_column(const struct lane *lane, const struct axis *axis, size_t column)
{
    struct cell sum = {0};
    size_t first = column * axis->cells / axis->columns;
    size_t end = (column + 1) * axis->cells / axis->columns;
    do
        add_cell(&sum, &lane->cells[first]);
    while (++first < end);
    return sum;
}

/* Sending and receiving take microseconds, opening milliseconds: each drives out whatever filled
 * the rest of the column. */
static enum sign sign_of(const struct cell *cell)
{
    const float *spent = cell->spent;
    if ((cell->marks & MARK_SENT) && (cell->marks & MARK_RECEIVED))
        return SIGN_BOTH;
    if (cell->marks & MARK_SENT)
        return SIGN_SENT;
    if (cell->marks & MARK_RECEIVED)
        return SIGN_RECEIVED;
    if (cell->marks & MARK_FAILED)
        return SIGN_FAILED;
    if (spent[LANE_OPENING] > 0)
        return SIGN_OPENING;
    if (spent[LANE_WAITING] > spent[LANE_BLOCKED] && spent[LANE_WAITING] > spent[LANE_FLIGHT] &&
        spent[LANE_WAITING] > spent[LANE_IDLE])
        return SIGN_WAITING;
    if (spent[LANE_BLOCKED] > spent[LANE_FLIGHT] && spent[LANE_BLOCKED] > spent[LANE_IDLE])
        return SIGN_BLOCKED;
    if (spent[LANE_FLIGHT] > spent[LANE_IDLE])
        return SIGN_FLIGHT;
    return spent[LANE_IDLE] > 0 ? SIGN_IDLE : SIGN_NONE;
}

static void print_sign(const struct style *style, FILE *out, enum sign sign, bool same_colour)
{
    if (!same_colour)
        fprintf(out, "%s%s", paint_plain(style), sign_colour(style, sign));
    fputs(sign_text(style, sign), out);
}

static void print_columns(const struct lane *lane, const struct axis *axis,
                          const struct style *style, FILE *out)
{
    enum sign last = SIGN_NONE;
    for (size_t column = 0; column < axis->columns; column++) {
        struct cell sum = sum_column(lane, axis, column);
        enum sign sign = sign_of(&sum);
        print_sign(style, out, sign, sign == last);
        last = sign;
    }
    fputs(paint_plain(style), out);
}

/* Who: the peer, and the task or thread, as far as they tell anything. */
static void print_label(const struct lane *lane, FILE *out)
{
    char owner[32] = "";
    if (lane->owner_name)
        snprintf(owner, sizeof owner, "%.16s", lane->owner_name);
    else if (lane->owner.task)
        snprintf(owner, sizeof owner, "task %u", lane->owner.task);
    else if (lane->owner.thread)
        snprintf(owner, sizeof owner, "thread %u", lane->owner.thread);
    int room = LABEL_WIDTH - 6 - (int)strlen(owner);
    char *peer = clean_copy(lane->peer, true);
    char *who = clean_copy(owner, true);
    fprintf(out, "%4" PRIu64 " %-*.*s%s ", lane->number, room, room, peer, who);
    free(who);
    free(peer);
}

/* The call that blocked the thread for it. */
static void print_blocker(const struct model *model, const struct lane *lane, FILE *out)
{
    char text[SECONDS_SIZE];
    if (lane->life.blocked)
        fprintf(out, " %s %s", model_function(model, lane->life.blocker),
                paint_seconds(text, lane->life.blocked / 1e9));
    fputs("\n", out);
}

/* --- the picture --- */

static size_t lanes_shown(const struct timeline *timeline)
{
    return timeline->lane_count < LANES_SHOWN ? timeline->lane_count : LANES_SHOWN;
}

/* The part of the timeline in which any of its lanes was open, those not shown included. */
static uint64_t lanes_end(const struct timeline *timeline)
{
    uint64_t end = timeline->origin;
    for (size_t i = 0; i < timeline->lane_count; i++)
        if (end < timeline->lanes[i]->life.closed)
            end = timeline->lanes[i]->life.closed;
    return end;
}

static struct axis axis_of(const struct timeline *timeline, uint64_t end, int width)
{
    int columns = width - LABEL_WIDTH - NOTE_WIDTH - 1;
    struct axis axis = {.columns = columns < COLUMNS_MIN ? COLUMNS_MIN : columns};
    if (axis.columns > COLUMNS_MAX)
        axis.columns = COLUMNS_MAX;
    axis.cells = (end - timeline->origin) / timeline->cell_ns + 1;
    if (axis.cells > TIMELINE_CELLS)
        axis.cells = TIMELINE_CELLS;
    return axis;
}

static void print_axis(const struct model *model, const struct timeline *timeline, uint64_t end,
                       const struct axis *axis, FILE *out)
{
    char from[SECONDS_SIZE], to[SECONDS_SIZE];
    paint_seconds(from, (timeline->origin - model->begin) / 1e9);
    paint_seconds(to, (end - model->begin) / 1e9);
    fprintf(out, "\n%-*s %s%*s\n", LABEL_WIDTH, "timeline", from,
            (int)(axis->columns - strlen(from)), to);
}

static void print_legend(const struct style *style, FILE *out)
{
    static const struct {
        enum sign sign;
        const char *meaning;
    } legend[] = {
        {SIGN_OPENING, "open"},
        {SIGN_SENT, "send"},
        {SIGN_FLIGHT, "in flight"},
        {SIGN_BLOCKED, "blocked"},
        {SIGN_WAITING, "waits for the program"},
        {SIGN_RECEIVED, "recv"},
        {SIGN_BOTH, "send and recv"},
        {SIGN_IDLE, "idle"},
        {SIGN_FAILED, "failed"},
    };
    for (size_t i = 0; i < sizeof legend / sizeof *legend; i++)
        fprintf(out, "%s%s %s", i ? "  " : "", sign_text(style, legend[i].sign), legend[i].meaning);
    fputs("\n", out);
}

/* --- the order in words --- */

static void print_word(const struct style *style, FILE *out, enum step step, size_t times)
{
    static const char *const words[] = {"open", "send", "block", "recv"};
    fprintf(out, " %s", words[step]);
    if (times > 1 && step != STEP_BLOCK)
        fprintf(out, " %s%zu", style->utf8 ? "×" : "x", times);
}

static void print_steps(const struct steps *steps, const struct style *style, FILE *out)
{
    size_t words = 0, at = 0;
    fputs("order:", out);
    for (size_t next; at < steps->count && words < WORDS_MAX; at = next, words++) {
        for (next = at; next < steps->count && steps->items[next] == steps->items[at];)
            next++;
        print_word(style, out, steps->items[at], next - at);
    }
    fputs(at < steps->count || steps->count == STEPS_MAX ? " ...\n" : "\n", out);
}

void text_timeline(const struct report *report, const struct style *style, FILE *out)
{
    const struct model *model = report->model;
    const struct timeline *timeline = &report->accounts->timeline;
    if (!timeline->lane_count || !timeline->cell_ns)
        return;
    size_t shown = lanes_shown(timeline);
    uint64_t end = lanes_end(timeline);
    struct axis axis = axis_of(timeline, end, style->width);
    print_axis(model, timeline, end, &axis, out);
    for (size_t i = 0; i < shown; i++) {
        print_label(timeline->lanes[i], out);
        print_columns(timeline->lanes[i], &axis, style, out);
        print_blocker(model, timeline->lanes[i], out);
    }
    if (model->connections.count > shown)
        fprintf(out, "and %" PRIu64 " more\n", model->connections.count - shown);
    print_legend(style, out);
    if (model->connections.requests)
        print_steps(&timeline->steps, style, out);
}
