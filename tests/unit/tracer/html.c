/* The page as text, and the history that it is made of. How it behaves in a browser is tested in
 * tests/html. */
#include "render/render.h"

#include "model/connection.h"
#include "model/process.h"
#include "model/thread.h"
#include "read.h"
#include "render/history.h"
#include "scratch.h"
#include "suite.h"
#include "synthetic.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static struct scratch scratch;
static struct stream stream, process;

static void begin(const char *program, const char *command_line)
{
    scratch_make(&scratch);
    synthetic_make(scratch.path);
    stream_begin(&process, scratch.path, 10, TRACE_PROCESS_THREAD, 0);
    stream_begin(&stream, scratch.path, 10, 0, 0);
    stream_add_process_start(&process, 0, program, command_line);
    stream_add_module(&process, 0, program, 0x5000, 0x1000);
}

/* The page, to be freed by the caller. */
static char *finish(void)
{
    struct run run;
    struct error error;
    char *text = NULL;
    size_t size;
    stream_end(&stream);
    stream_end(&process);
    struct audience *audience = html_listen(&error);
    run_read_told(&run, scratch.path, audience);
    ck_assert_int_eq(audience_finish(audience, &error), 0);
    const struct report report = {.model = &run.model,
                                  .accounts = &run.accounts,
                                  .blame = &run.blame,
                                  .symbols = run.symbols,
                                  .audience = audience};
    FILE *out = open_memstream(&text, &size);
    render_html(&report, &(struct style){0}, out);
    fclose(out);
    run_finish(&run);
    audience_destroy(audience);
    scratch_remove(&scratch);
    return text;
}

static int count(const char *text, const char *part)
{
    int found = 0;
    for (; (text = strstr(text, part)); text += strlen(part))
        found++;
    return found;
}

/* One of the JSON texts in a page. */
static json_t *embedded(const char *page, const char *id)
{
    char opening[64];
    json_error_t error;
    snprintf(opening, sizeof opening, "<script type=\"application/json\" id=\"%s\">", id);
    const char *json = strstr(page, opening);
    ck_assert_msg(json, "no %s", opening);
    json += strlen(opening);
    json_t *root = json_loadb(json, strstr(json, "</script>") - json, 0, &error);
    ck_assert_msg(root, "%s: %s", id, error.text);
    return root;
}

static long long number(const json_t *object, const char *key)
{
    json_t *value = json_object_get(object, key);
    ck_assert_msg(json_is_integer(value), "%s is no whole number", key);
    return json_integer_value(value);
}

static void expect_spans(const json_t *lane, const int (*expected)[5], size_t rows)
{
    const json_t *spans = json_object_get(lane, "spans");
    ck_assert_uint_eq(json_array_size(spans), rows * 5);
    for (size_t i = 0; i < rows * 5; i++)
        ck_assert_int_eq(json_integer_value(json_array_get(spans, i)), expected[i / 5][i % 5]);
}

static void open_connection(uint64_t at, int fd, const char *peer)
{
    stream_add_peer(&stream, at, 0, fd, TRACE_PEER_CONNECT, peer);
    CALL(&stream, .at = at, .takes = 500, .function = FN_CONNECT, .fd = fd);
}

static void exchange(uint64_t at, uint64_t takes, int fd)
{
    static const uint64_t frame = 0x5040;
    CALL(&stream, .at = at, .takes = 500, .function = FN_SEND, .fd = fd, .result = 70);
    stream_add_long_call(&stream,
                         (struct synthetic_call){.at = at + 1000,
                                                 .takes = takes,
                                                 .function = FN_RECV,
                                                 .fd = fd,
                                                 .result = 500,
                                                 .caller = frame},
                         0, &frame, 1);
}

START_TEST(the_page_holds_report_and_history)
{
    begin("/nowhere/program", "program --serial");
    open_connection(0, 5, "192.0.2.7:443");
    open_connection(2000, 6, "192.0.2.7:443");
    exchange(10000, 30000, 5);
    exchange(50000, 20000, 6);
    char *page = finish();
    json_t *report = embedded(page, "report"), *history = embedded(page, "history");
    ck_assert_int_eq(number(report, "requests"), 2);
    ck_assert(json_real_value(json_object_get(history, "tick_s")) == 1e-8);
    ck_assert_int_eq(number(history, "ticks"), 7100000);
    ck_assert_int_eq(number(history, "lanes_left_out"), 0);

    const json_t *lanes = json_object_get(history, "lanes"), *lane = json_array_get(lanes, 2);
    ck_assert_uint_eq(json_array_size(lanes), 3);
    ck_assert_int_eq(number(lane, "number"), 2);
    ck_assert_int_eq(number(lane, "requests"), 1);
    ck_assert_int_eq(number(lane, "opened"), 200000);
    ck_assert_str_eq(json_string_value(json_object_get(lane, "name")), "192.0.2.7:443");
    expect_spans(lane,
                 (const int[][5]){{200000, 50000, LANE_OPENING, -1, 0},
                                  {0, 4750000, LANE_WAITING, 0, 0},
                                  {50000, 50000, LANE_FLIGHT, -1, 0},
                                  {0, 2000000, LANE_BLOCKED, -1, 0}},
                 4);
    json_decref(report);
    json_decref(history);
    free(page);
}
END_TEST

