/* The lives of connections, and how many requests were in flight. */
#include "read.h"
#include "scratch.h"
#include "suite.h"
#include "synthetic.h"

#include <errno.h>
#include <math.h>
#include <string.h>

static struct scratch scratch;
static struct stream stream;
static struct run run;
static const struct connections *all;

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
    all = &run.model.connections;
    ck_assert_uint_eq(run.accounts.flights.all.in_flight, 0); /* whatever happened, all are over */
}

static void end(void)
{
    run_finish(&run);
    scratch_remove(&scratch);
}

static void add_connect(uint64_t at, uint32_t task, int fd)
{
    stream_add_peer(&stream, at, task, fd, TRACE_PEER_CONNECT, "127.0.0.1:443");
    CALL(&stream, .at = at, .takes = 10, .task = task, .function = FN_CONNECT, .fd = fd);
}

static void add_close(uint64_t at, int fd)
{
    CALL(&stream, .at = at, .takes = 5, .function = FN_CLOSE, .fd = fd);
}

static void expect_steps(const char *expected)
{
    static const char letters[] = {'o', 's', 'b', 'r'};
    char steps[STEPS_MAX + 1] = "";
    for (size_t i = 0; i < run.accounts.timeline.steps.count; i++)
        steps[i] = letters[run.accounts.timeline.steps.items[i]];
    ck_assert_str_eq(steps, expected);
}

static void expect_mean(double mean)
{
    double found = run.blame.effective_concurrency;
    ck_assert_msg(fabs(found - mean) < 0.01, "mean is %f, not %f", found, mean);
}

static const struct lifeline *life(size_t lane)
{
    ck_assert_uint_lt(lane, run.accounts.timeline.lane_count);
    return &run.accounts.timeline.lanes[lane]->life;
}

/* Three requests of 100 ms, each on its own connection. */
START_TEST(one_after_another_is_one_in_flight)
{
    begin();
    for (int i = 0; i < 3; i++) {
        uint64_t at = i * 200 * MS;
        add_connect(at, 0, 5);
        CALL(&stream, .at = at + 20, .takes = 10, .function = FN_SEND, .fd = 5, .result = 70);
        CALL(&stream, .at = at + 30, .takes = 100 * MS, .function = FN_RECV, .fd = 5,
             .result = 500);
        add_close(at + 101 * MS, 5);
    }
    read_back();
    ck_assert_uint_eq(all->count, 3);
    ck_assert_uint_eq(all->requests, 3);
    ck_assert_uint_eq(all->bytes_sent, 210);
    ck_assert_uint_eq(all->bytes_received, 1500);
    ck_assert_uint_eq(run.blame.peak_in_flight, 1);
    expect_mean(1);
    expect_steps("osbrosbrosbr");
    ck_assert_uint_eq(life(1)->blocked, 100000000);
    ck_assert_str_eq(model_function(&run.model, life(1)->blocker), "__recv_chk");
    ck_assert_uint_eq(life(1)->sent, EPOCH + 200030000);
    ck_assert_uint_eq(life(1)->answered, EPOCH + 300030000);
    end();
}
END_TEST

/* The same in tasks whose waits are parked: the thread is idle meanwhile. */
START_TEST(overlapped_requests_are_all_in_flight)
{
    begin();
    for (int i = 0; i < 3; i++)
        add_connect(i * 100, i + 1, 5 + i);
    for (int i = 0; i < 3; i++)
        CALL(&stream, .at = 1000 + i * 100, .takes = 10, .task = i + 1, .function = FN_SEND,
             .fd = 5 + i, .result = 70);
    for (int i = 0; i < 3; i++)
        CALL(&stream, .at = 1500 + i * 100, .takes = 100 * MS, .parked = 100 * MS, .task = i + 1,
             .function = FN_RECV, .fd = 5 + i, .result = 500, .flags = TRACE_FLAG_COOPERATIVE);
    stream_add_idle(&stream, 1800, 99 * MS);
    read_back();
    ck_assert_uint_eq(run.blame.peak_in_flight, 3);
    ck_assert(run.blame.effective_concurrency > 2.95);
    expect_steps("ooosssbrrr");
    ck_assert_uint_eq(life(0)->blocked, 0);
    ck_assert_uint_eq(run.accounts.timeline.lanes[1]->owner.task, 2);
    end();
}
END_TEST

