/* What requests are made of, by host, and which of them have failed. */
#include "account/spread.h"
#include "read.h"
#include "scratch.h"
#include "suite.h"
#include "synthetic.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct scratch scratch;
static struct stream stream;
static struct run run;
static const struct requests *all;

static void begin(void)
{
    scratch_make(&scratch);
    synthetic_make(scratch.path);
    stream_begin(&stream, scratch.path, 10, 0, 0);
}

static void read_back(void)
{
    stream_end(&stream);
    run_read(&run, scratch.path);
    ck_assert_int_eq(run.warned.count, 0);
    all = &run.accounts.phases.requests;
}

static void end(void)
{
    run_finish(&run);
    scratch_remove(&scratch);
}

static void add_connect(uint64_t at, uint64_t takes, uint32_t task, int fd, const char *peer,
                        int error)
{
    stream_add_peer(&stream, at, task, fd, TRACE_PEER_CONNECT, peer);
    CALL(&stream, .at = at, .takes = takes, .task = task, .function = FN_CONNECT, .fd = fd,
         .result = error ? -1 : 0, .error = error);
}

static void add_call(uint64_t at, uint64_t takes, int function, int fd, int64_t result)
{
    CALL(&stream, .at = at, .takes = takes, .function = function, .fd = fd, .result = result);
}

static void add_close(uint64_t at, int fd)
{
    add_call(at, 1, FN_CLOSE, fd, 0);
}

static void expect_part(const struct request *request, enum request_part part, uint64_t us)
{
    ck_assert_msg(request->has & 1u << part, "no %s", part_name(part, request->kind.is_served));
    ck_assert_msg(request->parts[part] == us * 1000, "%s is %llu",
                  part_name(part, request->kind.is_served),
                  (unsigned long long)request->parts[part]);
}

static void expect_none(const struct request *request, enum request_part part)
{
    ck_assert_msg(!(request->has & 1u << part), "%s", part_name(part, request->kind.is_served));
}

/* The row of a name, or of an address. */
static const struct request_row *row(const char *name, const char *peer)
{
    for (size_t i = 0; i < all->count; i++) {
        const struct request_kind *kind = &all->rows[i]->kind;
        if ((name ? kind->name && !strcmp(kind->name, name) : !kind->name) &&
            (peer ? kind->peer && !strcmp(kind->peer, peer) : !kind->peer))
            return all->rows[i];
    }
    ck_abort_msg("no row of %s, %s", name, peer);
}

static void expect_counts(const struct request_row *row, uint64_t count, uint64_t failed)
{
    ck_assert_uint_eq(row->count, count);
    ck_assert_uint_eq(row->failed, failed);
}

/* Two requests on one connection by TLS: the first has all that it took to open it. */
START_TEST(phases_of_a_request_add_up)
{
    begin();
    stream_add_lookup(&stream, 0, 5 * MS, 0, "host", "1.2.3.4:443");
    add_connect(5 * MS, 10 * MS, 0, 5, "1.2.3.4:443", 0);
    add_call(15 * MS, 20 * MS, FN_SSL_CONNECT, 5, 1);
    add_call(35 * MS, 1 * MS, FN_SSL_WRITE, 5, 100);
    add_call(37 * MS, 1 * MS, FN_SSL_WRITE, 5, 100);
    add_call(38 * MS, 40 * MS, FN_SSL_READ, 5, 100);
    add_call(85 * MS, 5 * MS, FN_SSL_READ, 5, 100);
    add_call(200 * MS, 1 * MS, FN_SSL_WRITE, 5, 100);
    add_call(201 * MS, 9 * MS, FN_SSL_READ, 5, 100);
    add_close(300 * MS, 5);
    read_back();
    ck_assert_uint_eq(all->count, 1);
    expect_counts(row("host", "1.2.3.4:443"), 2, 0);
    ck_assert_uint_eq(all->slowest_count, 2);
    const struct request *first = &all->slowest[0], *second = &all->slowest[1];
    expect_part(first, PART_LOOKUP, 5 * MS);
    expect_part(first, PART_CONNECT, 10 * MS);
    expect_part(first, PART_TLS, 20 * MS);
    expect_part(first, PART_SEND, 3 * MS);
    expect_part(first, PART_WAIT, 40 * MS);
    expect_part(first, PART_RECEIVE, 12 * MS);
    expect_part(first, PART_TOTAL, 90 * MS);
    expect_none(first, PART_BACKLOG);
    expect_none(second, PART_LOOKUP);
    expect_none(second, PART_CONNECT);
    expect_none(second, PART_TLS);
    expect_part(second, PART_SEND, 1 * MS);
    expect_part(second, PART_WAIT, 9 * MS);
    expect_part(second, PART_TOTAL, 10 * MS);
    end();
}
END_TEST

