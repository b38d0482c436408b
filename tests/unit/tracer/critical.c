/* The critical path: what the run waited for, one after another. */
#include "read.h"
#include "scratch.h"
#include "suite.h"
#include "synthetic.h"

#include <math.h>
#include <string.h>

static struct scratch scratch;
static struct stream streams[3];
static struct run run;

static void begin(void)
{
    scratch_make(&scratch);
    synthetic_make(scratch.path);
    stream_begin(&streams[0], scratch.path, 10, 0, 0);
}

/* Whatever happened, the segments add up to the time of the run. */
static void read_back(void)
{
    double sum = 0;
    run_read(&run, scratch.path);
    ck_assert_int_eq(run.warned.count, 0);
    ck_assert_uint_le(run.blame.segment_count, BLAME_SEGMENTS);
    for (size_t i = 0; i < run.blame.segment_count; i++)
        sum += run.blame.segments[i].seconds;
    ck_assert_msg(fabs(sum - run.blame.wall_s) < 1e-9, "%f, and not %f", sum, run.blame.wall_s);
}

static void end(void)
{
    run_finish(&run);
    scratch_remove(&scratch);
}

static double seconds_in(enum piece_kind kind, const char *function, const char *peer)
{
    double seconds = 0;
    for (size_t i = 0; i < run.blame.segment_count; i++) {
        const struct blame_segment *each = &run.blame.segments[i];
        const char *name =
            each->call ? model_function(&run.model, each->call->group->function) : "";
        if (each->kind == kind && (!function || !strcmp(name, function)) &&
            (peer ? each->peer && !strcmp(each->peer, peer) : !each->peer))
            seconds += each->seconds;
    }
    return seconds;
}

static void expect(enum piece_kind kind, const char *function, const char *peer, double seconds)
{
    double found = seconds_in(kind, function, peer);
    ck_assert_msg(fabs(found - seconds) < 1e-6, "%s: %f s, not %f", function, found, seconds);
}

static void add_connect(struct stream *stream, uint64_t at, int fd, const char *peer)
{
    stream_add_peer(stream, at, 0, fd, TRACE_PEER_CONNECT, peer);
    CALL(stream, .at = at, .takes = 10, .function = FN_CONNECT, .fd = fd);
}

START_TEST(calls_and_the_program_s_own_time_add_up)
{
    begin();
    add_connect(&streams[0], 0, 5, "1.1.1.1:80");
    for (int i = 0; i < 3; i++) {
        uint64_t at = (10 + 200 * i) * MS;
        CALL(&streams[0], .at = at, .takes = 10, .function = FN_SEND, .fd = 5, .result = 1);
        CALL(&streams[0], .at = at + 10, .takes = 100 * MS, .function = FN_RECV, .fd = 5,
             .result = 1);
    }
    CALL(&streams[0], .at = 600 * MS, .takes = 50 * MS, .function = FN_SLEEP, .fd = -1);
    stream_end(&streams[0]);
    read_back();
    expect(PIECE_CALL, "__recv_chk", "1.1.1.1:80", 0.3);
    expect(PIECE_CALL, "sleep", NULL, 0.05);
    expect(PIECE_OWN, NULL, NULL, 0.3);
    ck_assert_uint_eq(run.blame.segment_count, 3);
    ck_assert_uint_eq(run.blame.segments[1].count, 3);
    end();
}
END_TEST

/* With its stack, so it is known as soon as it is over. */
static void add_long_call(struct stream *stream, uint64_t at, uint64_t takes, int function)
{
    static const uint64_t frame = 4711;
    const struct synthetic_call call = {.at = at, .takes = takes, .function = function, .fd = -1};
    stream_add_long_call(stream, call, 0, &frame, 1);
}

/* Main does 20 ms by itself, and waits for a thread that sleeps. */
START_TEST(a_join_is_what_the_thread_did)
{
    begin();
    stream_begin(&streams[1], scratch.path, 10, 1, 0);
    CALL(&streams[0], .at = 0, .takes = 10, .function = FN_CLOSE, .fd = 3);
    add_long_call(&streams[0], 20 * MS, 310 * MS, FN_JOIN);
    stream_add_thread_start(&streams[1], 10 * MS);
    add_long_call(&streams[1], 15 * MS, 300 * MS, FN_SLEEP);
    stream_add_thread_end(&streams[1], 325 * MS, 0);
    stream_end(&streams[0]);
    stream_end(&streams[1]);
    read_back();
    expect(PIECE_CALL, "sleep", NULL, 0.3);
    expect(PIECE_OWN, NULL, NULL, 0.025);
    expect(PIECE_CALL, "pthread_join", NULL, 0.005);
    end();
}
END_TEST

/* Main sleeps for most of the time, while a thread reads a timer every 10 ms, and does something
 * itself then. */