/* All are sent, then read one at a time: in flight together, whatever the reads do. */
START_TEST(a_flight_ends_with_the_first_successful_read)
{
    begin();
    add_connect(0, 0, 5);
    CALL(&stream, .at = 20, .takes = 10, .function = FN_SEND, .fd = 5, .result = 1);
    CALL(&stream, .at = 50 * MS, .takes = 5, .function = FN_RECV, .fd = 5, .result = -1,
         .error = EAGAIN);
    CALL(&stream, .at = 60 * MS, .takes = 5, .function = FN_RECV, .fd = 5, .result = -1,
         .error = EINTR);
    CALL(&stream, .at = 70 * MS, .takes = 5, .function = FN_SSL_READ, .fd = 5, .result = -1);
    CALL(&stream, .at = 80 * MS, .takes = 5, .function = FN_SSL_READ, .fd = 5, .result = 0);
    CALL(&stream, .at = 100 * MS, .takes = 5, .function = FN_SSL_READ, .fd = 5, .result = 40);
    CALL(&stream, .at = 300 * MS, .takes = 5, .function = FN_SSL_READ, .fd = 5, .result = 40);
    read_back();
    ck_assert_uint_eq(life(0)->answered, EPOCH + 100005000);
    ck_assert_uint_eq(life(0)->bytes_received, 80);
    double in_flight = run.accounts.flights.all.busy;
    ck_assert_msg(fabs(in_flight - 99975000) < 1, "%f", in_flight);
    end();
}
END_TEST

START_TEST(the_end_of_the_stream_and_its_failure_end_a_flight)
{
    static const struct {
        int64_t result;
        int error;
    } ends[] = {{0, 0}, {-1, ECONNRESET}};
    begin();
    add_connect(0, 0, 5);
    CALL(&stream, .at = 20, .takes = 10, .function = FN_SEND, .fd = 5, .result = 1);
    CALL(&stream, .at = 30, .takes = 10 * MS, .function = FN_RECV, .fd = 5,
         .result = ends[_i].result, .error = ends[_i].error);
    CALL(&stream, .at = 90 * MS, .takes = 10, .function = FN_SLEEP);
    read_back();
    ck_assert(fabs(run.accounts.flights.all.busy - 10e6) < 1);
    end();
}
END_TEST

START_TEST(a_request_in_two_writes_is_one)
{
    begin();
    add_connect(0, 0, 5);
    CALL(&stream, .at = 1 * MS, .takes = 10, .function = FN_SEND, .fd = 5, .result = 10);
    CALL(&stream, .at = 3 * MS, .takes = 1 * MS, .function = FN_SEND, .fd = 5, .result = 10);
    CALL(&stream, .at = 5 * MS, .takes = 20 * MS, .function = FN_RECV, .fd = 5, .result = 10);
    /* the next one, by a write that would have blocked at first */
    CALL(&stream, .at = 40 * MS, .takes = 10, .function = FN_SEND, .fd = 5, .result = -1,
         .error = EAGAIN);
    CALL(&stream, .at = 50 * MS, .takes = 10, .function = FN_SEND, .fd = 5, .result = 10);
    CALL(&stream, .at = 51 * MS, .takes = 20 * MS, .function = FN_RECV, .fd = 5, .result = 10);
    read_back();
    ck_assert_uint_eq(all->requests, 2);
    ck_assert_uint_eq(run.blame.peak_in_flight, 1);
    expect_steps("osbbrsbr"); /* the first block is the second write */
    end();
}
END_TEST

START_TEST(a_handshake_is_no_request)
{
    begin();
    add_connect(0, 0, 5);
    CALL(&stream, .at = 1 * MS, .takes = 5 * MS, .function = FN_SSL_CONNECT, .fd = 5, .result = -1);
    stream_add_watch(&stream, 7 * MS, 0, (const int[]){5}, 1);
    CALL(&stream, .at = 7 * MS, .takes = 5 * MS, .function = FN_POLL, .fd = -1, .result = 1);
    CALL(&stream, .at = 13 * MS, .takes = 5 * MS, .function = FN_SSL_CONNECT, .fd = 5, .result = 1);
    read_back();
    ck_assert_uint_eq(all->requests, 0);
    ck_assert_uint_eq(run.blame.peak_in_flight, 0);
    ck_assert_uint_eq(life(0)->ready, EPOCH + 18000000);
    expect_steps("o"); /* what it waits for is part of opening */
    end();
}
END_TEST

START_TEST(a_wait_belongs_to_what_it_watches)
{
    begin();
    for (int fd = 5; fd < 8; fd++) {
        add_connect(fd * 100, 0, fd);
        CALL(&stream, .at = fd * 100 + 20, .takes = 10, .function = FN_SEND, .fd = fd, .result = 1);
    }
    stream_add_watch(&stream, 10 * MS, 0, (const int[]){6, 7, 99, -1}, 4);
    CALL(&stream, .at = 10 * MS, .takes = 30 * MS, .function = FN_POLL, .fd = -1, .result = 1);
    stream_add_watch(&stream, 40 * MS, 0, (const int[]){5}, 1); /* its call was lost */
    CALL(&stream, .at = 50 * MS, .takes = 60 * MS, .function = FN_POLL, .fd = -1, .result = 1);
    read_back();
    ck_assert_uint_eq(life(0)->blocked, 0);
    ck_assert_uint_eq(life(1)->blocked, 30000000);
    ck_assert_uint_eq(life(2)->blocked, 30000000);
    end();
}
END_TEST