/* An address that refuses, then one that answers; and two at once, of which one is given up. */
START_TEST(what_is_tried_again_is_one_request)
{
    begin();
    stream_add_lookup(&stream, 0, 2 * MS, 0, "host", "[::1]:80");
    add_connect(2 * MS, 30 * MS, 0, 5, "[::1]:80", ECONNREFUSED);
    stream_add_lookup(&stream, 40 * MS, 1 * MS, 0, "host", "127.0.0.1:80");
    add_connect(42 * MS, 1 * MS, 0, 6, "127.0.0.1:80", 0);
    add_call(43 * MS, 1 * MS, FN_SEND, 6, 10);
    add_call(44 * MS, 6 * MS, FN_RECV, 6, 10);
    add_connect(60 * MS, 1, 0, 7, "127.0.0.2:80", EINPROGRESS);
    add_connect(61 * MS, 1, 0, 8, "127.0.0.3:80", EINPROGRESS);
    add_close(62 * MS, 5);
    read_back();
    expect_counts(row("host", "127.0.0.1:80"), 1, 0);
    expect_part(&all->slowest[0], PART_TOTAL, 50 * MS);
    expect_part(&all->slowest[0], PART_LOOKUP, 1 * MS);
    ck_assert_uint_eq(all->count, 1); /* what the end of the process cut short has not failed */
    end();
}
END_TEST

/* A loser that is closed only when the winner has been used. */
START_TEST(what_was_overtaken_has_not_failed)
{
    begin();
    stream_add_lookup(&stream, 0, 1 * MS, 0, "host", "1.1.1.1:80");
    add_connect(1 * MS, 1, 0, 5, "1.1.1.1:80", EINPROGRESS);
    stream_add_lookup(&stream, 2 * MS, 1 * MS, 0, "host", "2.2.2.2:80");
    add_connect(3 * MS, 1 * MS, 0, 6, "2.2.2.2:80", 0);
    add_call(5 * MS, 1 * MS, FN_SEND, 6, 10);
    add_call(6 * MS, 1 * MS, FN_RECV, 6, 10);
    add_close(10 * MS, 5);
    add_call(20 * MS, 1 * MS, FN_SEND, 6, 10);
    add_call(21 * MS, 1 * MS, FN_RECV, 6, 10);
    add_close(30 * MS, 6);
    read_back();
    ck_assert_uint_eq(all->count, 1);
    expect_counts(row("host", "2.2.2.2:80"), 2, 0);
    end();
}
END_TEST

/* Two addresses of a host are tried 20 ms apart, and the first to open has the other one given up.
 */
static const struct dead_peer *give_up(int which, uint64_t at)
{
    static const char *const addresses[] = {"1.1.1.1:80", "2.2.2.2:80"};
    begin();
    for (int i = 0; i < 2; i++)
        stream_add_lookup(&stream, i * MS, 1 * MS, 0, "host", addresses[i]);
    for (int i = 0; i < 2; i++)
        add_connect((10 + 20 * i) * MS, 1, 0, 5 + i, addresses[i], EINPROGRESS);
    add_call(50 * MS, 1, FN_CONNECT, 6 - which, 0);
    add_close(at, 5 + which);
    read_back();
    const struct dead *dead = &run.accounts.dead;
    return dead->count ? dead->items[0] : NULL;
}

START_TEST(address_that_was_tried_last_and_overtaken_has_held_up_nobody)
{
    const struct dead_peer *first = give_up(0, 60 * MS);
    ck_assert_ptr_nonnull(first);
    ck_assert_str_eq(first->peer, "1.1.1.1:80");
    ck_assert_uint_eq(first->waited, 50 * MS * 1000);
    end();
    ck_assert_ptr_null(give_up(1, 60 * MS));
    end();
    ck_assert_ptr_nonnull(give_up(1, 9000 * MS)); /* it was not given up for the other one */
    end();
}
END_TEST