static void join_ticker(uint64_t does)
{
    static const uint64_t frame = 815;
    const struct trace_timer timer = {
        .head = {EPOCH, TRACE_TIMER, 0}, .due = EPOCH, .interval = 10 * MS * 1000, .fd = 7};
    begin();
    stream_begin(&streams[1], scratch.path, 10, 1, 0);
    CALL(&streams[0], .at = 0, .takes = 10, .function = FN_CLOSE, .fd = 3);
    add_long_call(&streams[0], 10 * MS, 395 * MS, FN_SLEEP);
    add_long_call(&streams[0], 405 * MS, 6 * MS, FN_JOIN);
    stream_add_thread_start(&streams[1], 10 * MS);
    stream_add(&streams[1], &timer, sizeof timer, NULL, 0);
    for (uint64_t at = 10 * MS; at < 410 * MS; at += 10 * MS) {
        const struct synthetic_call tick = {
            .at = at + does, .takes = 10 * MS - does, .function = FN_RECV, .fd = 7, .result = 8};
        stream_add_long_call(&streams[1], tick, 0, &frame, 1);
    }
    stream_add_thread_end(&streams[1], 410 * MS, 0);
    stream_end(&streams[0]);
    stream_end(&streams[1]);
    read_back();
}

START_TEST(who_joins_a_ticker_waits_for_its_last_tick)
{
    join_ticker(100);
    expect(PIECE_CALL, "sleep", NULL, 0.395);
    expect(PIECE_CALL, "__recv_chk", NULL, 0.006);
    end();
    join_ticker(4 * MS);
    expect(PIECE_CALL, "sleep", NULL, 0);
    expect(PIECE_CALL, "__recv_chk", NULL, 0.24);
    end();
}
END_TEST

START_TEST(a_wait_for_many_is_for_whose_answer_is_read_then)
{
    static const int both[] = {5, 6};
    begin();
    for (int i = 0; i < 2; i++) {
        add_connect(&streams[0], 100 * i, 5 + i, i ? "2.2.2.2:80" : "1.1.1.1:80");
        CALL(&streams[0], .at = 100 * i + 20, .takes = 10, .function = FN_SEND, .fd = 5 + i,
             .result = 1);
    }
    for (int i = 1; i >= 0; i--) {
        uint64_t at = (2 - i) * 100 * MS;
        stream_add_watch(&streams[0], at, 0, both, 2);
        CALL(&streams[0], .at = at, .takes = (10 + 40 * i) * MS, .function = FN_POLL, .fd = -1,
             .result = 1);
        CALL(&streams[0], .at = at + 60 * MS, .takes = 10, .function = FN_RECV, .fd = 5 + i,
             .result = 1);
    }
    stream_end(&streams[0]);
    read_back();
    expect(PIECE_EVENTS, "poll", "2.2.2.2:80", 0.05);
    expect(PIECE_EVENTS, "poll", "1.1.1.1:80", 0.01);
    expect(PIECE_EVENTS, "poll", NULL, 0);
    end();
}
END_TEST

/* A hundred places; the longest are kept apart. */
START_TEST(what_is_too_much_is_one_segment)
{
    begin();
    for (unsigned i = 0; i < 100; i++)
        CALL(&streams[0], .at = i * 100 * MS, .takes = (i == 7 ? 90 : 2) * MS, .function = FN_SLEEP,
             .fd = -1, .caller = 1000 + i);
    stream_end(&streams[0]);
    read_back();
    ck_assert(seconds_in(PIECE_REST, NULL, NULL) > 0.1);
    ck_assert_uint_eq(run.blame.segment_count, BLAME_SEGMENTS);
    ck_assert(seconds_in(PIECE_CALL, "sleep", NULL) > 0.09);
    end();
}
END_TEST

/* A process waits for one that it has started, which is not recorded from its begin on. */
START_TEST(a_child_is_waited_for)
{
    static const int waits[] = {FN_WAITPID, FN_SIGSUSPEND};
    begin();
    CALL(&streams[0], .at = 0, .takes = 10, .function = FN_CLOSE, .fd = 3);
    CALL(&streams[0], .at = 10 * MS, .takes = 490 * MS, .function = waits[_i], .fd = -1,
         .result = 11);
    stream_end(&streams[0]);
    stream_begin(&streams[1], scratch.path, 11, 0, 50 * MS);
    stream_add_child_start(&streams[1], 50 * MS, 10);
    CALL(&streams[1], .at = 100 * MS, .takes = 390 * MS, .function = FN_SLEEP, .fd = -1);
    stream_end(&streams[1]);
    read_back();
    expect(PIECE_CALL, "sleep", NULL, 0.39);
    expect(PIECE_CALL, _i ? "sigsuspend" : "waitpid", NULL,
           0.1); /* before the child's first record, and after its end */
    expect(PIECE_OWN, NULL, NULL, 0.01);
    end();
}
END_TEST

SUITE("tracer: critical", ONCE(calls_and_the_program_s_own_time_add_up),
      ONCE(a_join_is_what_the_thread_did), ONCE(who_joins_a_ticker_waits_for_its_last_tick),
      ONCE(a_wait_for_many_is_for_whose_answer_is_read_then), ONCE(what_is_too_much_is_one_segment),
      EACH(a_child_is_waited_for, 2))