START_TEST(a_descriptor_that_is_used_again_is_another_connection)
{
    begin();
    add_connect(0, 0, 5);
    CALL(&stream, .at = 1 * MS, .takes = 10, .function = FN_SEND, .fd = 5, .result = 1);
    add_connect(50 * MS, 0, 5); /* close was not seen: close_range, or by another thread */
    CALL(&stream, .at = 51 * MS, .takes = 10, .function = FN_RECV, .fd = 5, .result = 1);
    add_close(60 * MS, 5);
    CALL(&stream, .at = 61 * MS, .takes = 10, .function = FN_SEND, .fd = 5, .result = 1);
    read_back();
    ck_assert_uint_eq(all->count, 2);
    ck_assert_uint_eq(all->requests, 1); /* the last one went into a file */
    ck_assert_uint_eq(life(0)->answered, 0);
    ck_assert_uint_eq(life(0)->closed, EPOCH + 50000000);
    ck_assert_uint_eq(life(1)->closed, EPOCH + 60000000);
    end();
}
END_TEST

START_TEST(a_repeated_connect_is_the_same_connection)
{
    begin();
    stream_add_peer(&stream, 0, 0, 5, TRACE_PEER_CONNECT, "127.0.0.1:443");
    CALL(&stream, .at = 0, .takes = 5, .function = FN_CONNECT, .fd = 5, .result = -1,
         .error = EINPROGRESS);
    stream_add_peer(&stream, 9 * MS, 0, 5, TRACE_PEER_CONNECT, "127.0.0.1:443");
    CALL(&stream, .at = 9 * MS, .takes = 5, .function = FN_CONNECT, .fd = 5);
    read_back();
    ck_assert_uint_eq(all->count, 1);
    ck_assert_uint_eq(life(0)->ready, EPOCH + 9005000);
    end();
}
END_TEST

START_TEST(a_refused_connection_fails_and_the_next_try_is_another)
{
    begin();
    stream_add_peer(&stream, 0, 0, 5, TRACE_PEER_CONNECT, "[::1]:443");
    CALL(&stream, .at = 0, .takes = 5, .function = FN_CONNECT, .fd = 5, .result = -1,
         .error = ECONNREFUSED);
    add_connect(1 * MS, 0, 5);
    read_back();
    ck_assert_uint_eq(all->count, 2);
    ck_assert_uint_eq(life(0)->ready, 0);
    unsigned marks = 0;
    for (size_t i = 0; i < TIMELINE_CELLS; i++)
        marks |= run.accounts.timeline.lanes[0]->cells[i].marks;
    ck_assert_uint_eq(marks, MARK_FAILED);
    end();
}
END_TEST

START_TEST(a_duplicate_keeps_the_connection_open)
{
    begin();
    add_connect(0, 0, 5);
    add_connect(50, 0, 6);
    CALL(&stream, .at = 100, .takes = 5, .function = FN_DUP2, .fd = 5, .result = 6);
    add_close(200, 5);
    CALL(&stream, .at = 300, .takes = 10, .function = FN_SEND, .fd = 6, .result = 1);
    CALL(&stream, .at = 350, .takes = 10, .function = FN_RECV, .fd = 6, .result = 1);
    add_close(400, 6);
    read_back();
    ck_assert_uint_eq(all->requests, 1);
    ck_assert_uint_eq(life(1)->closed, EPOCH + 105000); /* dup2 closed it */
    ck_assert_uint_eq(life(0)->closed, EPOCH + 400000);
    end();
}
END_TEST

START_TEST(close_while_another_task_waits_ends_the_flight)
{
    begin();
    add_connect(0, 1, 5);
    CALL(&stream, .at = 100, .takes = 10, .task = 1, .function = FN_SEND, .fd = 5, .result = 1);
    CALL(&stream, .at = 200, .takes = 90 * MS, .task = 1, .function = FN_RECV, .fd = 5,
         .result = -1, .error = EBADF);
    CALL(&stream, .at = 20 * MS, .takes = 5, .task = 2, .function = FN_CLOSE, .fd = 5);
    read_back();
    ck_assert_uint_eq(life(0)->closed, EPOCH + 20000000);
    ck_assert(fabs(run.accounts.flights.all.busy - (20e6 - 110e3)) < 1);
    end();
}
END_TEST