START_TEST(unanswered_and_unreachable_have_failed)
{
    begin();
    stream_add_lookup(&stream, 0, 2 * MS, 0, "nowhere", NULL);
    add_connect(10 * MS, 3 * MS, 0, 5, "1.1.1.1:1", ECONNREFUSED);
    add_connect(20 * MS, 3 * MS, 0, 5, "1.1.1.1:1", ECONNREFUSED);
    add_connect(30 * MS, 1 * MS, 0, 6, "2.2.2.2:80", 0);
    add_call(31 * MS, 1 * MS, FN_SEND, 6, 10);
    add_call(32 * MS, 8 * MS, FN_RECV, 6, 0);
    add_close(40 * MS, 6);
    read_back();
    expect_counts(row("nowhere", NULL), 1, 1);
    expect_counts(row(NULL, "1.1.1.1:1"), 1, 1); /* it was tried twice */
    expect_counts(row(NULL, "2.2.2.2:80"), 1, 1);
    expect_part(&all->slowest[0], PART_TOTAL, 13 * MS);
    ck_assert(all->slowest[0].failed);
    end();
}
END_TEST

/* A request and its answer, then a goodbye: the close follows, or comes after a look at what has
 * come, or a sleep, for an answer that has not come; or in the loop's next round. */
START_TEST(what_is_written_before_a_close_is_no_request)
{
    begin();
    add_connect(0, 1 * MS, 0, 5, "1.1.1.1:80", 0);
    add_call(10 * MS, 10, FN_SEND, 5, 10);
    add_call(11 * MS, 10 * MS, FN_RECV, 5, 10);
    add_call(30 * MS, 10, FN_SEND, 5, 5);
    if (_i == 1)
        add_call(30 * MS + 20, 10, FN_RECV, 5, -1);
    if (_i == 2)
        add_call(31 * MS, 5 * MS, FN_SLEEP, -1, 0);
    if (_i == 3)
        add_call(31 * MS, 10, FN_EPOLL, 3, 0);
    add_close(40 * MS, 5);
    read_back();
    bool is_request = _i == 1 || _i == 2;
    expect_counts(row(NULL, "1.1.1.1:80"), is_request ? 2 : 1, is_request);
    ck_assert_uint_eq(run.model.connections.requests, is_request ? 2 : 1);
    end();
}
END_TEST

/* What is written before a close, of which a child that was forked meanwhile may read the answer.
 */
START_TEST(what_a_child_may_read_is_a_request)
{
    static struct stream child;
    begin();
    stream_add_child_start(&stream, 0, 1);
    add_connect(0, 1 * MS, 0, 5, "1.1.1.1:80", 0);
    add_call(10 * MS, 10, FN_SEND, 5, 10);
    add_close(40 * MS, 5);
    stream_begin(&child, scratch.path, 11, 0, _i ? 20 * MS : 50 * MS);
    stream_add_child_start(&child, _i ? 20 * MS : 50 * MS, 10);
    stream_end(&child);
    read_back();
    ck_assert_uint_eq(run.model.connections.requests, _i);
    end();
}
END_TEST

/* Lines of a log between requests to another host. Whoever looks for an answer, or may have in a
 * wait for many, has sent requests. */
START_TEST(what_is_written_and_never_looked_at_is_no_request)
{
    enum { NEVER, POLLS, READS, WAITS_FOR_MANY, READS_LATER };
    bool is_request = _i == READS || _i == WAITS_FOR_MANY;
    begin();
    add_connect(0, 10, 0, 5, "1.1.1.1:80", 0);
    add_connect(20, 10, 0, 6, "2.2.2.2:514", 0);
    for (uint64_t i = 0; i < 3; i++) {
        uint64_t at = (1 + i * 100) * MS;
        if (_i == POLLS) /* for room */
            add_call(at, 10, FN_POLL, 6, 1);
        add_call(at + 20, 10, FN_SEND, 6, 5);
        add_call(at + 40, 10, FN_SEND, 5, 5);
        if (_i == WAITS_FOR_MANY)
            add_call(at + 60, 10 * MS, FN_EPOLL, 3, 1);
        add_call(at + 11 * MS, 10 * MS, FN_RECV, 5, 10);
        if (_i == READS)
            CALL(&stream, .at = at + 30 * MS, .takes = 10, .function = FN_RECV, .fd = 6,
                 .result = -1, .error = EAGAIN);
    }
    for (uint64_t i = 0; _i == READS_LATER && i < 2; i++) { /* all is copied; the next request */
        add_call((400 + i) * MS, 10, FN_SEND, 6, 10);
        add_call((400 + i) * MS + 20, 10, FN_RECV, 6, 10);
    }
    read_back();
    expect_counts(row(NULL, "1.1.1.1:80"), 3, 0);
    ck_assert_uint_eq(run.model.connections.requests, is_request || _i == READS_LATER ? 4 : 3);
    ck_assert_uint_eq(run.blame.peak_in_flight, is_request ? 2 : 1);
    ck_assert_uint_eq(run.accounts.phases.uncounted, 0);
    end();
}
END_TEST