START_TEST(no_name_is_markup)
{
    static const char name[] = "</script><!--<script>&\"'\\\342\200\250\342\200\251\n\377@report@";
    begin("/nowhere/<b>&\342\200\250", name);
    open_connection(0, 5, name);
    exchange(10000, 30000, 5);
    char *page = finish();
    ck_assert_int_eq(count(page, "</script>"), 3);
    ck_assert_int_eq(count(page, "<script"), 3);
    ck_assert_int_eq(count(page, "<!--"), 0);
    ck_assert_int_eq(count(page, "<b>"), 0);
    ck_assert_int_eq(count(page, "\342\200\250") + count(page, "\342\200\251"), 0);
    json_t *report = embedded(page, "report"), *history = embedded(page, "history");
    const json_t *lane = json_array_get(json_object_get(history, "lanes"), 0);
    ck_assert_str_eq(json_string_value(json_object_get(lane, "name")),
                     "</script><!--<script>&\"'\\\342\200\250\342\200\251??@report@");
    json_decref(report);
    json_decref(history);
    free(page);
}
END_TEST

START_TEST(all_marks_are_replaced_and_the_policy_is_strict)
{
    begin("/nowhere/program", "program");
    char *page = finish();
    static const char *const marks[] = {"@policy@", "@style@", "@script@", "@report@", "@history@"};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        ck_assert_int_eq(count(page, marks[i]), 0);
    ck_assert_int_eq(count(page, "content=\"default-src 'none'; script-src 'sha256-"), 1);
    ck_assert_int_eq(count(page, "unsafe"), 0);
    ck_assert_int_eq(count(page, "http:") + count(page, "https:"), 0);
    ck_assert_str_eq(page + strlen(page) - strlen("</html>\n"), "</html>\n");
    free(page);
}
END_TEST

START_TEST(a_call_hides_what_a_signal_handler_did_in_it)
{
    begin("/nowhere/program", "program");
    CALL(&stream, .at = 0, .takes = 50 * MS, .function = FN_POLL, .fd = -1);
    CALL(&stream, .at = 10 * MS, .takes = 20 * MS, .function = FN_SEND, .fd = 9);
    char *page = finish();
    json_t *history = embedded(page, "history");
    const json_t *lanes = json_object_get(history, "lanes");
    ck_assert_uint_eq(json_array_size(lanes), 1);
    ck_assert_uint_eq(json_array_size(json_object_get(json_array_get(lanes, 0), "spans")), 5);
    json_decref(history);
    free(page);
}
END_TEST

/* --- bounds --- */

static struct process owner;
static struct thread main_thread = {.process = &owner, .tid = 10};

static void tell_of(struct audience *audience, struct connection *connection, uint64_t number)
{
    *connection =
        (struct connection){.process = &owner, .number = number, .peer = (char *)"192.0.2.7:443"};
    audience->listener.opened(&audience->listener, connection, &main_thread, 0);
}

START_TEST(a_long_history_gets_coarser_and_stays_true)
{
    enum { SPANS = 3 * HISTORY_SPANS_MAX, PERIOD = 2000, FLIGHT = 1500 };
    struct audience *audience = history_listen();
    const struct history *history = (struct history *)audience;
    struct connection connection;
    tell_of(audience, &connection, 1);
    for (uint64_t i = 1; i <= SPANS; i++)
        audience->listener.was(&audience->listener, &connection, LANE_FLIGHT, i * PERIOD,
                               i * PERIOD + FLIGHT);
    ck_assert_uint_lt(history->span_count, HISTORY_SPANS_MAX);
    ck_assert_uint_gt(history->span_count, 1);
    ck_assert_uint_ge(history->grain, FLIGHT);
    const struct history_lane *lane = history->lanes[0];
    ck_assert_uint_eq(lane->span_count, history->span_count);
    uint64_t last = PERIOD, flight = 0;
    bool in_order = true; /* asserted once: each assertion is a message to Check */
    for (size_t i = 0; i < lane->span_count; i++) {
        in_order &= last <= lane->spans[i].begin && lane->spans[i].begin < lane->spans[i].end;
        last = lane->spans[i].end;
        flight += lane->spans[i].mostly;
    }
    ck_assert(in_order);
    ck_assert_uint_eq(last, (uint64_t)SPANS * PERIOD + FLIGHT);
    ck_assert_uint_eq(flight, (uint64_t)SPANS * FLIGHT);
    audience_destroy(audience);
}
END_TEST

START_TEST(lanes_without_room_are_counted)
{
    struct audience *audience = history_listen();
    const struct history *history = (struct history *)audience;
    struct connection connection;
    for (uint64_t i = 1; i <= HISTORY_LANES_MAX + 3; i++)
        tell_of(audience, &connection, i);
    audience->listener.was(&audience->listener, &connection, LANE_FLIGHT, 10, 20);
    ck_assert_uint_eq(history->lane_count, HISTORY_LANES_MAX);
    ck_assert_uint_eq(history->lanes_left_out, 3);
    ck_assert_uint_eq(history->span_count, 0);
    audience_destroy(audience);
}
END_TEST

SUITE("tracer: html", ONCE(the_page_holds_report_and_history), ONCE(no_name_is_markup),
      ONCE(all_marks_are_replaced_and_the_policy_is_strict),
      ONCE(a_call_hides_what_a_signal_handler_did_in_it),
      ONCE(a_long_history_gets_coarser_and_stays_true), ONCE(lanes_without_room_are_counted))