START_TEST(what_a_server_accepted_is_not_in_flight)
{
    begin();
    CALL(&stream, .at = 0, .takes = 10, .function = FN_ACCEPT, .fd = 3, .result = 5);
    stream_add_peer(&stream, 10, 0, 5, TRACE_PEER_ACCEPT, "127.0.0.1:5555");
    CALL(&stream, .at = 20, .takes = 5 * MS, .function = FN_RECV, .fd = 5, .result = 10);
    CALL(&stream, .at = 6 * MS, .takes = 10, .function = FN_SEND, .fd = 5, .result = 10);
    CALL(&stream, .at = 7 * MS, .takes = 5 * MS, .function = FN_RECV, .fd = 5, .result = 10);
    read_back();
    ck_assert_uint_eq(all->accepted, 1);
    ck_assert_uint_eq(all->requests, 0);
    ck_assert_uint_eq(run.blame.peak_in_flight, 0);
    ck_assert_uint_eq(all->bytes_received, 20);
    end();
}
END_TEST

START_TEST(the_end_of_a_process_ends_its_flights)
{
    static struct stream other;
    begin();
    add_connect(0, 0, 5);
    CALL(&stream, .at = 1 * MS, .takes = 10, .function = FN_SEND, .fd = 5, .result = 1);
    CALL(&stream, .at = 2 * MS, .takes = TRACE_IN_PROGRESS, .function = FN_RECV, .fd = 5);
    CALL(&stream, .at = 9 * MS, .takes = 1 * MS, .task = 7, .function = FN_SLEEP); /* killed */
    stream_begin(&other, scratch.path, 11, 0, 0);
    CALL(&other, .at = 0, .takes = 5 * SECOND, .function = FN_SLEEP);
    CALL(&other, .at = 6 * SECOND, .takes = 1, .function = FN_SEND, .fd = 5, .result = 1);
    stream_end(&other);
    read_back();
    ck_assert(fabs(run.accounts.flights.all.busy - 8.99e6) < 1);
    ck_assert_uint_eq(life(0)->closed, EPOCH + 10000000);
    ck_assert_uint_eq(life(0)->blocked, 8000000);
    ck_assert_uint_eq(all->requests, 1); /* a descriptor number says nothing in another process */
    end();
}
END_TEST

START_TEST(lanes_are_few_and_connections_are_counted)
{
    begin();
    for (int i = 0; i < 200; i++) {
        add_connect(i * MS, 0, 5);
        add_close(i * MS + 100, 5);
    }
    read_back();
    ck_assert_uint_eq(all->count, 200);
    ck_assert_uint_eq(run.accounts.timeline.lane_count, TIMELINE_LANES);
    end();
}
END_TEST

static double spent(const struct lane *lane, enum lane_state state)
{
    double sum = 0;
    for (size_t i = 0; i < TIMELINE_CELLS; i++)
        sum += lane->cells[i].spent[state];
    return sum;
}

/* Over a run of hours the cells are folded many times; what was painted stays. */
START_TEST(a_lane_keeps_its_times_however_long_the_run)
{
    begin();
    add_connect(0, 0, 5);
    CALL(&stream, .at = 1 * MS, .takes = 10, .function = FN_SEND, .fd = 5, .result = 1);
    CALL(&stream, .at = 1 * SECOND, .takes = 2000ull * SECOND, .function = FN_RECV, .fd = 5,
         .result = 1);
    add_close(5000ull * SECOND, 5);
    read_back();
    const struct lane *lane = run.accounts.timeline.lanes[0];
    ck_assert(fabs(spent(lane, LANE_OPENING) - 10e3) < 1);
    ck_assert(fabs(spent(lane, LANE_FLIGHT) - (1e9 - 1010e3)) < 1e6);
    ck_assert(fabs(spent(lane, LANE_BLOCKED) - 2000e9) < 1e6);
    ck_assert(fabs(spent(lane, LANE_IDLE) - (2999e9 + 990e3)) < 1e6);
    end();
}
END_TEST

SUITE("tracer: connections", ONCE(one_after_another_is_one_in_flight),
      ONCE(overlapped_requests_are_all_in_flight),
      ONCE(a_flight_ends_with_the_first_successful_read),
      EACH(the_end_of_the_stream_and_its_failure_end_a_flight, 2),
      ONCE(a_request_in_two_writes_is_one), ONCE(a_handshake_is_no_request),
      ONCE(a_wait_belongs_to_what_it_watches),
      ONCE(a_descriptor_that_is_used_again_is_another_connection),
      ONCE(a_repeated_connect_is_the_same_connection),
      ONCE(a_refused_connection_fails_and_the_next_try_is_another),
      ONCE(a_duplicate_keeps_the_connection_open),
      ONCE(close_while_another_task_waits_ends_the_flight),
      ONCE(what_a_server_accepted_is_not_in_flight), ONCE(the_end_of_a_process_ends_its_flights),
      ONCE(lanes_are_few_and_connections_are_counted),
      ONCE(a_lane_keeps_its_times_however_long_the_run))