/* Names are looked up by two tasks at once, which then connect in the other order. */
START_TEST(look_up_belongs_to_the_connection_that_follows)
{
    begin();
    stream_add_lookup(&stream, 0, 7 * MS, 1, "one", "1.1.1.1:80");
    stream_add_lookup(&stream, 8 * MS, 9 * MS, 2, "two", "1.1.1.1:80");
    for (uint32_t task = 2; task; task--) {
        uint64_t at = (40 - 10 * task) * MS;
        add_connect(at, 1 * MS, task, 4 + task, "1.1.1.1:80", 0);
        add_call(at + 1 * MS, 1 * MS, FN_SEND, 4 + task, 10);
        add_call(at + 2 * MS, 1 * MS, FN_RECV, 4 + task, 10);
        add_close(at + 4 * MS, 4 + task);
    }
    add_connect(50 * MS, 1 * MS, 3, 9, "1.1.1.1:80", 0); /* it has looked up nothing */
    add_call(51 * MS, 1 * MS, FN_SEND, 9, 10);
    add_call(52 * MS, 1 * MS, FN_RECV, 9, 10);
    read_back();
    expect_counts(row("one", "1.1.1.1:80"), 1, 0);
    expect_counts(row("two", "1.1.1.1:80"), 2, 0); /* the last name that is known */
    ck_assert_uint_eq(row("one", "1.1.1.1:80")->parts[PART_LOOKUP].longest, 7000000);
    ck_assert_uint_eq(row("two", "1.1.1.1:80")->parts[PART_LOOKUP].longest, 9000000);
    ck_assert_uint_eq(row("two", "1.1.1.1:80")->parts[PART_LOOKUP].count, 1);
    end();
}
END_TEST

/* One task reads for long, another one writes meanwhile. */
START_TEST(who_writes_while_another_reads_is_not_counted)
{
    begin();
    add_connect(0, 1 * MS, 1, 5, "1.1.1.1:80", 0);
    CALL(&stream, .at = 2 * MS, .takes = 1 * MS, .task = 1, .function = FN_SEND, .fd = 5,
         .result = 10);
    CALL(&stream, .at = 3 * MS, .takes = 50 * MS, .parked = 50 * MS, .task = 2, .function = FN_RECV,
         .fd = 5, .result = 10, .flags = TRACE_FLAG_COOPERATIVE);
    CALL(&stream, .at = 10 * MS, .takes = 1 * MS, .task = 1, .function = FN_SEND, .fd = 5,
         .result = 10);
    add_close(60 * MS, 5);
    read_back();
    ck_assert_uint_eq(all->count, 0);
    ck_assert_uint_eq(run.accounts.phases.uncounted, 1);
    end();
}
END_TEST

/* It lay in the backlog for 30 ms, its request for 20 ms. */
START_TEST(served_requests_have_their_parts)
{
    begin();
    add_call(100 * MS, 10, FN_ACCEPT, 3, 5);
    stream_add_peer(&stream, 100 * MS + 10, 0, 5, TRACE_PEER_ACCEPT, "127.0.0.1:5555");
    stream_add_unread(&stream, 100 * MS + 20, TRACE_UNREAD_BACKLOG, 5, 0, 30 * MS);
    stream_add_unread(&stream, 101 * MS, TRACE_UNREAD_READ, 5, 10, 21 * MS);
    add_call(101 * MS, 1 * MS, FN_RECV, 5, 10);
    add_call(150 * MS, 1 * MS, FN_SEND, 5, 10);
    add_call(152 * MS, 3 * MS, FN_SEND, 5, 10);
    add_call(155 * MS, 10 * MS, FN_RECV, 5, 10);
    add_call(170 * MS, 1 * MS, FN_SEND, 5, 10);
    add_call(171 * MS, 1 * MS, FN_RECV, 5, 10); /* not answered */
    add_close(200 * MS, 5);
    read_back();
    ck_assert_uint_eq(all->count, 1);
    ck_assert(all->rows[0]->kind.is_served);
    expect_counts(all->rows[0], 3, 1);
    const struct request *first = &all->slowest[0];
    expect_part(first, PART_BACKLOG, 30 * MS);
    expect_part(first, PART_RECEIVE, 22 * MS);
    expect_part(first, PART_WAIT, 48 * MS);
    expect_part(first, PART_SEND, 5 * MS);
    expect_part(first, PART_TOTAL, 75 * MS);
    expect_none(&all->slowest[1], PART_BACKLOG);
    end();
}
END_TEST

/* After an answer and without any: the peer sends something, and goes. */
START_TEST(messages_that_want_no_answer_are_no_requests)
{
    begin();
    for (int fd = 5; fd <= 6; fd++)
        stream_add_peer(&stream, fd * MS, 0, fd, TRACE_PEER_ACCEPT, "127.0.0.1:5555");
    add_call(100 * MS, 1 * MS, FN_RECV, 5, 10);
    add_call(102 * MS, 1 * MS, FN_SEND, 5, 10);
    add_call(110 * MS, 1 * MS, FN_RECV, 5, 10);
    add_call(112 * MS, 1 * MS, FN_RECV, 5, 0);
    add_close(120 * MS, 5);
    add_call(130 * MS, 1 * MS, FN_RECV, 6, 10);
    CALL(&stream, .at = 132 * MS, .takes = 1 * MS, .function = FN_RECV, .fd = 6, .result = -1,
         .error = ECONNRESET);
    add_close(140 * MS, 6);
    read_back();
    expect_counts(all->rows[0], 1, 0);
    end();
}
END_TEST

/* Two paths, then one on a connection that turns out to speak HTTP/2. */
START_TEST(method_and_path_tell_requests_apart)
{
    static const char *const labels[] = {"GET /a", "GET /b/{id}", "GET /a"};
    begin();
    add_connect(0, 1 * MS, 0, 5, "1.1.1.1:80", 0);
    for (unsigned i = 0; i < 3; i++) {
        uint64_t at = (10 + 100 * i) * MS;
        add_call(at, 1 * MS, FN_SEND, 5, 10);
        stream_add_http(&stream, at + 1 * MS, 5, TRACE_HTTP_REQUEST, 0, labels[i]);
        add_call(at + 2 * MS, (i + 1) * 20 * MS, FN_RECV, 5, 10);
        stream_add_http(&stream, at + (22 + 20 * i) * MS, 5, TRACE_HTTP_ANSWER, 200 + 100 * i,
                        "HTTP/1");
    }
    add_connect(350 * MS, 1 * MS, 0, 6, "2.2.2.2:443", 0);
    stream_add_http(&stream, 351 * MS, 6, TRACE_HTTP_2, 0, "HTTP/2");
    add_call(352 * MS, 1 * MS, FN_SEND, 6, 10);
    add_call(353 * MS, 1 * MS, FN_RECV, 6, 10);
    read_back();
    ck_assert_uint_eq(all->count, 2);
    ck_assert_str_eq(all->rows[0]->kind.label, "GET /a");
    expect_counts(all->rows[0], 2, 0);
    ck_assert_uint_eq(all->rows[0]->errors, 1);
    ck_assert_str_eq(all->rows[1]->kind.label, "GET /b/{id}");
    expect_counts(all->rows[1], 1, 0);
    ck_assert_uint_eq(all->slowest[0].status, 400);
    ck_assert_uint_eq(run.accounts.phases.uncounted, 1);
    end();
}
END_TEST

/* The head, "100 Continue", the body, the answer; then a change of the protocol. */
START_TEST(an_answer_of_1xx_is_part_of_a_request)
{
    begin();
    add_connect(0, 1 * MS, 0, 5, "1.1.1.1:80", 0);
    add_call(1 * MS, 1 * MS, FN_SEND, 5, 10);
    stream_add_http(&stream, 2 * MS, 5, TRACE_HTTP_REQUEST, 0, "POST /a");
    add_call(3 * MS, 1 * MS, FN_RECV, 5, 10);
    stream_add_http(&stream, 4 * MS, 5, TRACE_HTTP_ANSWER, 100, "HTTP/1");
    add_call(5 * MS, 1 * MS, FN_SEND, 5, 10);
    add_call(6 * MS, 4 * MS, FN_RECV, 5, 10);
    stream_add_http(&stream, 10 * MS, 5, TRACE_HTTP_ANSWER, 200, "HTTP/1");
    add_call(20 * MS, 1 * MS, FN_SEND, 5, 10);
    stream_add_http(&stream, 21 * MS, 5, TRACE_HTTP_REQUEST, 0, "GET /chat");
    add_call(22 * MS, 1 * MS, FN_RECV, 5, 10);
    stream_add_http(&stream, 23 * MS, 5, TRACE_HTTP_ANSWER, 101, "HTTP/1");
    add_call(30 * MS, 1 * MS, FN_SEND, 5, 10);
    add_call(32 * MS, 1 * MS, FN_RECV, 5, 10);
    read_back();
    ck_assert_uint_eq(all->count, 2);
    expect_counts(all->rows[0], 1, 0);
    ck_assert_str_eq(all->rows[0]->kind.label, "POST /a");
    expect_part(&all->slowest[0], PART_SEND, 5 * MS);
    expect_part(&all->slowest[0], PART_WAIT, 4 * MS);
    ck_assert_uint_eq(all->slowest[0].status, 200);
    ck_assert_str_eq(all->rows[1]->kind.label, "GET /chat");
    expect_counts(all->rows[1], 1, 0);
    ck_assert_uint_eq(run.accounts.phases.uncounted, 1);
    end();
}
END_TEST

START_TEST(slowest_are_kept_in_order)
{
    begin();
    for (unsigned i = 0; i < 15; i++) {
        uint64_t at = i * 100 * MS;
        add_connect(at, 1, 0, 5, "1.1.1.1:80", 0);
        add_call(at + 1, 1, FN_SEND, 5, 10);
        add_call(at + 2, (1 + i * 7 % 15) * MS, FN_RECV, 5, 10);
        add_close(at + 50 * MS, 5);
    }
    read_back();
    ck_assert_uint_eq(all->slowest_count, SLOWEST_MAX);
    for (unsigned i = 0; i < SLOWEST_MAX; i++)
        ck_assert_uint_eq(all->slowest[i].parts[PART_WAIT] / 1000000, 15 - i);
    end();
}
END_TEST

static int compare(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

/* Against all the times, sorted. */
START_TEST(shares_are_known_to_one_part_in_a_hundred)
{
    enum { COUNT = 1000 };
    static uint64_t times[COUNT];
    struct spread spread = {0};
    uint64_t time = 17;
    ck_assert_uint_eq(spread_at(&spread, 0.5), 0);
    for (int i = 0; i < COUNT; i++) {
        time = time * 6364136223846793005u + 1442695040888963407u;
        times[i] = time >> (4 + time % 59);
        spread_add(&spread, times[i]);
    }
    qsort(times, COUNT, sizeof *times, compare);
    for (int rank = 1; rank < COUNT; rank++) {
        double truth = times[rank - 1], said = spread_at(&spread, (double)rank / COUNT);
        ck_assert_msg(said >= truth * 0.99 - 1 && said <= truth * 1.01 + 1, "%d: %f, not %f", rank,
                      said, truth);
    }
    ck_assert_uint_eq(spread_at(&spread, 1), times[COUNT - 1]);
    spread_finish(&spread);
}
END_TEST

SUITE("tracer: requests", ONCE(phases_of_a_request_add_up),
      ONCE(what_is_tried_again_is_one_request), ONCE(what_was_overtaken_has_not_failed),
      ONCE(address_that_was_tried_last_and_overtaken_has_held_up_nobody),
      ONCE(unanswered_and_unreachable_have_failed),
      EACH(what_is_written_before_a_close_is_no_request, 4),
      EACH(what_is_written_and_never_looked_at_is_no_request, 5),
      EACH(what_a_child_may_read_is_a_request, 2),
      ONCE(look_up_belongs_to_the_connection_that_follows),
      ONCE(who_writes_while_another_reads_is_not_counted), ONCE(served_requests_have_their_parts),
      ONCE(messages_that_want_no_answer_are_no_requests), ONCE(method_and_path_tell_requests_apart),
      ONCE(an_answer_of_1xx_is_part_of_a_request), ONCE(slowest_are_kept_in_order),
      ONCE(shares_are_known_to_one_part_in_a_hundred))
