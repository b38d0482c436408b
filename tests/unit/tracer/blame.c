/* Who waited behind what, and what a replay makes of it; what leads to each pattern. */
#include "account/schedule.h"
#include "read.h"
#include "render/sentence.h"
#include "scratch.h"
#include "suite.h"
#include "synthetic.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct scratch scratch;
static struct stream streams[80];
static struct run run;
static const struct blame *blame;

static void begin(unsigned threads)
{
    scratch_make(&scratch);
    streams_begin(streams, threads, scratch.path);
}

static void read_back(unsigned threads)
{
    streams_end(streams, threads);
    run_read(&run, scratch.path);
    ck_assert_int_eq(run.warned.count, 0);
    blame = &run.blame;
}

static void end(void)
{
    run_finish(&run);
    scratch_remove(&scratch);
}

static void is_near(const char *what, double found, double expected)
{
    ck_assert_msg(fabs(found - expected) < 0.001, "%s is %f, not %f", what, found, expected);
}

/* --- records --- */

static uint64_t moment(uint64_t us)
{
    return EPOCH + us * 1000;
}

static void add_unread(uint64_t at, enum trace_unread_reason reason, int fd, uint64_t age)
{
    const struct trace_unread record = {.head = {.time = moment(at), .id = TRACE_UNREAD},
                                        .call_begin = moment(at),
                                        .reason = reason,
                                        .count = 1};
    const struct trace_unread_item item = {fd, 40, age * 1000};
    stream_add(&streams[0], &record, sizeof record, &item, sizeof item);
}

/* The call that began then returns at `at`: it waited for a lock that thread `holder` had. */
static void add_lock(struct stream *stream, uint64_t begun, uint64_t at, uint32_t holder)
{
    const struct trace_lock record = {.head = {.time = moment(at), .id = TRACE_LOCK},
                                      .call_begin = moment(begun),
                                      .address = 0x1234,
                                      .holder = streams[holder].header.tid};
    stream_add(stream, &record, sizeof record, NULL, 0);
}

/* The same, and thread `waker` let go of it. */
static void add_handed_lock(struct stream *stream, uint64_t begun, uint64_t at, uint32_t holder,
                            uint32_t waker)
{
    const struct trace_lock record = {.head = {.time = moment(at), .id = TRACE_LOCK},
                                      .call_begin = moment(begun),
                                      .address = 0x1234,
                                      .holder = streams[holder].header.tid,
                                      .waker = streams[waker].header.tid};
    stream_add(stream, &record, sizeof record, NULL, 0);
}

static void connect_at(uint64_t at, int fd)
{
    stream_add_peer(&streams[0], at, 0, fd, TRACE_PEER_CONNECT, "127.0.0.1:443");
    CALL(&streams[0], .at = at, .takes = 10, .function = FN_CONNECT, .fd = fd);
}

static void send_at(uint64_t at, int fd)
{
    CALL(&streams[0], .at = at, .takes = 10, .function = FN_SEND, .fd = fd, .result = 70);
}

static void recv_at(uint64_t at, uint64_t takes, int fd)
{
    CALL(&streams[0], .at = at, .takes = takes, .function = FN_RECV, .fd = fd, .result = 40);
}

static const struct blamed_call *call_named(const char *name)
{
    for (size_t i = 0; i < blame->call_count; i++)
        if (!strcmp(model_function(&run.model, blame->calls[i].group->function), name))
            return &blame->calls[i];
    ck_abort_msg("no call %s", name);
}

/* --- stalls --- */

/* Four connections, each used for 100 ms when the one before it is done. */
static void use_one_at_a_time(void)
{
    for (int i = 0; i < 4; i++)
        connect_at(100 * i, 5 + i);
    for (int i = 0; i < 4; i++) {
        send_at(1000 + i * 101 * MS, 5 + i);
        recv_at(1100 + i * 101 * MS, 100 * MS, 5 + i);
    }
}

START_TEST(open_connections_wait_for_their_turn)
{
    begin(1);
    use_one_at_a_time();
    read_back(1);
    is_near("serialized", blame->serialized_s, 0.3);
    is_near("waiting", blame->waiting_conn_s, 0.6);
    is_near("what-if", blame->what_if_s, 0.104);
    ck_assert_uint_eq(blame->patterns, PATTERN_STALL);
    const struct blamed_call *call = call_named("__recv_chk");
    ck_assert_uint_eq(call->victims_in_all, 3);
    ck_assert_uint_eq(call->victims[0].connection, 4);
    is_near("the longest wait", call->victims[0].waited_s, 0.3);
    ck_assert_str_eq(call->victims[0].peer, "127.0.0.1:443");
    end();
}
END_TEST

/* A thread opens two connections, and uses one when another thread has given it work. */
static void wait_for_work(unsigned thread, int function)
{
    const uint64_t stack[] = {0x100, 0x200};
    begin(2);
    for (int fd = 5; fd <= 6; fd++) {
        stream_add_peer(&streams[thread], 10 * fd, 0, fd, TRACE_PEER_CONNECT, "127.0.0.1:80");
        CALL(&streams[thread], .at = 10 * fd, .takes = 10, .function = FN_CONNECT, .fd = fd);
    }
    stream_add_long_call(
        &streams[thread],
        (struct synthetic_call){.at = 1 * MS, .takes = 50 * MS, .function = function, .fd = -1}, 0,
        stack, 2);
    CALL(&streams[thread], .at = 52 * MS, .takes = 10, .function = FN_SEND, .fd = 5, .result = 70);
    CALL(&streams[thread], .at = 53 * MS, .takes = 10, .function = FN_RECV, .fd = 5, .result = 40);
    read_back(2);
}

START_TEST(nobody_waits_behind_a_helper_that_waits_for_work)
{
    int function = _i ? FN_SEM : FN_COND;
    wait_for_work(1, function);
    is_near("of a helper", blame->serialized_s, 0);
    end();
    wait_for_work(0, function);
    is_near("of the main thread", blame->serialized_s, 0.05);
    end();
}
END_TEST

/* A connection is opened, and used after a sleep: alone; beside another one; by a task; or by a
 * loop. */
START_TEST(what_is_done_before_the_first_request_holds_nobody_up)
{
    const uint64_t stack[] = {0x100, 0x200};
    begin(1);
    if (_i == 3)
        for (uint64_t i = 1; i <= LOOP_WAITS_MIN; i++) {
            stream_add_watch(&streams[0], 10 * i, 0, (const int[]){8, 9}, 2);
            CALL(&streams[0], .at = 10 * i, .takes = 5, .function = FN_POLL, .fd = -1, .result = 1);
        }
    stream_add_peer(&streams[0], 100, _i == 2, 5, TRACE_PEER_CONNECT, "127.0.0.1:443");
    CALL(&streams[0], .at = 100, .takes = 10, .task = _i == 2, .function = FN_CONNECT, .fd = 5);
    if (_i == 1)
        connect_at(200, 6);
    const struct synthetic_call sleep = {
        .at = 1 * MS, .takes = 80 * MS, .task = _i == 2 ? 2 : 0, .function = FN_SLEEP, .fd = -1};
    stream_add_long_call(&streams[0], sleep, 0, stack, 2);
    CALL(&streams[0], .at = 82 * MS, .takes = 10, .task = _i == 2, .function = FN_SEND, .fd = 5,
         .result = 70);
    read_back(1);
    is_near("serialized", blame->serialized_s, _i ? 0.08 : 0);
    is_near("waiting", blame->waiting_conn_s, _i ? 0.08 : 0);
    ck_assert_uint_eq(!_i, !(blame->patterns & PATTERN_STALL));
    end();
}
END_TEST

/* What is never used waits for nobody, and neither does what a pool keeps in reserve. */
START_TEST(connections_in_reserve_do_not_wait)
{
    begin(1);
    for (int i = 0; i < 3; i++)
        connect_at(100 * i, 5 + i);
    for (int i = 0; i < 3; i++) {
        send_at((1 + i * 101) * MS, 5);
        recv_at((1 + i * 101) * MS + 100, 100 * MS, 5);
    }
    send_at(400 * MS, 6);
    recv_at(401 * MS, 100 * MS, 6);
    read_back(1);
    is_near("serialized", blame->serialized_s, 0);
    is_near("what-if", blame->what_if_s, blame->wall_s);
    end();
}
END_TEST

/* Of an answer that is read after a long call, the kernel says when it came. */
START_TEST(answers_wait_behind_a_long_call)
{
    begin(1);
    for (int i = 0; i < 3; i++) {
        connect_at(100 * i, 5 + i);
        send_at(1000 + 100 * i, 5 + i);
    }
    CALL(&streams[0], .at = 2 * MS, .takes = 400 * MS, .function = FN_SLEEP, .fd = -1);
    for (int i = 0; i < 3; i++) {
        add_unread(403 * MS + i * 100, TRACE_UNREAD_READ, 5 + i, 300 * MS);
        recv_at(403 * MS + i * 100, 10, 5 + i);
    }
    read_back(1);
    is_near("serialized", blame->serialized_s, 0.299);
    is_near("waiting", blame->waiting_conn_s, 3 * 0.299);
    is_near("what-if", blame->what_if_s, 0.403); /* the call was needed */
    ck_assert_uint_eq(run.accounts.flights.all.peak, 3);
    is_near("in flight", run.accounts.flights.all.busy / 1e9, 0.102);
    end();
}
END_TEST

/* A call of 50 ms that data of a connection wait behind; the thread was in the run queue for so
 * long. */
static void judge_queued(int function, uint64_t queued_ms)
{
    static const char name[] = "run-queue ns";
    const struct trace_count queued = {.head = {.time = moment(300 * MS), .id = TRACE_COUNT},
                                       .count = queued_ms * 1000000};
    begin(1);
    stream_add_module(&streams[0], 0, "/usr/bin/python3.11", 0, 0x2000);
    connect_at(0, 5);
    send_at(1000, 5);
    CALL(&streams[0], .at = 100 * MS, .takes = 50 * MS, .function = function, .fd = -1,
         .caller = 0x1000);
    add_unread(151 * MS, TRACE_UNREAD_READ, 5, 50 * MS);
    recv_at(151 * MS, 10, 5);
    stream_add(&streams[0], &queued, sizeof queued, name, sizeof name);
    stream_add_thread_end(&streams[0], 310 * MS, 0);
    read_back(1);
}

START_TEST(what_stood_in_the_run_queue_is_no_stall)
{
    judge_queued(FN_CLOSE, 60);
    ck_assert_uint_eq(blame->finding_count, 0);
    ck_assert_ptr_nonnull(blame->calls[0].excused[FIGURE_serialized_s]);
    end();
    judge_queued(FN_CLOSE, 10);
    ck_assert_uint_eq(blame->findings[0].pattern, PATTERN_STALL);
    ck_assert_ptr_null(blame->calls[0].excused[FIGURE_serialized_s]);
    end();
    judge_queued(FN_SLEEP, 60);
    ck_assert_uint_eq(blame->findings[0].pattern, PATTERN_STALL);
    end();
    judge_queued(FN_JOIN, 60);
    ck_assert_uint_eq(blame->finding_count, 0);
    end();
    judge_queued(FN_JOIN, 10);
    ck_assert_uint_eq(blame->findings[0].pattern, PATTERN_STALL);
    end();
    judge_queued(FN_COND, 60);
    ck_assert_uint_eq(blame->finding_count, 0);
    end();
    judge_queued(FN_COND, 10);
    ck_assert_uint_eq(blame->findings[0].pattern, PATTERN_STALL);
    end();
}
END_TEST

/* What was seen to lie there after a call need never be read. */
START_TEST(unread_data_wait_until_the_end)
{
    begin(1);
    connect_at(0, 5);
    send_at(1000, 5);
    CALL(&streams[0], .at = 2 * MS, .takes = 100 * MS, .function = FN_SLEEP, .fd = -1);
    add_unread(102 * MS, TRACE_UNREAD_BEHIND, 5, 40 * MS);
    CALL(&streams[0], .at = 103 * MS, .takes = 50 * MS, .function = FN_SLEEP, .fd = -1);
    read_back(1);
    is_near("serialized", blame->serialized_s, 0.09);
    end();
}
END_TEST

/* What a call that watched the connection did not find had not come before it returned. */
START_TEST(nothing_waits_behind_the_call_that_waited_for_it)
{
    begin(1);
    connect_at(0, 5);
    send_at(1000, 5);
    stream_add_watch(&streams[0], 2 * MS, 0, (const int[]){5}, 1);
    CALL(&streams[0], .at = 2 * MS, .takes = 100 * MS, .function = FN_POLL, .fd = 5, .result = 1);
    CALL(&streams[0], .at = 103 * MS, .takes = 50 * MS, .function = FN_SLEEP, .fd = -1);
    add_unread(154 * MS, TRACE_UNREAD_READ, 5, 60 * MS); /* the kernel's clock is a tick behind */
    recv_at(154 * MS, 10, 5);
    read_back(1);
    is_near("serialized", blame->serialized_s, 0.05);
    end();
}
END_TEST

/* Its data were there, so it had nothing to wait for but a processor. */
START_TEST(a_read_that_found_its_data_holds_nobody_up)
{
    begin(1);
    for (int fd = 5; fd < 7; fd++) {
        connect_at(100 * fd, fd);
        send_at(1000 + 100 * fd, fd);
    }
    add_unread(10 * MS, TRACE_UNREAD_READ, 5, 2 * MS);
    recv_at(10 * MS, 50 * MS, 5);
    add_unread(61 * MS, TRACE_UNREAD_READ, 6, 40 * MS);
    recv_at(61 * MS, 5, 6);
    read_back(1);
    is_near("serialized", blame->serialized_s, 0);
    end();
}
END_TEST

/* What is serialized where a call of 50 ms that held a task up was in the run queue for so long. */
static double serialized_behind(uint32_t queued)
{
    static const uint64_t frames[] = {0x1000};
    begin(1);
    connect_at(0, 5);
    send_at(1000, 5);
    stream_add_long_call(&streams[0],
                         (struct synthetic_call){.at = 10 * MS,
                                                 .takes = 50 * MS,
                                                 .function = FN_SLEEP,
                                                 .fd = -1,
                                                 .flags = TRACE_FLAG_HAD_TASKS,
                                                 .queued = queued},
                         1 * MS, frames, 1);
    add_unread(61 * MS, TRACE_UNREAD_READ, 5, 51 * MS);
    recv_at(61 * MS, 5, 5);
    read_back(1);
    double serialized_s = blame->serialized_s;
    is_near("tasks were held up", blame->held_tasks_s, serialized_s);
    end();
    return serialized_s;
}

/* Its thread could have gone on, had there been a processor. */
START_TEST(a_call_in_the_run_queue_holds_nobody_up)
{
    is_near("a call", serialized_behind(0), 0.05);
    is_near("a call that was in the run queue for a while", serialized_behind(20 * MS), 0.05);
    is_near("a call that was in the run queue", serialized_behind(26 * MS), 0);
}
END_TEST

/* --- TLS --- */

/* A handshake of 20 ms, a request, and a read 100 ms later of data that came at `came`. Returns how
 * long they waited. */
static double wait_of_tls(uint64_t came, bool had_come_before)
{
    begin(1);
    connect_at(0, 5);
    CALL(&streams[0], .at = 1 * MS, .takes = 20 * MS, .function = FN_SSL_CONNECT, .fd = 5,
         .result = 1);
    CALL(&streams[0], .at = 22 * MS, .takes = 10, .function = FN_SSL_WRITE, .fd = 5, .result = 70);
    if (had_come_before)
        add_unread(22 * MS + 10, TRACE_UNREAD_BASELINE, 5, 0);
    CALL(&streams[0], .at = 23 * MS, .takes = 100 * MS, .function = FN_SLEEP, .fd = -1);
    add_unread(124 * MS, TRACE_UNREAD_READ, 5, 124 * MS - came);
    CALL(&streams[0], .at = 124 * MS, .takes = 10, .function = FN_SSL_READ, .fd = 5, .result = 40);
    read_back(1);
    double serialized_s = blame->serialized_s;
    end();
    return serialized_s;
}

START_TEST(what_tls_sends_unasked_is_no_answer)
{
    is_near("an answer", wait_of_tls(73 * MS, false), 0.05);
    is_near("what comes right after the handshake", wait_of_tls(48 * MS, false), 0);
    is_near("what lay there at the request", wait_of_tls(73 * MS, true), 0);
}
END_TEST

/* Tickets may be late, so what came last is the answer. */
START_TEST(last_data_of_tls_are_the_answer)
{
    begin(1);
    connect_at(0, 5);
    CALL(&streams[0], .at = 1 * MS, .takes = 20 * MS, .function = FN_SSL_CONNECT, .fd = 5,
         .result = 1);
    CALL(&streams[0], .at = 22 * MS, .takes = 10, .function = FN_SSL_WRITE, .fd = 5, .result = 70);
    CALL(&streams[0], .at = 23 * MS, .takes = 50 * MS, .function = FN_SLEEP, .fd = -1);
    add_unread(74 * MS, TRACE_UNREAD_BEHIND, 5, 10 * MS);
    CALL(&streams[0], .at = 75 * MS, .takes = 50 * MS, .function = FN_SLEEP, .fd = -1);
    add_unread(126 * MS, TRACE_UNREAD_READ, 5, 11 * MS);
    CALL(&streams[0], .at = 126 * MS, .takes = 10, .function = FN_SSL_READ, .fd = 5, .result = 40);
    read_back(1);
    is_near("serialized", blame->serialized_s, 0.01);
    end();
}
END_TEST

/* So says the peer of a connection in reserve that it goes. */
START_TEST(what_comes_unasked_and_is_never_read_does_not_wait)
{
    begin(1);
    connect_at(0, 5);
    send_at(1000, 5);
    recv_at(2 * MS, 100 * MS, 5);
    CALL(&streams[0], .at = 103 * MS, .takes = 100 * MS, .function = FN_SLEEP, .fd = -1);
    add_unread(203 * MS, TRACE_UNREAD_BEHIND, 5, 40 * MS);
    CALL(&streams[0], .at = 204 * MS, .takes = 50 * MS, .function = FN_SLEEP, .fd = -1);
    CALL(&streams[0], .at = 255 * MS, .takes = 5, .function = FN_CLOSE, .fd = 5);
    read_back(1);
    is_near("serialized", blame->serialized_s, 0);
    is_near("what-if", blame->what_if_s, blame->wall_s);
    end();
}
END_TEST

/* Two are asked. What the first one's answer leads to blocks for so long that the client takes the
 * other one for late, and closes it; or it reads that as well. */
START_TEST(an_answer_that_is_given_up_has_waited)
{
    begin(1);
    connect_at(0, 5);
    connect_at(100, 6);
    send_at(1000, 5);
    send_at(1100, 6);
    recv_at(2 * MS, 20 * MS, 5);
    CALL(&streams[0], .at = 23 * MS, .takes = 100 * MS, .function = FN_SLEEP, .fd = -1);
    add_unread(123 * MS, TRACE_UNREAD_BEHIND, 6, 60 * MS);
    if (_i)
        recv_at(124 * MS, 10, 6);
    CALL(&streams[0], .at = 125 * MS, .takes = 5, .function = FN_CLOSE, .fd = 5);
    CALL(&streams[0], .at = 126 * MS, .takes = 5, .function = FN_CLOSE, .fd = 6);
    read_back(1);
    is_near("serialized", blame->serialized_s, 0.06);
    ck_assert_uint_eq(call_named("sleep")->victims_in_all, 1);
    end();
}
END_TEST

/* --- loops --- */

static void wait_for_many(uint64_t at, uint64_t takes)
{
    stream_add_watch(&streams[0], at, 0, (const int[]){30, 31}, 2);
    CALL(&streams[0], .at = at, .takes = takes, .function = FN_POLL, .fd = -1, .result = 1);
}

START_TEST(blocking_call_between_waits_for_many_stalls_a_loop)
{
    begin(1);
    CALL(&streams[0], .at = 0, .takes = 30 * MS, .function = FN_SLEEP, .fd = -1);
    for (int i = 0; i < 3; i++) {
        wait_for_many((31 + i * 100) * MS, 20 * MS);
        CALL(&streams[0], .at = (52 + i * 100) * MS, .takes = 40 * MS, .function = FN_SLEEP,
             .fd = -1);
    }
    read_back(1);
    /* Not what came before the loop, and not what came after it. */
    is_near("blocked", blame->loop_blocked_s, 0.08);
    is_near("serialized", blame->serialized_s, 0);
    ck_assert_uint_eq(blame->patterns, PATTERN_STALL);
    ck_assert_uint_eq(blame->loop_count, 1);
    ck_assert_uint_eq(blame->loops[0].waits, 3);
    end();
}
END_TEST

/* Two coroutines that block a loop each. What comes after it, computed or in the run queue, would
 * have room beside their answers, had it not to come after them. */
START_TEST(a_blocked_loop_for_which_nobody_waited_saves_nothing)
{
    begin(1);
    wait_for_many(2 * MS, 50);
    for (int i = 0; i < 2; i++) {
        uint64_t at = (3 + i * 102) * MS;
        connect_at(at, 5);
        send_at(at + 200, 5);
        recv_at(at + 300, 100 * MS, 5);
        CALL(&streams[0], .at = at + 101 * MS, .takes = 10, .function = FN_CLOSE, .fd = 5);
    }
    wait_for_many(208 * MS, 50);
    wait_for_many(300 * MS, 50);
    CALL(&streams[0], .at = 400 * MS, .takes = 2 * MS, .function = FN_SLEEP, .fd = -1);
    read_back(1);
    is_near("blocked", blame->loop_blocked_s, 0.2);
    is_near("serialized", blame->serialized_s, 0);
    ck_assert_uint_eq(blame->patterns, PATTERN_STALL);
    is_near("what-if", blame->what_if_s, blame->wall_s);
    end();
}
END_TEST

/* Each thread's loop is its own: one or two of them sleep between their waits. */
START_TEST(loops_of_several_threads_are_not_one)
{
    begin(2);
    for (int i = 0; i < 3; i++)
        for (int thread = 0; thread < 2; thread++) {
            uint64_t at = (1 + i * 100) * MS;
            stream_add_watch(&streams[thread], at, 0, (const int[]){30, 31}, 2);
            CALL(&streams[thread], .at = at, .takes = 20 * MS, .function = FN_POLL, .fd = -1,
                 .result = 1);
            if (thread <= _i)
                CALL(&streams[thread], .at = at + 21 * MS, .takes = 40 * MS, .function = FN_SLEEP,
                     .fd = -1);
        }
    read_back(2);
    is_near("blocked", blame->loop_blocked_s, _i ? 0.16 : 0.08);
    ck_assert_uint_eq(blame->finding_count, 1);
    ck_assert_int_eq(blame->findings[0].kind, _i ? FINDING_LOOPS : FINDING_LOOP);
    end();
}
END_TEST

/* The output of four children, one after another: of two pipes each, one or both of which are
 * closed before the next one. */
START_TEST(who_waits_for_other_descriptors_each_time_runs_no_loop)
{
    begin(1);
    for (uint64_t i = 0; i < 4; i++) {
        wait_for_many((1 + i * 100) * MS, 20 * MS);
        CALL(&streams[0], .at = (22 + i * 100) * MS, .takes = 5, .function = FN_CLOSE, .fd = 30);
        if (_i)
            CALL(&streams[0], .at = (23 + i * 100) * MS, .takes = 5, .function = FN_CLOSE,
                 .fd = 31);
        CALL(&streams[0], .at = (52 + i * 100) * MS, .takes = 40 * MS, .function = FN_SLEEP,
             .fd = -1);
    }
    read_back(1);
    is_near("blocked", blame->loop_blocked_s, _i ? 0 : 0.12);
    ck_assert_uint_eq(!blame->finding_count, _i);
    end();
}
END_TEST

/* A loop of epoll, inside of which two others are waited for. They are closed before it goes on; or
 * one is not; or it does not go on: its set is closed. */
START_TEST(loop_inside_of_a_loop_blocks_it)
{
    begin(1);
    for (uint64_t i = 0; i < 3; i++)
        CALL(&streams[0], .at = (1 + i * 30) * MS, .takes = 20 * MS, .function = FN_EPOLL, .fd = 3);
    wait_for_many(90 * MS, 40 * MS);
    CALL(&streams[0], .at = 131 * MS, .takes = 5, .function = FN_CLOSE, .fd = 30);
    if (_i != 1)
        CALL(&streams[0], .at = 132 * MS, .takes = 5, .function = FN_CLOSE, .fd = 31);
    CALL(&streams[0], .at = 133 * MS, .takes = 30 * MS, .function = FN_SLEEP, .fd = -1);
    if (_i == 2)
        CALL(&streams[0], .at = 164 * MS, .takes = 5, .function = FN_CLOSE, .fd = 3);
    CALL(&streams[0], .at = 170 * MS, .takes = 20 * MS, .function = FN_EPOLL, .fd = 3);
    read_back(1);
    /* The sleep was within the outer loop (L1) where that has gone on. */
    is_near("blocked", blame->loop_blocked_s, _i == 0 ? 0.07 : _i == 1 ? 0.03 : 0);
    ck_assert(call_named("poll")->is_idle == (_i != 0));
    is_near("idle", call_named("poll")->idle_s, _i ? 0.04 : 0);
    end();
}
END_TEST

/* In each round two are waited for and closed. The first is read, and a call blocks: before the
 * other one is read; before both are closed; or only in reads of the other one. */
START_TEST(what_blocks_a_round_is_within_its_loop)
{
    begin(1);
    for (uint64_t i = 0; i < 4; i++) {
        const uint64_t at = (1 + i * 200) * MS;
        wait_for_many(at, 20 * MS);
        recv_at(at + 21 * MS, 5, 30);
        if (_i == 2)
            recv_at(at + 22 * MS, 40 * MS, 31);
        else
            CALL(&streams[0], .at = at + 22 * MS, .takes = 40 * MS, .function = FN_SLEEP, .fd = -1);
        if (_i != 1)
            recv_at(at + 63 * MS, 5, 31);
        CALL(&streams[0], .at = at + 64 * MS, .takes = 5, .function = FN_CLOSE, .fd = 30);
        CALL(&streams[0], .at = at + 65 * MS, .takes = 5, .function = FN_CLOSE, .fd = 31);
        CALL(&streams[0], .at = at + 70 * MS, .takes = 30 * MS, .function = FN_SLEEP, .fd = -1);
    }
    read_back(1);
    /* Nothing that comes after the close, and not the last round: no wait follows. */
    is_near("blocked", blame->loop_blocked_s, _i ? 0 : 0.12);
    end();
}
END_TEST

/* One thread waits for the epoll set, and the other one to be woken; `sets` is 1 if they have one
 * together. */
static void take_turns(int sets)
{
    enum { TURN = 40 * MS };
    for (int i = 0; i < 6; i++) {
        int waiting = i % 2;
        CALL(&streams[waiting], .at = i * TURN, .takes = TURN - 10, .function = FN_EPOLL,
             .fd = 3 + waiting * (sets - 1));
        CALL(&streams[!waiting], .at = i * TURN, .takes = TURN - 10, .function = FN_COND, .fd = -1);
    }
}

START_TEST(threads_that_wait_in_turn_run_one_loop)
{
    int sets = 1 + _i;
    begin(2);
    take_turns(sets);
    read_back(2);
    is_near("blocked", blame->loop_blocked_s, sets == 1 ? 0 : 0.16);
    ck_assert_uint_eq(blame->patterns, sets == 1 ? 0 : PATTERN_STALL);
    end();
}
END_TEST

/* Four threads after one another, or two in turn, and each closes its set: the next one has the
 * same number. Each blocks its own loop. */
START_TEST(threads_with_a_loop_each_after_one_another_share_none)
{
    enum { ROUNDS = 4, TURN = 200 * MS };
    unsigned threads = _i ? 2 : 4;
    begin(threads);
    for (uint64_t i = 0; i < ROUNDS; i++) {
        struct stream *stream = &streams[i % threads];
        for (uint64_t round = 0; round < 2; round++) {
            uint64_t at = i * TURN + round * 60 * MS;
            CALL(stream, .at = at, .takes = 20 * MS - 10, .function = FN_EPOLL, .fd = 3);
            CALL(stream, .at = at + 20 * MS, .takes = 40 * MS - 10, .function = FN_SLEEP, .fd = -1);
        }
        CALL(stream, .at = i * TURN + 120 * MS, .takes = 20 * MS, .function = FN_EPOLL, .fd = 3);
        CALL(stream, .at = i * TURN + 150 * MS, .takes = 10, .function = _i ? FN_DUP2 : FN_CLOSE,
             .fd = _i ? 9 : 3, .result = _i ? 3 : 0);
    }
    read_back(threads);
    ck_assert_double_ge(blame->loop_blocked_s, ROUNDS * 0.08 - 1e-3);
    ck_assert_uint_eq(blame->patterns & PATTERN_STALL, PATTERN_STALL);
    end();
}
END_TEST

/* The process has made a pipe. */
static void add_pipe(int reads, int writes)
{
    const struct trace_channel channel = {
        .head = {.time = moment(0), .id = TRACE_CHANNEL}, .reads = reads, .writes = writes};
    stream_add(&streams[0], &channel, sizeof channel, NULL, 0);
}

/* Thread 1 writes a byte after 10 ms, and another one after 60 ms; both come from descriptor 7,
 * which thread 0 watches. */
static void wake_twice(void)
{
    add_pipe(7, 8);
    CALL(&streams[1], .at = 10 * MS - 10, .takes = 10, .function = FN_SEND, .fd = 8, .result = 1);
    CALL(&streams[1], .at = 60 * MS - 10, .takes = 10, .function = FN_SEND, .fd = 8, .result = 1);
    for (int i = 0; i < 2; i++) {
        stream_add_watch(&streams[0], 10 + i * 2 * MS, 0, (const int[]){7, 9}, 2);
        CALL(&streams[0], .at = 10 + i * 2 * MS, .takes = 2 * MS - 10, .function = FN_POLL,
             .fd = -1);
    }
}

static void take_byte(struct stream *stream, uint64_t at)
{
    CALL(stream, .at = at, .takes = 10, .function = FN_RECV, .fd = 7, .result = 1);
}

/* The second byte is still there when the first one has been read. */
START_TEST(a_loop_is_woken_by_what_it_has_not_read_yet)
{
    begin(2);
    wake_twice();
    CALL(&streams[0], .at = 5 * MS, .takes = 95 * MS, .function = FN_SLEEP, .fd = -1);
    take_byte(&streams[0], 101 * MS);
    CALL(&streams[0], .at = 102 * MS, .takes = 50 * MS, .function = FN_SLEEP, .fd = -1);
    take_byte(&streams[0], 153 * MS);
    read_back(2);
    is_near("serialized", blame->serialized_s, 0.14);
    is_near("waiting", blame->waiting_conn_s, 0);
    ck_assert_int_eq(blame->findings[0].kind, FINDING_WOKEN);
    end();
}
END_TEST

/* Who is to read it, nobody knows. */
START_TEST(what_several_threads_read_wakes_none_of_them)
{
    begin(2);
    wake_twice();
    CALL(&streams[0], .at = 5 * MS, .takes = 95 * MS, .function = FN_SLEEP, .fd = -1);
    take_byte(&streams[1], 61 * MS);
    take_byte(&streams[0], 101 * MS);
    read_back(2);
    is_near("serialized", blame->serialized_s, 0);
    end();
}
END_TEST

/* As Rust's programs begin. */
START_TEST(a_look_at_many_is_no_wait_for_them)
{
    begin(1);
    stream_add_watch(&streams[0], 0, 0, (const int[]){0, 1}, 2);
    CALL(&streams[0], .at = 0, .takes = 10, .function = FN_POLL, .fd = -1, .result = 0);
    CALL(&streams[0], .at = 2 * MS, .takes = 40 * MS, .function = FN_SLEEP, .fd = -1);
    wait_for_many(50 * MS, 20 * MS);
    read_back(1);
    is_near("blocked", blame->loop_blocked_s, 0);
    ck_assert_uint_eq(blame->loop_count, 0);
    ck_assert_uint_eq(blame->finding_count, 0);
    end();
}
END_TEST

/* A wait of a task for many is one only to that task. */
START_TEST(a_loop_inside_of_a_task_is_a_call_that_blocks)
{
    begin(1);
    wait_for_many(0, 20 * MS);
    stream_add_watch(&streams[0], 30 * MS, 0, (const int[]){40, 41}, 2);
    CALL(&streams[0], .at = 30 * MS, .takes = 50 * MS, .function = FN_POLL, .fd = -1, .result = 1,
         .flags = TRACE_FLAG_HAD_TASKS);
    wait_for_many(90 * MS, 20 * MS);
    read_back(1);
    is_near("blocked", blame->loop_blocked_s, 0.05);
    is_near("held", blame->held_tasks_s, 0.05);
    ck_assert_uint_eq(blame->loop_count, 1);
    ck_assert_uint_eq(blame->loops[0].waits, 2);
    end();
}
END_TEST

static void wait_from(uint64_t caller, uint64_t at, int descriptors)
{
    stream_add_watch(&streams[0], at, 0, (const int[]){30, 31}, descriptors);
    CALL(&streams[0], .at = at, .takes = 40 * MS, .function = FN_POLL, .fd = -1, .result = 1,
         .caller = caller);
}

/* Also if it is seen only later that the line waits for many. */
START_TEST(waits_of_a_loop_for_one_descriptor_are_its_own)
{
    enum { LOOP = 0x5040, OTHER_LOOP = 0x5080, HELPER = 0x50c0 };
    begin(1);
    wait_from(OTHER_LOOP, 0, 2);
    wait_from(LOOP, 50 * MS, 1);
    wait_from(HELPER, 100 * MS, 1);
    wait_from(LOOP, 150 * MS, 2);
    wait_from(LOOP, 200 * MS, 1);
    wait_from(OTHER_LOOP, 250 * MS, 2);
    read_back(1);
    is_near("blocked", blame->loop_blocked_s, 0.04);
    ck_assert_uint_eq(blame->loops[0].waits, 3);
    is_near("by the helper", blame->findings[0].seconds, 0.04);
    end();
}
END_TEST

/* A long wait for one descriptor, of which the stack is known, and Python's if it has one. */
static void wait_long(uint64_t at, const uint64_t frames[2], const char *python)
{
    if (python)
        stream_add_python(&streams[0], at, python);
    stream_add_watch(&streams[0], at, 0, (const int[]){30}, 1);
    stream_add_long_call(&streams[0],
                         (struct synthetic_call){.at = at,
                                                 .takes = 40 * MS,
                                                 .function = FN_POLL,
                                                 .fd = -1,
                                                 .result = 1,
                                                 .caller = frames[0]},
                         0, frames, 2);
}

#define RUNS "/usr/lib/python3.11/asyncio/base_events.py:607 run_forever\n"
#define MAIN "/srv/a.py:9 <module>\n"

static void call_python(uint64_t at, uint64_t takes, int function, int fd, const char *python)
{
    static const uint64_t frames[] = {0x5040, 0x5100};
    stream_add_python(&streams[0], at, python);
    stream_add_long_call(
        &streams[0],
        (struct synthetic_call){.at = at, .takes = takes, .function = function, .fd = fd}, 0,
        frames, 2);
}

/* Between a loop's waits the program sleeps, and waits for a child's two pipes: between two runs of
 * the loop, within one, or it is not known where. */
START_TEST(what_comes_between_two_runs_of_a_loop_blocks_none)
{
    static const char *const froms[] = {MAIN, RUNS MAIN, ""};
    begin(1);
    for (uint64_t i = 0; i < 4; i++) {
        uint64_t at = (1 + i * 100) * MS;
        char work[200];
        snprintf(work, sizeof work, "/srv/a.py:5 work\n%s", froms[_i]);
        call_python(at, 20 * MS, FN_EPOLL, 3,
                    "/usr/lib/python3.11/selectors.py:468 select\n" RUNS MAIN);
        call_python(at + 21 * MS, 30 * MS, FN_SLEEP, -1, work);
        stream_add_watch(&streams[0], at + 52 * MS, 0, (const int[]){30, 31}, 2);
        call_python(at + 52 * MS, 40 * MS, FN_POLL, -1, work);
        for (int fd = 30; fd < 32; fd++)
            CALL(&streams[0], .at = at + 93 * MS + fd, .takes = 1, .function = FN_CLOSE, .fd = fd);
    }
    read_back(1);
    is_near("blocked", blame->loop_blocked_s, _i ? 4 * 0.03 + 3 * 0.04 : 0);
    ck_assert(call_named("poll")->is_idle == (_i == 0));
    end();
}
END_TEST

/* A loop of Python's waits for many, and so does another one: between two runs of the first one, or
 * within one, whether it is closed then or not. */
START_TEST(a_loop_between_two_runs_of_another_one_blocks_none)
{
    static const char wait[] = "/usr/lib/python3.11/selectors.py:468 select\n"
                               "/usr/lib/python3.11/asyncio/base_events.py:1884 _run_once\n" RUNS;
    begin(1);
    for (uint64_t i = 0; i < 4; i++) {
        uint64_t at = (1 + i * 100) * MS;
        char outer[400], inner[400];
        snprintf(outer, sizeof outer, "%s" MAIN, wait);
        snprintf(inner, sizeof inner, "%s/srv/a.py:5 work\n%s" MAIN, wait, _i ? RUNS : "");
        call_python(at, 20 * MS, FN_EPOLL, 3, outer);
        call_python(at + 30 * MS, 20 * MS, FN_EPOLL, 5, inner);
        if (_i < 2)
            CALL(&streams[0], .at = at + 60 * MS, .takes = 1, .function = FN_CLOSE, .fd = 5);
    }
    read_back(1);
    is_near("blocked", blame->loop_blocked_s, _i ? 3 * 0.02 : 0);
    end();
}
END_TEST

/* A loop inside of a loop may go round for long: all of its waits count. */
START_TEST(all_waits_of_a_loop_inside_of_a_loop_count)
{
    enum { WAITS = 1200 };
    begin(1);
    CALL(&streams[0], .at = MS, .takes = 20 * MS, .function = FN_EPOLL, .fd = 3);
    for (uint64_t i = 0; i < WAITS; i++) {
        wait_for_many((30 + i * 3) * MS, 2 * MS);
        if (i % 300 == 299)
            stream_next(&streams[0]);
    }
    for (int fd = 30; fd < 32; fd++)
        CALL(&streams[0], .at = (40 + WAITS * 3) * MS + fd, .takes = 1, .function = FN_CLOSE,
             .fd = fd);
    CALL(&streams[0], .at = (50 + WAITS * 3) * MS, .takes = 20 * MS, .function = FN_EPOLL, .fd = 3);
    read_back(1);
    is_near("blocked", blame->loop_blocked_s, WAITS * 0.002);
    is_near("idle", call_named("poll")->idle_s, 0);
    end();
}
END_TEST

/* Waits for many that are short have no stack: their caller stands for those that are known. That
 * of an interpreter stands for one at most. */
START_TEST(short_waits_for_many_tell_whose_the_long_ones_are)
{
    static const uint64_t stacks[][2] = {{0x5040, 0x5100}, {0x5040, 0x5200}};
    bool is_shared = _i > 0, is_python = _i > 1;
    begin(1);
    for (int i = 0; i < 3; i++) {
        stream_add_watch(&streams[0], i * 100 * MS, 0, (const int[]){30, 31}, 2);
        CALL(&streams[0], .at = i * 100 * MS, .takes = 100, .function = FN_POLL, .fd = -1,
             .result = 1, .caller = stacks[0][0]);
        wait_long((i * 100 + 20) * MS, stacks[is_shared && i == 1],
                  is_python ? "/srv/a.py:1 wait\n" : NULL);
    }
    read_back(1);
    is_near("blocked", blame->loop_blocked_s, is_python ? 0.08 : 0);
    end();
}
END_TEST

/* A helper thread waits for work, a loop for what comes: both longer than the call that does
 * something. */
START_TEST(waits_for_work_come_last)
{
    begin(2);
    wait_for_many(0, 400 * MS);
    CALL(&streams[0], .at = 410 * MS, .takes = 50 * MS, .function = FN_SLEEP, .fd = -1);
    CALL(&streams[1], .at = 0, .takes = 500 * MS, .function = FN_ACCEPT, .fd = -1);
    read_back(2);
    is_near("idle", blame->idle_s, 0.9);
    ck_assert_str_eq(model_function(&run.model, blame->calls[0].group->function), "sleep");
    ck_assert(!blame->calls[0].is_idle && blame->calls[1].is_idle && blame->calls[2].is_idle);
    end();
}
END_TEST

static void serve_at(uint64_t at, int fd)
{
    recv_at(at, 5, fd);
    send_at(at + 10, fd);
}

/* Who was made to wait for 300 ms sends the next request later by that. One whose own request took
 * so long does not send the next one earlier. */
START_TEST(a_served_client_sends_its_next_request_after_the_answer)
{
    begin(1);
    for (int fd = 5; fd < 7; fd++) {
        stream_add_peer(&streams[0], 10, 0, fd, TRACE_PEER_ACCEPT, "127.0.0.1:5555");
        serve_at(100, fd);
    }
    wait_for_many(1 * MS, 100 * MS);
    recv_at(102 * MS, 5, 5);
    CALL(&streams[0], .at = 103 * MS, .takes = 300 * MS, .function = FN_SLEEP, .fd = -1);
    send_at(404 * MS, 5);
    wait_for_many(405 * MS, 10);
    add_unread(406 * MS, TRACE_UNREAD_READ, 6, 300 * MS);
    serve_at(406 * MS, 6);
    wait_for_many(407 * MS, 100 * MS);
    serve_at(508 * MS, 5);
    read_back(1);
    is_near("serialized", blame->serialized_s, 0.297);
    is_near("what-if", blame->what_if_s, 0.508);
    end();
}
END_TEST

/* --- locks --- */

static uint64_t stand_in_queue; /* us, that thread 0 was there */

/* Thread 0 is in a call for 100 ms, then each next thread gets the lock and is so as well. */
static void hold_in(int function)
{
    const uint64_t stack[] = {0x100, 0x200};
    begin(4);
    stream_add_sample(&streams[0], 0, TRACE_SAMPLE_BEGIN, 10, 1, 0);
    for (unsigned i = 0; i < 4; i++) {
        uint64_t got = (1 + i * 101) * MS;
        if (i) {
            CALL(&streams[i], .at = 1 * MS, .takes = got - 1 * MS, .function = FN_SLEEP, .fd = -1);
            add_lock(&streams[i], 1 * MS, got, 0);
        }
        stream_add_long_call(
            &streams[i],
            (struct synthetic_call){
                .at = got, .takes = 100 * MS, .function = function, .fd = 5, .result = 1},
            0, stack, 2);
    }
    stream_add_sample(&streams[0], 500 * MS, TRACE_SAMPLE_END, 10, 0, stand_in_queue);
    read_back(4);
}

START_TEST(waits_for_a_lock_count_for_its_holders)
{
    hold_in(FN_RECV);
    is_near("lock-seconds", blame->lock_wait_s, 0.6);
    is_near("behind recv", call_named("__recv_chk")->lock_wait_s, 0.6);
    ck_assert(blame->patterns & PATTERN_CONVOY);
    ck_assert_uint_eq(blame->convoys[0].address, 0x1234);
    ck_assert_ptr_eq(blame->convoys[0].holder, call_named("__recv_chk"));
    ck_assert(!blame->convoys[0].knot);
    end();
}
END_TEST

/* Thread 0 has the lock when thread 2 comes, and sleeps; thread 1 is in recv then, and has it
 * later: it sends something and lets go of it. */
static void long_call(unsigned thread, int function, uint64_t at, uint64_t takes)
{
    const uint64_t stack[] = {0x100, 0x200};
    stream_add_long_call(&streams[thread],
                         (struct synthetic_call){
                             .at = at, .takes = takes, .function = function, .fd = 5, .result = 1},
                         0, stack, 2);
}

/* Thread 0 has the lock when thread 2 comes, and sleeps; thread 1 is in recv then, and has it
 * later: it sends something and lets go of it. */
START_TEST(only_what_a_holder_can_have_been_in_counts)
{
    begin(3);
    long_call(0, FN_SLEEP, 1 * MS, 50 * MS);
    long_call(1, FN_RECV, 1 * MS, 70 * MS);
    long_call(1, FN_SEND, 80 * MS, 20 * MS);
    CALL(&streams[2], .at = 11 * MS, .takes = 89 * MS, .function = FN_SLEEP, .fd = -1);
    add_handed_lock(&streams[2], 11 * MS, 100 * MS, 0, 1);
    read_back(3);
    is_near("behind sleep", call_named("sleep")->lock_wait_s, 0.04);
    is_near("behind recv", call_named("__recv_chk")->lock_wait_s, 0);
    is_near("behind send", call_named("send")->lock_wait_s, 0.02);
    end();
}
END_TEST

/* Thread 0 has the lock when thread 1 comes, and is in recv then; thread 1 has stood in the run
 * queue for the last 80 ms of its wait. */
START_TEST(who_is_let_in_late_was_not_kept_by_what_came_then)
{
    const uint64_t stack[] = {0x300, 0x400}, begun = 1 * MS, at = 100 * MS;
    const struct trace_long_call returned = {.head = {.time = moment(at), .id = TRACE_LONG_CALL},
                                             .call_begin = moment(begun),
                                             .queued = _i ? 80 * MS : 0,
                                             .frame_count = 2};
    begin(2);
    long_call(0, FN_RECV, 20 * MS, 70 * MS);
    CALL(&streams[1], .at = begun, .takes = at - begun, .function = FN_MUTEX, .fd = -1);
    add_lock(&streams[1], begun, at, 0);
    stream_add(&streams[1], &returned, sizeof returned, stack, sizeof stack);
    read_back(2);
    is_near("behind recv", call_named("__recv_chk")->lock_wait_s, _i ? 0 : 0.07);
    ck_assert_int_eq(!(blame->patterns & PATTERN_CONVOY), _i);
    end();
}
END_TEST

/* Thread 0 has the lock and is in recv for 100 ms; the others wait for the lock with two
 * connections open, one of which waits for them. */
START_TEST(holder_comes_before_those_who_hold_up_their_own_connections)
{
    const uint64_t stack[] = {0x100, 0x200};
    begin(4);
    stream_add_long_call(
        &streams[0],
        (struct synthetic_call){
            .at = 1 * MS, .takes = 100 * MS, .function = FN_RECV, .fd = 5, .result = 1},
        0, stack, 2);
    for (unsigned i = 1; i < 4; i++) {
        struct stream *stream = &streams[i];
        for (int fd = 5 + i; fd <= 15 + (int)i; fd += 10) {
            stream_add_peer(stream, 10 * fd, 0, fd, TRACE_PEER_CONNECT, "127.0.0.1:443");
            CALL(stream, .at = 10 * fd, .takes = 10, .function = FN_CONNECT, .fd = fd);
        }
        CALL(stream, .at = 1 * MS + i, .takes = 100 * MS, .function = FN_SLEEP, .fd = -1);
        add_lock(stream, 1 * MS + i, 101 * MS + i, 0);
        CALL(stream, .at = 102 * MS, .takes = 10, .function = FN_SEND, .fd = 5 + i, .result = 70);
    }
    read_back(4);
    is_near("serialized", call_named("sleep")->serialized_s, 0.3);
    ck_assert_ptr_eq(call_named("__recv_chk"), &blame->calls[0]);
    ck_assert_uint_eq(blame->findings[0].pattern, PATTERN_CONVOY);
    ck_assert_uint_eq(blame->findings[1].pattern, PATTERN_STALL);
    end();
}
END_TEST

/* Who lets go of a lock writes to somebody first. A write has nothing to wait for. */
START_TEST(a_holder_that_stood_in_the_run_queue_kept_nobody)
{
    hold_in(FN_SEND);
    ck_assert(blame->patterns & PATTERN_CONVOY);
    end();
    stand_in_queue = 700 * MS;
    hold_in(FN_SEND);
    ck_assert(!(blame->patterns & PATTERN_CONVOY));
    ck_assert_ptr_nonnull(call_named("send")->excused[FIGURE_lock_wait_s]);
    end();
    hold_in(FN_RECV);
    ck_assert(blame->patterns & PATTERN_CONVOY);
    ck_assert_ptr_null(call_named("__recv_chk")->excused[FIGURE_lock_wait_s]);
    stand_in_queue = 0;
    end();
}
END_TEST

/* The call that began then is about the lock of a file, which a process may have. */
static void add_file_lock(struct stream *stream, uint64_t begun, uint64_t at, int32_t holder)
{
    const struct trace_file_lock record = {.head = {.time = moment(at), .id = TRACE_FILE_LOCK},
                                           .call_begin = moment(begun),
                                           .device = 1,
                                           .inode = 2,
                                           .holder = holder,
                                           .waited = holder != 0};
    stream_add(stream, &record, sizeof record, "/lock", sizeof "/lock");
}

/* Thread 0 has the lock of a file and sleeps again and again; thread 1 gives its wait up soon. */
START_TEST(who_gave_up_is_looked_at_before_it_is_forgotten)
{
    const uint64_t stack[] = {0x300, 0x400};
    const struct trace_long_call returned = {
        .head = {.time = moment(121 * MS), .id = TRACE_LONG_CALL},
        .call_begin = moment(20 * MS),
        .frame_count = 2};
    begin(2);
    CALL(&streams[0], .at = 1 * MS, .takes = 10, .function = FN_MUTEX, .fd = 5);
    add_file_lock(&streams[0], 1 * MS, 1 * MS + 5, 0);
    for (unsigned i = 0; i < 600; i++) {
        if (i % 200 == 199)
            stream_next(&streams[0]);
        long_call(0, FN_SLEEP, (2 + 2 * i) * MS, 2 * MS - 10);
    }
    CALL(&streams[1], .at = 20 * MS, .takes = 101 * MS, .function = FN_MUTEX, .fd = 6, .result = -1,
         .error = EINTR);
    add_file_lock(&streams[1], 20 * MS, 121 * MS, 10);
    stream_add(&streams[1], &returned, sizeof returned, stack, sizeof stack);
    read_back(2);
    is_near("behind sleep", call_named("sleep")->lock_wait_s, 0.1);
    is_near("lock-seconds", blame->lock_wait_s, 0.101);
    end();
}
END_TEST

/* Servers take turns at accept, and wait for work there. */
START_TEST(who_waits_for_work_with_a_lock_holds_nobody_up)
{
    hold_in(FN_ACCEPT);
    is_near("lock-seconds", blame->lock_wait_s, 0);
    ck_assert(!(blame->patterns & PATTERN_CONVOY));
    end();
}
END_TEST

/* Two threads wake each other by turns and are in a call meanwhile; a module makes their waits. */
static void take_turns_by(const char *module)
{
    begin(2);
    stream_add_module(&streams[0], 0, module, 0, 0x2000);
    for (unsigned turn = 0; turn < 6; turn++) {
        struct stream *waiter = &streams[turn % 2];
        uint64_t at = 1 * MS + turn * 50 * MS;
        const struct synthetic_call wait = {
            .at = at, .takes = 45 * MS, .function = FN_COND, .fd = -1, .caller = 0x1000};
        stream_add_call(waiter, wait);
        add_handed_lock(waiter, at, at + 45 * MS, !(turn % 2), !(turn % 2));
        long_call(!(turn % 2), FN_RECV, at + 1 * MS, 40 * MS);
    }
    read_back(2);
}

START_TEST(conditions_of_a_runtime_are_no_locks)
{
    static const char *const runtimes[] = {"/usr/lib/jvm/lib/server/libjvm.so",
                                           "/usr/lib/libruby-3.1.so.3.1", "/usr/bin/ruby3.1"};
    take_turns_by("/usr/lib/libother.so");
    ck_assert(blame->patterns & PATTERN_CONVOY);
    end();
    static const char *const others[] = {"/usr/bin/ruby-like", "/usr/bin/rubyfmt",
                                         "/usr/lib/librubylike.so"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        take_turns_by(others[i]);
        ck_assert(blame->patterns & PATTERN_CONVOY);
        end();
    }
    for (size_t i = 0; i < sizeof runtimes / sizeof *runtimes; i++) {
        take_turns_by(runtimes[i]);
        ck_assert(!(blame->patterns & PATTERN_CONVOY));
        is_near("lock-seconds", blame->lock_wait_s, 0);
        end();
    }
}
END_TEST

/* Four wait for work while another one does its own. It lets one of them go, that one the next, and
 * so on: at once, or after a while in which it was in a call. */
START_TEST(what_is_passed_on_at_once_tells_of_no_lock)
{
    enum { WORKERS = 4 };
    const uint64_t keeps = _i == 1 ? 30 * MS : MS / 10;
    const unsigned rounds = _i == 2 ? 4 : 1; /* who lets others in again has had it each time */
    begin(1 + WORKERS);
    for (unsigned round = 0; round < rounds; round++) {
        const uint64_t begun = round * 110 * MS;
        long_call(0, FN_RECV, begun, 100 * MS);
        for (uint32_t i = 1; i <= WORKERS; i++) {
            const uint64_t woken = begun + 100 * MS + i * keeps;
            CALL(&streams[i], .at = begun, .takes = woken - begun, .function = FN_COND, .fd = -1);
            add_handed_lock(&streams[i], begun, woken, 0, i - 1);
            long_call(i, FN_RECV, woken + 10, keeps - 20);
        }
    }
    read_back(1 + WORKERS);
    ck_assert_int_eq((blame->patterns & PATTERN_CONVOY) != 0, _i > 0);
    end();
}
END_TEST

/* Four threads meet in a condition, and who comes last lets the others go on: all of them at a
 * barrier, each last in turn. Of a lock one has it, and the others wait again. */
START_TEST(who_lets_all_go_on_at_once_has_no_lock)
{
    enum { THREADS = 4, ROUNDS = 6 };
    const bool is_lock = _i;
    begin(THREADS);
    for (unsigned round = 0; round < ROUNDS; round++) {
        const uint64_t begun = round * 100 * MS, woken = begun + 90 * MS;
        const uint32_t last = round % THREADS;
        long_call(last, FN_RECV, begun + MS / 10, 89 * MS);
        for (uint32_t i = 0; i < THREADS; i++) {
            const uint64_t since = begun + (is_lock ? MS / 2 : 20 * MS);
            const uint64_t until = is_lock ? begun + 99 * MS + MS / 2 + i : woken + i * 10;
            if (i == last)
                continue;
            CALL(&streams[i], .at = since, .takes = until - since, .function = FN_COND, .fd = -1);
            add_handed_lock(&streams[i], since, until, 0, last);
        }
    }
    read_back(THREADS);
    ck_assert_int_eq((blame->patterns & PATTERN_CONVOY) != 0, is_lock);
    end();
}
END_TEST

/* The finding of a kind, or NULL. */
static const struct blame_finding *found(enum finding_kind kind)
{
    for (size_t i = 0; i < blame->finding_count; i++)
        if (blame->findings[i].kind == kind)
            return &blame->findings[i];
    return NULL;
}

/* --- calls of which only so many are made at once --- */

/* Threads that sleep in step, four times each: whoever wakes up last goes on first. */
static void sleep_in_step(unsigned threads)
{
    for (unsigned turn = 0; turn < 4; turn++)
        for (unsigned i = 0; i < threads; i++) {
            uint64_t late = (turn % 2 ? threads - i : i) * MS / 2;
            long_call(i, FN_SLEEP, 1 * MS + turn * 104 * MS + late, 100 * MS);
        }
}

START_TEST(threads_that_go_on_in_any_order_are_no_pool)
{
    begin(3);
    sleep_in_step(3);
    read_back(3);
    ck_assert_ptr_null(found(FINDING_CALLS));
    end();
}
END_TEST

/* It waits in a semaphore or condition until another one ends that, and stood in the run queue
 * then, in microseconds. */
static void wait_for(unsigned thread, unsigned waker, uint64_t begun, uint64_t at, uint32_t queued,
                     uint64_t cpu)
{
    const uint64_t stack[] = {0x300, 0x400};
    const struct trace_long_call returned = {.head = {.time = moment(at), .id = TRACE_LONG_CALL},
                                             .call_begin = moment(begun),
                                             .queued = queued,
                                             .cpu = 1000 * cpu,
                                             .frame_count = 2};
    CALL(&streams[thread], .at = begun, .takes = at - begun, .function = FN_COND, .fd = -1);
    add_handed_lock(&streams[thread], begun, at, waker, waker);
    stream_add(&streams[thread], &returned, sizeof returned, stack, sizeof stack);
}

/* Two of four threads sleep at once, and let in one of the others each so long after that; these
 * then stand in the run queue, or compute. */
static void sleep_by_turns(uint64_t late, uint32_t queued, uint64_t computed)
{
    const uint64_t length = 101 * MS + computed + late, stack[] = {0x100, 0x200};
    begin(4);
    for (uint64_t turn = 0, at = 1 * MS; turn < 6; turn++, at += length)
        for (unsigned pair = 0; pair < 4; pair += 2) {
            unsigned who = pair + turn % 2, other = pair + !(turn % 2);
            if (turn)
                wait_for(who, other, at - length + 1 * MS, at, queued, turn * computed);
            const struct synthetic_call sleep = {
                .at = at + computed, .takes = 101 * MS, .function = FN_SLEEP, .fd = -1};
            stream_add_long_call(&streams[who], sleep, (turn + 1) * computed, stack, 2);
        }
    read_back(4);
}

START_TEST(who_is_let_in_late_has_waited_for_what_came_between)
{
    sleep_by_turns(150 * MS, 0, 0);
    ck_assert_ptr_null(found(FINDING_CALLS));
    end();
    sleep_by_turns(150 * MS, 100 * MS, 0);
    ck_assert_ptr_null(found(FINDING_CALLS));
    end();
    sleep_by_turns(0, 0, 150 * MS);
    ck_assert_ptr_null(found(FINDING_CALLS));
    end();
}
END_TEST

START_TEST(who_is_let_in_at_once_comes_late_on_a_busy_machine)
{
    sleep_by_turns(40 * MS, 39 * MS, 0);
    ck_assert_ptr_nonnull(found(FINDING_CALLS));
    end();
}
END_TEST

/* Two threads sleep one time after another, then two others. `in_vain`: the first two have let in
 * the others each time before they went on. */
static void sleep_before_others(bool in_vain)
{
    const uint64_t stack[] = {0x100, 0x200};
    begin(4);
    for (unsigned turn = 0; turn < 8; turn++)
        for (unsigned pair = 0; pair < 2; pair++) {
            uint64_t at = 1 * MS + turn * 101 * MS, end = at + 100 * MS;
            const struct synthetic_call sleep = {
                .at = at, .takes = 100 * MS, .function = FN_SLEEP, .fd = -1};
            stream_add_long_call(&streams[turn < 6 ? pair : 2 + pair], sleep, 0, stack, 2);
            if (turn < 5 ? in_vain : turn == 5)
                wait_for(2 + pair, pair, in_vain ? at + 20 : 2 * MS, end + 10, 0, 0);
        }
    read_back(4);
}

START_TEST(who_was_let_in_in_vain_has_waited_for_its_turn)
{
    sleep_before_others(true);
    ck_assert_ptr_nonnull(found(FINDING_CALLS));
    end();
    sleep_before_others(false);
    ck_assert_ptr_null(found(FINDING_CALLS));
    end();
}
END_TEST

/* For whom a thread waits, for less than a millisecond, before it sleeps again. */
enum giver { GIVER_NONE, GIVER_MAIN, GIVER_ONE_BEFORE, GIVER_ONE_AT_WORK };

static void wait_shortly(unsigned thread, uint64_t end_of_turn, enum giver giver)
{
    static const unsigned at_work[] = {0, 2, 3, 1};
    uint64_t begun = end_of_turn + 100, at = end_of_turn + 500 + thread;
    unsigned wakers[] = {
        [GIVER_MAIN] = 0, [GIVER_ONE_BEFORE] = thread - 1, [GIVER_ONE_AT_WORK] = at_work[thread]};
    if (giver == GIVER_NONE)
        return;
    CALL(&streams[thread], .at = begun, .takes = at - begun, .function = FN_COND, .fd = -1);
    add_handed_lock(&streams[thread], begun, at, wakers[giver], wakers[giver]);
}

/* Three threads wait in these lines until they get something to do, and sleep eight times. */
static void sleep_after_waiting_in(const char *lines, enum giver giver)
{
    const uint64_t stack[] = {0x100, 0x200};
    begin(4);
    for (unsigned thread = 1; thread < 4; thread++) {
        stream_add_python(&streams[thread], 2 * MS, lines);
        wait_for(thread, 0, 2 * MS, 60 * MS, 0, 0);
        for (unsigned turn = 0; turn < 8; turn++) {
            const struct synthetic_call sleep = {
                .at = (61 + turn * 101) * MS, .takes = 100 * MS, .function = FN_SLEEP, .fd = -1};
            if (turn)
                wait_shortly(thread, sleep.at - 1 * MS, giver);
            stream_add_python(&streams[thread], sleep.at, "/srv/a.py:9 work\n");
            stream_add_long_call(&streams[thread], sleep, 0, stack, 2);
        }
    }
    read_back(4);
}

static const char from_queue[] = "/usr/lib/python3.11/threading.py:320 wait\n"
                                 "/usr/lib/python3.11/queue.py:171 get\n/srv/a.py:7 work\n";

START_TEST(threads_that_take_jobs_from_a_queue_are_a_pool)
{
    sleep_after_waiting_in(from_queue, GIVER_NONE);
    ck_assert_ptr_nonnull(found(FINDING_CALLS));
    end();
    sleep_after_waiting_in(from_queue, GIVER_ONE_AT_WORK);
    ck_assert_ptr_nonnull(found(FINDING_CALLS));
    end();
    sleep_after_waiting_in("/usr/lib/python3.11/threading.py:320 wait\n/srv/a.py:7 work\n",
                           GIVER_NONE);
    ck_assert_ptr_null(found(FINDING_CALLS));
    end();
}
END_TEST

/* They take their jobs in batches, or one lets in the next. */
START_TEST(threads_that_are_given_each_job_are_no_pool)
{
    sleep_after_waiting_in(from_queue, GIVER_MAIN);
    ck_assert_ptr_null(found(FINDING_CALLS));
    end();
    sleep_after_waiting_in(from_queue, GIVER_ONE_BEFORE);
    ck_assert_ptr_null(found(FINDING_CALLS));
    end();
}
END_TEST

/* A loop reads requests, and sleeps for each before it answers: that stalls it, and is told so. */
START_TEST(a_loop_that_its_own_calls_hold_up_is_no_pool)
{
    enum { JOBS = 6, FIRST = 60 };
    int fds[JOBS];
    begin(1);
    for (int i = 0; i < JOBS; i++)
        stream_add_peer(&streams[0], 10, 0, fds[i] = FIRST + i, TRACE_PEER_ACCEPT, "127.0.0.1:55");
    for (int i = 0; i < 3; i++) {
        stream_add_watch(&streams[0], 20 + i * MS, 0, fds, JOBS);
        CALL(&streams[0], .at = 20 + i * MS, .takes = MS - 100, .function = FN_POLL, .fd = -1,
             .result = JOBS);
    }
    for (int i = 0; i < JOBS; i++)
        recv_at(4 * MS + i * 100, 5, fds[i]);
    for (int i = 0; i < JOBS; i++) {
        long_call(0, FN_SLEEP, (10 + i * 101) * MS, 100 * MS);
        send_at((10 + i * 101 + 100) * MS + 500, fds[i]);
    }
    read_back(1);
    ck_assert_ptr_nonnull(found(FINDING_STALL));
    ck_assert_ptr_null(found(FINDING_CALLS));
    end();
}
END_TEST

/* A thread reads requests and writes their answers, three others sleep for one each, and another
 * request comes when one has been answered. Three more than there are threads wait from the first:
 * for their turn, or for an end that no sleep brings. */
START_TEST(requests_that_come_all_the_time_wait_for_their_turn)
{
    enum { WORKERS = 3, JOBS = 18, FIRST = 60, LATER = 3 };
    const bool are_later = _i;
    const unsigned ahead = are_later ? WORKERS : WORKERS + LATER;
    begin(1 + WORKERS);
    for (int i = -LATER * are_later; i < JOBS; i++)
        stream_add_peer(&streams[0], 10, 0, FIRST + i, TRACE_PEER_ACCEPT, "127.0.0.1:5555");
    for (int i = -LATER * are_later; i < (int)ahead; i++)
        recv_at(MS + (i + LATER) * 100, 5, FIRST + i);
    for (unsigned i = 0; i < JOBS; i++) {
        const uint64_t begun = (10 + i / WORKERS * 94 + i % WORKERS * 31) * MS;
        long_call(1 + i % WORKERS, FN_SLEEP, begun, 90 * MS);
        send_at(begun + 91 * MS, FIRST + i);
        if (i + ahead < JOBS)
            recv_at(begun + 92 * MS, 5, FIRST + i + ahead);
    }
    for (int i = -LATER * are_later; i < 0; i++)
        send_at(SECOND + i, FIRST + i);
    read_back(1 + WORKERS);
    ck_assert((found(FINDING_CALLS) != NULL) == !are_later);
    end();
}
END_TEST

/* As many as ever were at it sleep at once, of twice as many. */
static void sleep_in_two_halves(unsigned half)
{
    begin(2 * half);
    for (unsigned turn = 0; turn < 6; turn++)
        for (unsigned i = 0; i < half; i++)
            long_call(i + turn % 2 * half, FN_SLEEP, 1 * MS + turn * 101 * MS, 100 * MS);
    read_back(2 * half);
}

START_TEST(limit_of_many_is_found)
{
    sleep_in_two_halves(40);
    ck_assert_ptr_nonnull(found(FINDING_CALLS));
    end();
}
END_TEST

/* --- shapes --- */

static void look_up_for(uint64_t takes)
{
    begin(1);
    stream_add_lookup(&streams[0], 0, takes, 0, "far", "127.0.0.1");
    read_back(1);
}

START_TEST(look_ups_of_a_multiple_of_the_timeout_are_named)
{
    look_up_for(10 * SECOND + 30 * MS);
    ck_assert_ptr_nonnull(found(FINDING_RESOLVER));
    is_near("waited", found(FINDING_RESOLVER)->seconds, 10);
    ck_assert_str_eq(found(FINDING_RESOLVER)->facts[1].text, "far");
    end();
    look_up_for(4 * SECOND);
    ck_assert_ptr_null(found(FINDING_RESOLVER));
    end();
    look_up_for(7 * SECOND);
    ck_assert_ptr_null(found(FINDING_RESOLVER));
    end();
}
END_TEST

/* Something that is told every second. */
START_TEST(what_is_told_every_second_waits_for_no_leave)
{
    begin(1);
    connect_at(0, 5);
    for (int i = 0; i < 3; i++) {
        send_at(1000 + i * SECOND, 5);
        stream_add_watch(&streams[0], 2000 + i * SECOND, 0, (const int[]){5}, 1);
        CALL(&streams[0], .at = 2000 + i * SECOND, .takes = 995 * MS, .function = FN_POLL, .fd = 5);
    }
    recv_at(3 * SECOND, 10, 5);
    read_back(1);
    ck_assert_ptr_null(found(FINDING_EXPECT));
    end();
}
END_TEST

/* Thread 0 sleeps while data of its connection lie there. */
START_TEST(what_to_do_fits_the_programs_language)
{
    static const struct {
        const char *program, *word, *lines;
        int served; /* connections at once */
    } cases[] = {
        {.program = "/usr/bin/python3.11", .word = "selectors"},
        {.program = "/usr/bin/python3.11",
         .word = "ThreadingHTTPServer",
         .lines = "/srv/a.py:4 do_GET\n/usr/lib/python3.11/socketserver.py:755 __init__\n"},
        {.program = "/usr/bin/python3.11",
         .word = "selectors",
         .lines = "/srv/a.py:4 do_GET\n"
                  "/usr/lib/python3.11/socketserver.py:691 process_request_thread\n"},
        {.program = "/usr/bin/python3.11",
         .word = "--threads",
         .lines = "/srv/a.py:4 app\n/srv/lib/gunicorn/workers/sync.py:178 handle_request\n"},
        {.program = "/usr/bin/ruby3.1", .word = "each one a thread"},
        {.program = "/usr/bin/java", .word = "each one a thread"},
        {.program = "/usr/bin/ruby-server", .word = "greq_map"},
        {.program = "/usr/bin/ruby-server", .word = "one connection at a time", .served = 1},
        {.program = "/usr/bin/ruby-server", .word = "greq_map", .served = 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        begin(1);
        stream_add_process_start(&streams[0], 0, cases[i].program, "");
        if (!cases[i].served)
            connect_at(0, 5);
        for (int fd = 5; fd < 5 + cases[i].served; fd++)
            stream_add_peer(&streams[0], fd, 0, fd, TRACE_PEER_ACCEPT, "127.0.0.1:50000");
        send_at(1000, 5);
        if (cases[i].lines)
            stream_add_python(&streams[0], 20 * MS, cases[i].lines);
        const uint64_t stack[] = {0x100, 0x200};
        const struct synthetic_call sleep = {
            .at = 20 * MS, .takes = 40 * MS, .function = FN_SLEEP, .fd = -1};
        stream_add_long_call(&streams[0], sleep, 0, stack, 2);
        add_unread(61 * MS, TRACE_UNREAD_READ, 5, 30 * MS);
        recv_at(61 * MS, 10, 5);
        read_back(1);
        ck_assert_int_eq(blame->findings[0].kind, FINDING_STALL);
        ck_assert_ptr_nonnull(strstr(blame->findings[0].remedy, cases[i].word));
        end();
    }
}
END_TEST

/* --- the interpreter's lock --- */

/* Thread 0 waits for 40 ms while thread 1 computes 100 ms; data of one of its two connections lie
 * there. A module makes that wait, and a short one before, ahead of
 * which or behind which it is recorded. */
static void write_wait_while_another_computes(const char *module, bool is_late)
{
    const uint64_t stack[] = {0x100};
    begin(2);
    if (!is_late)
        stream_add_module(&streams[0], 0, module, 0, 0x2000);
    stream_add_sample(&streams[1], 0, TRACE_SAMPLE_BEGIN, streams[1].header.tid, 0, 0);
    stream_add_python(&streams[1], 100 * MS, "/a/b.py:7 compute\n");
    stream_add_computed(&streams[1], 100 * MS, 100 * MS, FN_SEND, 1, stack, 1);
    CALL(&streams[1], .at = 100 * MS, .takes = 10, .function = FN_SEND, .fd = 1, .result = 1);
    connect_at(0, 5);
    connect_at(500, 6);
    send_at(1000, 5);
    send_at(2000, 6);
    CALL(&streams[0], .at = 5 * MS, .takes = 10, .function = FN_COND, .fd = -1, .caller = 0x1000);
    if (is_late)
        stream_add_module(&streams[0], 10 * MS, module, 0, 0x2000);
    const struct synthetic_call wait = {
        .at = 20 * MS, .takes = 40 * MS, .function = FN_COND, .fd = -1, .caller = 0x1000};
    stream_add_call(&streams[0], wait);
    add_lock(&streams[0], 20 * MS, 60 * MS, 0);
    add_unread(61 * MS, TRACE_UNREAD_READ, 5, 30 * MS);
    recv_at(61 * MS, 10, 5);
}

static void wait_while_another_computes(const char *module, bool is_late)
{
    write_wait_while_another_computes(module, is_late);
    read_back(2);
}

/* It waits again, for 60 ms, when nobody computes any more, and so does the other connection. */
START_TEST(no_more_is_felt_than_was_waited_for_who_computed)
{
    const struct synthetic_call wait = {
        .at = 120 * MS, .takes = 60 * MS, .function = FN_COND, .fd = -1, .caller = 0x1000};
    write_wait_while_another_computes("/usr/bin/python3.11", false);
    stream_add_call(&streams[0], wait);
    add_lock(&streams[0], 120 * MS, 180 * MS, 0);
    add_unread(181 * MS, TRACE_UNREAD_READ, 6, 50 * MS);
    recv_at(181 * MS, 10, 6);
    read_back(2);
    ck_assert_double_gt(blame->serialized_s, 0.07);
    const struct blame_finding *finding = &blame->findings[0];
    ck_assert_int_eq(finding->kind, FINDING_INTERPRETER_HELD);
    for (size_t i = 0; i < finding->fact_count; i++)
        if (!strcmp(finding->facts[i].name, "serialized_s"))
            is_near("felt", finding->facts[i].number, 0.04);
    end();
}
END_TEST

START_TEST(waits_for_the_interpreters_lock_count_for_what_computes)
{
    wait_while_another_computes("/usr/bin/python3.11", false);
    is_near("waited", call_named("send")->interpreter_lock_s, 0.04);
    is_near("serialized", blame->serialized_s, 0.029);
    ck_assert_uint_eq(blame->finding_count, 1);
    ck_assert_int_eq(blame->findings[0].kind, FINDING_INTERPRETER_HELD);
    ck_assert_ptr_eq(blame->findings[0].call, &blame->calls[0]);
    ck_assert_uint_eq(blame->peak_in_flight, 2);
    ck_assert_uint_eq(blame->patterns,
                      PATTERN_INTERPRETER); /* so they did not overlap as they should */
    end();
    wait_while_another_computes("/usr/bin/other", false);
    is_near("waited", blame->interpreter_lock_s, 0);
    ck_assert_int_eq(blame->findings[0].kind, FINDING_STALL);
    end();
}
END_TEST

START_TEST(a_library_of_the_interpreter_is_known_once_it_is_recorded)
{
    wait_while_another_computes("/usr/lib/libpython3.11.so.1.0", true);
    is_near("waited", call_named("send")->interpreter_lock_s, 0.04);
    end();
}
END_TEST

/* The same, but thread 1 was seen last where it passed the lock on, at a line that is known or not:
 * in a mutex of a module. */
static void wait_until_it_is_passed_on(const char *module, const char *line, bool again)
{
    const uint64_t stack[] = {0x1000};
    begin(2);
    stream_add_module(&streams[0], 0, module, 0, 0x2000);
    stream_add_sample(&streams[1], 0, TRACE_SAMPLE_BEGIN, streams[1].header.tid, 0, 0);
    if (line)
        stream_add_python(&streams[1], 60 * MS, line);
    stream_add_computed(&streams[1], 60 * MS, 60 * MS, FN_MUTEX, -1, stack, 1);
    CALL(&streams[1], .at = 60 * MS, .takes = 10, .function = FN_MUTEX, .fd = -1, .caller = 0x1000);
    stream_add_python(&streams[1], 100 * MS, "/a/b.py:7 compute\n");
    stream_add_computed(&streams[1], 100 * MS, again ? 100 * MS : 61 * MS, FN_SEND, 1, stack, 1);
    CALL(&streams[1], .at = 100 * MS, .takes = 10, .function = FN_SEND, .fd = 1, .result = 1);
    const struct synthetic_call wait = {
        .at = 20 * MS, .takes = 40 * MS, .function = FN_COND, .fd = -1, .caller = 0x1000};
    stream_add_call(&streams[0], wait);
    add_lock(&streams[0], 20 * MS, 60 * MS, 0);
    struct synthetic_call second = wait;
    second.at = 61 * MS;
    second.takes = 39 * MS;
    if (again)
        stream_add_call(&streams[0], second);
    if (again)
        add_lock(&streams[0], 61 * MS, 100 * MS, 0);
    read_back(2);
}

START_TEST(what_ends_where_the_lock_is_passed_on_is_charged_where_it_is_seen_next)
{
    wait_until_it_is_passed_on("/usr/bin/python3.11", NULL, false);
    is_near("waited", call_named("send")->interpreter_lock_s, 0.04);
    end();
    wait_until_it_is_passed_on("/usr/bin/other", NULL, false);
    is_near("waited", blame->interpreter_lock_s, 0);
    end();
}
END_TEST

/* What the line computed ended in a mutex once, and in a write. */
START_TEST(line_that_has_kept_the_interpreters_lock_is_told_once)
{
    wait_until_it_is_passed_on("/usr/bin/python3.11", "/a/b.py:7 compute\n", true);
    ck_assert_uint_eq(blame->finding_count, 2);
    ck_assert_uint_eq(blame->findings[1].pattern, PATTERN_INTERPRETER);
    ck_assert_uint_eq(blame->findings[1].first, 0);
    is_near("elsewhere", blame->findings[0].elsewhere_s, blame->findings[1].seconds);
    end();
    wait_until_it_is_passed_on("/usr/bin/python3.11", "/a/b.py:8 compute\n", true);
    ck_assert_uint_eq(blame->finding_count, 2);
    ck_assert_uint_eq(blame->findings[1].first, 1);
    end();
}
END_TEST

START_TEST(what_ends_where_the_lock_is_passed_on_is_charged_to_its_line)
{
    wait_until_it_is_passed_on("/usr/bin/python3.11", "/a/b.py:3 spin\n", false);
    is_near("waited", call_named("pthread_mutex_lock")->interpreter_lock_s, 0.04);
    end();
    wait_until_it_is_passed_on("/usr/bin/other", "/a/b.py:3 spin\n", false);
    is_near("waited", blame->interpreter_lock_s, 0);
    end();
}
END_TEST

/* Thread 1 has passed the lock on, for next to no time, and is not seen again. */
START_TEST(who_is_not_seen_again_is_charged_where_the_lock_was_passed_on)
{
    const uint64_t stack[] = {0x1000};
    const struct synthetic_call wait = {
        .at = 20 * MS, .takes = 40 * MS, .function = FN_COND, .fd = -1, .caller = 0x1000};
    begin(2);
    stream_add_module(&streams[0], 0, "/usr/bin/python3.11", 0, 0x2000);
    stream_add_sample(&streams[1], 0, TRACE_SAMPLE_BEGIN, streams[1].header.tid, 0, 0);
    stream_add_computed(&streams[1], 60 * MS, 60 * MS, FN_COND, -1, stack, 1);
    CALL(&streams[1], .at = 60 * MS, .takes = 10, .function = FN_COND, .fd = -1, .caller = 0x1000);
    stream_add_call(&streams[0], wait);
    add_lock(&streams[0], 20 * MS, 60 * MS, 0);
    read_back(2);
    is_near("waited", blame->interpreter_lock_s, 0.04);
    end();
}
END_TEST

/* Two waits of Ruby's own while thread 1 computes, the first one with a time limit or without. The
 * second one's mutex is the same. */
static void wait_in_ruby(const char *module, uint64_t mutex, bool limited)
{
    begin(2);
    stream_add_module(&streams[0], 0, module, 0, 0x2000);
    stream_add_sample(&streams[1], 0, TRACE_SAMPLE_BEGIN, streams[1].header.tid, 0, 0);
    const uint64_t stack[] = {0x1000};
    stream_add_computed(&streams[1], 100 * MS, 100 * MS, FN_SEND, 1, stack, 1);
    CALL(&streams[1], .at = 100 * MS, .takes = 10, .function = FN_SEND, .fd = 1, .result = 1,
         .caller = 0x1000);
    for (uint64_t at = 20 * MS; at < 60 * MS; at += 20 * MS) {
        const struct trace_mutex record = {.head = {moment(at), TRACE_MUTEX, 0},
                                           .call_begin = moment(at),
                                           .address = mutex,
                                           .limited = limited && at == 20 * MS};
        CALL(&streams[0], .at = at, .takes = 20 * MS, .function = FN_COND, .fd = -1,
             .caller = 0x1000);
        stream_add(&streams[0], &record, sizeof record, NULL, 0);
        add_lock(&streams[0], at, at + 20 * MS, 0);
    }
    read_back(2);
}

/* Of a condition at 0x1234. */
START_TEST(a_mutex_tells_what_ruby_waits_for)
{
    static const struct {
        const char *module;
        uint64_t mutex;
        bool limited;
        double waited;
    } cases[] = {{"/usr/lib/libruby-3.1.so.3.1.2", 0x9000, true, 0.04},
                 {"/usr/bin/ruby3.1", 0x9000, true, 0.04},
                 {"/usr/lib/libruby-3.1.so.3.1.2", 0x9000, false, 0}, /* for a child */
                 {"/usr/lib/libruby-3.1.so.3.1.2", 0x1264, true, 0},  /* in a sleep */
                 {"/usr/lib/libruby-3.1.so.3.1.2", 0x1f00, true, 0},  /* for another use */
                 {"/usr/lib/libruby-3.2.so.3.2", 0x9000, true, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        wait_in_ruby(cases[i].module, cases[i].mutex, cases[i].limited);
        is_near("waited", blame->interpreter_lock_s, cases[i].waited);
        if (cases[i].waited > 0)
            ck_assert_ptr_nonnull(strstr(blame->findings[0].remedy, "threads of Ruby"));
        end();
    }
}
END_TEST

/* --- requests one after another, and few at once --- */

START_TEST(serial_requests_are_tried_with_more_at_once)
{
    begin(1);
    for (int i = 0; i < 8; i++) {
        uint64_t at = i * 110 * MS;
        connect_at(at, 5);
        send_at(at + 5 * MS, 5); /* the program works for 10 ms on each */
        recv_at(at + 5 * MS + 10, 100 * MS, 5);
        CALL(&streams[0], .at = at + 109 * MS, .takes = 5, .function = FN_CLOSE, .fd = 5);
    }
    read_back(1);
    ck_assert_uint_eq(blame->patterns, PATTERN_SERIAL);
    ck_assert_uint_eq(blame->serial_count, 1);
    const struct blame_serial *serial = &blame->serials[0];
    ck_assert_str_eq(serial->host, "127.0.0.1:443");
    ck_assert_uint_eq(serial->requests, 8);
    is_near("waited", serial->waited_s, 0.8);
    is_near("two", serial->wall_s[0], 0.4496);
    is_near("four", serial->wall_s[1], 0.249);
    is_near("all", serial->wall_s[4], 0.1796);
    is_near("what-if", blame->what_if_s, blame->wall_s); /* nobody knows that they may overlap */
    end();
}
END_TEST

/* Each is written in a call that takes 2 ms, and answered after 100 ms in a loop. */
START_TEST(a_request_that_a_loop_waited_for_is_from_no_call)
{
    begin(1);
    connect_at(0, 5);
    for (uint64_t i = 0; i < 4; i++) {
        const uint64_t at = (1 + i * 110) * MS;
        CALL(&streams[0], .at = at, .takes = 2 * MS, .function = FN_SEND, .fd = 5, .result = 70);
        wait_for_many(at + 3 * MS, 100 * MS);
        recv_at(at + 104 * MS, 10, 5);
    }
    read_back(1);
    ck_assert_uint_eq(blame->serial_count, 1);
    ck_assert_uint_eq(blame->serials[0].requests, 4);
    ck_assert_ptr_null(blame->serials[0].call);
    end();
}
END_TEST

/* 100 of them, for each of which the thread waits by a poll for next to a millisecond and then
 * reads the answer and its rest; or has it computed meanwhile and finds them. */
START_TEST(many_short_requests_are_a_row)
{
    const uint64_t wait = _i ? 10 : 900;
    begin(1);
    connect_at(0, 5);
    for (uint64_t i = 0; i < 100; i++) {
        const uint64_t at = (1 + i * 2) * MS;
        send_at(at, 5);
        stream_add_watch(&streams[0], at + 950 - wait, 0, (const int[]){5}, 1);
        CALL(&streams[0], .at = at + 950 - wait, .takes = wait, .function = FN_POLL, .fd = 5,
             .result = 1);
        recv_at(at + 960, 10, 5);
        recv_at(at + 980, 500, 5);
    }
    read_back(1);
    if (_i) {
        ck_assert(!(blame->patterns & PATTERN_SERIAL));
    } else {
        ck_assert_uint_eq(blame->patterns, PATTERN_SERIAL);
        ck_assert_uint_eq(blame->serials[0].requests, 100);
        ck_assert_ptr_null(blame->serials[0].call);
        is_near("waited", blame->serials[0].waited_s, 0.091);
        ck_assert(strstr(blame->findings[0].remedy, "ask for many at once") != NULL);
    }
    end();
}
END_TEST

/* Before each request the thread waits for something else, as for a child's output, but for the
 * first; or for a connection to be opened. */
START_TEST(what_is_waited_for_before_a_request_is_its_own)
{
    begin(1);
    connect_at(0, 5);
    for (uint64_t i = 0; i < 4; i++) {
        const uint64_t at = (1 + i * 210) * MS;
        if (_i)
            CALL(&streams[0], .at = at, .takes = 20, .function = FN_CONNECT, .fd = 6 + (int)i,
                 .result = -EINPROGRESS);
        wait_for_many(at + MS, 100 * MS);
        send_at(at + 102 * MS, 5);
        wait_for_many(at + 103 * MS, 100 * MS);
        recv_at(at + 204 * MS, 10, 5);
    }
    read_back(1);
    ck_assert_uint_eq(blame->serial_count, 1);
    ck_assert_uint_eq(blame->serials[0].requests, 4);
    is_near("waited", blame->serials[0].waited_s, _i ? 0.8 : 0.5);
    end();
}
END_TEST

/* The loop waits for each answer, and another call blocks it; or the read that waits for it does.
 */
START_TEST(a_row_is_told_of_beside_another_stall)
{
    begin(1);
    connect_at(0, 5);
    for (uint64_t i = 0; i < 4; i++) {
        const uint64_t at = (1 + i * 250) * MS;
        send_at(at, 5);
        wait_for_many(at + 3 * MS, _i ? 2 * MS : 100 * MS);
        recv_at(at + 104 * MS, _i ? 80 * MS : 10, 5);
        CALL(&streams[0], .at = at + 190 * MS, .takes = 20 * MS, .function = FN_WAITPID, .fd = -1);
    }
    read_back(1);
    ck_assert(blame->patterns & PATTERN_STALL);
    ck_assert_int_eq((blame->patterns & PATTERN_SERIAL) != 0, _i == 0);
    end();
}
END_TEST

/* One connection, that is named twice, for reading and for writing, and another descriptor: it is a
 * wait for the one. */
START_TEST(a_connection_that_is_watched_twice_is_one)
{
    begin(1);
    connect_at(0, 5);
    for (uint64_t i = 0; i < 4; i++) {
        const uint64_t at = (1 + i * 110) * MS;
        send_at(at, 5);
        stream_add_watch(&streams[0], at + 3 * MS, 0, (const int[]){5, 5, 3}, 3);
        CALL(&streams[0], .at = at + 3 * MS, .takes = 100 * MS, .function = FN_POLL, .fd = -1,
             .result = 1);
        recv_at(at + 104 * MS, 10, 5);
    }
    read_back(1);
    ck_assert_uint_eq(blame->patterns, PATTERN_SERIAL);
    ck_assert_ptr_nonnull(blame->serials[0].call);
    end();
}
END_TEST

/* It calls from another address once CPython has compiled its loop anew. */
START_TEST(one_line_of_python_is_one_row)
{
    static const uint64_t stacks[][2] = {{0x5040, 0x5100}, {0x5040, 0x5200}};
    begin(1);
    stream_add_module(&streams[0], 0, "/usr/bin/python3.11", 0x5000, 0x1000);
    for (int i = 0; i < 4; i++) {
        uint64_t at = i * 110 * MS;
        connect_at(at, 5);
        send_at(at + 5 * MS, 5);
        if (_i)
            stream_add_python(&streams[0], at + 5 * MS + 10, "/srv/a.py:1 ask\n");
        stream_add_long_call(&streams[0],
                             (struct synthetic_call){.at = at + 5 * MS + 10,
                                                     .takes = 100 * MS,
                                                     .function = FN_RECV,
                                                     .fd = 5,
                                                     .result = 100,
                                                     .caller = 0x5040},
                             0, stacks[i / 2], 2);
        CALL(&streams[0], .at = at + 109 * MS, .takes = 5, .function = FN_CLOSE, .fd = 5);
    }
    read_back(1);
    ck_assert_uint_eq(blame->serial_count, _i ? 1 : 2);
    ck_assert_uint_eq(blame->serials[0].requests, _i ? 4 : 2);
    end();
}
END_TEST

/* The connection takes longer than the answer every other time. */
START_TEST(a_row_is_told_by_the_waits_for_its_answers)
{
    begin(1);
    for (int i = 0; i < 8; i++) {
        uint64_t at = i * 110 * MS, connects = (i % 2 ? 60 : 20) * MS;
        stream_add_peer(&streams[0], at, 0, 5, TRACE_PEER_CONNECT, "127.0.0.1:443");
        CALL(&streams[0], .at = at, .takes = connects, .function = FN_CONNECT, .fd = 5);
        send_at(at + connects + 10, 5);
        recv_at(at + connects + 20, 40 * MS, 5);
        CALL(&streams[0], .at = at + 109 * MS, .takes = 5, .function = FN_CLOSE, .fd = 5);
    }
    read_back(1);
    ck_assert_uint_eq(blame->serial_count, 1);
    const struct blame_serial *serial = &blame->serials[0];
    ck_assert_uint_eq(serial->requests, 8);
    ck_assert_str_eq(model_function(&run.model, serial->call->group->function), "__recv_chk");
    is_near("waited", serial->waited_s, 0.64);
    end();
}
END_TEST

/* Each is sent when the thread was woken, and has read something from `source`, where those of the
 * process's threads have written whose bits are set. */
static void send_what_comes_from(int source, int64_t got, unsigned writers)
{
    const uint64_t stack[] = {0x100, 0x200};
    static const int both[] = {0, 5};
    begin(2);
    if (writers)
        add_pipe(source, 40);
    connect_at(0, 5);
    for (int i = 0; i < 4; i++) {
        uint64_t at = (1 + i * 110) * MS;
        for (int j = 0; j < 2; j++)
            if (writers & 1 << j)
                CALL(&streams[j], .at = at - 20 + j, .takes = 1, .function = FN_SEND, .fd = 40,
                     .result = got / 2);
        stream_add_watch(&streams[0], at, 0, both, 2);
        stream_add_long_call(
            &streams[0],
            (struct synthetic_call){
                .at = at, .takes = 5 * MS, .function = FN_POLL, .fd = -1, .result = 1},
            0, stack, 2);
        CALL(&streams[0], .at = at + 6 * MS, .takes = 10, .function = FN_RECV, .fd = source,
             .result = got);
        send_at(at + 7 * MS, 5);
        recv_at(at + 7 * MS + 20, 100 * MS, 5);
    }
    read_back(2);
}

/* Three requests in a row, which a call waits for, or a loop. */
START_TEST(what_to_do_about_a_row_fits_the_programs_language)
{
    static const struct {
        const char *program, *of_call, *of_loop;
    } cases[] = {{"/usr/bin/python3.11", "greenlets", "coroutines"},
                 {"/usr/bin/pypy3", "greenlets", "coroutines"},
                 {"/usr/bin/node", "Promise.all", "Promise.all"},
                 {"/usr/bin/php8.2", "curl_multi_exec", "curl_multi_exec"},
                 {"/usr/bin/ruby3.1", "Thread.new", "Thread.new"},
                 {"/usr/bin/java", "ExecutorService", "ExecutorService"},
                 {"/usr/bin/perl", ": threads, or a loop", ": threads, or a loop"},
                 {"/usr/bin/python-server", "greq_map", "greq_map"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        begin(1);
        stream_add_process_start(&streams[0], 0, cases[i].program, "");
        connect_at(0, 5);
        connect_at(100, 6);
        for (uint64_t at = 100 * MS; at < 400 * MS; at += 100 * MS) {
            send_at(at, 5);
            if (_i) {
                stream_add_watch(&streams[0], at + 20, 0, (const int[]){5, 6}, 2);
                CALL(&streams[0], .at = at + 20, .takes = 80 * MS, .function = FN_POLL, .fd = -1,
                     .result = 1);
            }
            recv_at(at + (_i ? 81 * MS : 20), _i ? 10 : 80 * MS, 5);
        }
        read_back(1);
        const struct blame_finding *row = found(FINDING_SERIAL);
        ck_assert_ptr_nonnull(row);
        ck_assert_int_eq(!row->call, _i);
        ck_assert_ptr_nonnull(strstr(row->remedy, _i ? cases[i].of_loop : cases[i].of_call));
        end();
    }
}
END_TEST

START_TEST(what_is_relayed_is_no_row)
{
    send_what_comes_from(5, 10, 0); /* the rest of the last answer */
    ck_assert_uint_eq(blame->patterns, PATTERN_SERIAL);
    end();
    send_what_comes_from(7, 10, 0); /* a file, for which nobody waited */
    ck_assert_uint_eq(blame->patterns, PATTERN_SERIAL);
    end();
    send_what_comes_from(0, 0, 0); /* its end: nothing to send */
    ck_assert_uint_eq(blame->patterns, PATTERN_SERIAL);
    end();
    send_what_comes_from(0, 10, 0);
    ck_assert(!(blame->patterns & PATTERN_SERIAL));
    end();
    send_what_comes_from(0, 10, 1); /* it has woken itself */
    ck_assert_uint_eq(blame->patterns, PATTERN_SERIAL);
    end();
    send_what_comes_from(0, 10, 3); /* another thread has as well */
    ck_assert(!(blame->patterns & PATTERN_SERIAL));
    end();
}
END_TEST

/* Three writes, each answered before the next one, on a connection of which is known what it
 * speaks. One request follows on another one, so that the waits before it are its own. */
static void send_in_a_row(enum trace_http_what what)
{
    begin(1);
    connect_at(0, 5);
    for (uint64_t i = 0; i < 3; i++) {
        uint64_t at = 100 * MS + i * 300 * MS;
        send_at(at, 5);
        if (!i)
            stream_add_http(&streams[0], at + 1, 5, what, 0, "GET /");
        recv_at(at + 20, 100 * MS, 5);
    }
    connect_at(1000 * MS, 6);
    send_at(1010 * MS, 6);
    recv_at(1011 * MS, 100 * MS, 6);
    read_back(1);
}

START_TEST(what_speaks_http_2_has_no_requests)
{
    send_in_a_row(TRACE_HTTP_REQUEST);
    ck_assert_uint_eq(blame->patterns, PATTERN_SERIAL);
    ck_assert_uint_eq(run.model.connections.requests, 4);
    end();
    send_in_a_row(TRACE_HTTP_2);
    ck_assert(!(blame->patterns & PATTERN_SERIAL));
    ck_assert_uint_eq(run.model.connections.requests, 1);
    end();
}
END_TEST

/* Three requests, before the last two of which the thread sleeps. */
static void send_after_sleeps(uint64_t sleep)
{
    begin(1);
    connect_at(0, 5);
    for (uint64_t i = 0; i < 3; i++) {
        uint64_t at = 100 * MS + i * 300 * MS;
        send_at(at, 5);
        recv_at(at + 20, 100 * MS, 5);
        CALL(&streams[0], .at = at + 150 * MS, .takes = sleep, .function = FN_SLEEP, .fd = -1);
    }
    read_back(1);
}

/* The same on a connection for each request, which ends with a goodbye. */
static void send_with_goodbyes(uint64_t sleep)
{
    begin(1);
    for (uint64_t i = 0; i < 3; i++) {
        uint64_t at = 100 * MS + i * 300 * MS;
        connect_at(at - 30, 5);
        send_at(at, 5);
        recv_at(at + 20, 100 * MS, 5);
        send_at(at + 110 * MS, 5);
        CALL(&streams[0], .at = at + 111 * MS, .takes = 5, .function = FN_CLOSE, .fd = 5);
        CALL(&streams[0], .at = at + 150 * MS, .takes = sleep, .function = FN_SLEEP, .fd = -1);
    }
    read_back(1);
}

/* The same, and it waits for descriptors instead: until the time is over, or one is ready. */
static void send_after_waits(int result)
{
    begin(1);
    connect_at(0, 5);
    for (uint64_t i = 0; i < 3; i++) {
        uint64_t at = 100 * MS + i * 300 * MS;
        send_at(at, 5);
        recv_at(at + 20, 100 * MS, 5);
        CALL(&streams[0], .at = at + 150 * MS, .takes = 100 * MS, .function = FN_POLL, .fd = -1,
             .result = result);
    }
    read_back(1);
}

/* It waits for a descriptor until the time is over, and then for less than a millisecond: another
 * process, or one of its own threads, has written something there. */
static void send_what_came_after_waits(bool is_own)
{
    begin(1);
    if (is_own)
        add_pipe(30, 31);
    for (uint64_t i = 0; i < 3; i++) {
        uint64_t at = 100 * MS + i * 300 * MS;
        connect_at(at - 30, 5);
        send_at(at, 5);
        recv_at(at + 20, 100 * MS, 5);
        CALL(&streams[0], .at = at + 110 * MS, .takes = 5, .function = FN_CLOSE, .fd = 5);
        CALL(&streams[0], .at = at + 150 * MS, .takes = 100 * MS, .function = FN_POLL, .fd = -1);
        if (is_own)
            CALL(&streams[0], .at = at + 251 * MS, .takes = 5, .function = FN_SEND, .fd = 31,
                 .result = 1);
        stream_add_watch(&streams[0], at + 252 * MS, 0, (const int[]){30}, 1);
        CALL(&streams[0], .at = at + 252 * MS, .takes = 200, .function = FN_POLL, .fd = -1,
             .result = 1);
        CALL(&streams[0], .at = at + 253 * MS, .takes = 5, .function = FN_RECV, .fd = 30,
             .result = 1);
    }
    read_back(1);
}

/* It waits until the time is over, and opens a connection; or has begun to open another one before:
 * that is given up for the next address of its host. */
static void send_to_the_next_address(bool has_begun)
{
    begin(1);
    for (uint64_t i = 0; i < 3; i++) {
        uint64_t at = 100 * MS + i * 300 * MS;
        if (has_begun) {
            stream_add_peer(&streams[0], at, 0, 4, TRACE_PEER_CONNECT, "127.0.0.2:443");
            CALL(&streams[0], .at = at, .takes = 10, .function = FN_CONNECT, .fd = 4, .result = -1,
                 .error = EINPROGRESS);
        }
        CALL(&streams[0], .at = at + 20, .takes = 100 * MS, .function = FN_POLL, .fd = -1);
        connect_at(at + 101 * MS, 5);
        send_at(at + 102 * MS, 5);
        recv_at(at + 103 * MS, 100 * MS, 5);
        for (int fd = has_begun ? 4 : 5; fd < 6; fd++)
            CALL(&streams[0], .at = at + 204 * MS, .takes = 1, .function = FN_CLOSE, .fd = fd);
    }
    read_back(1);
}

/* The same of a thread that waits for another one meanwhile, which sleeps or does something else.
 */
static void send_what_is_given(int wait, int meanwhile)
{
    begin(2);
    connect_at(0, 5);
    for (uint64_t i = 0; i < 3; i++) {
        uint64_t at = 100 * MS + i * 300 * MS;
        send_at(at, 5);
        recv_at(at + 20, 100 * MS, 5);
        CALL(&streams[1], .at = at + 30, .takes = 105 * MS - 30, .function = wait, .fd = -1);
        add_handed_lock(&streams[1], at + 30, at + 105 * MS, 0, 0);
        CALL(&streams[1], .at = at + 110 * MS, .takes = 100 * MS, .function = meanwhile, .fd = -1);
        CALL(&streams[0], .at = at + 101 * MS, .takes = 120 * MS, .function = wait, .fd = -1);
        add_handed_lock(&streams[0], at + 101 * MS, at + 221 * MS, 1, 1);
    }
    read_back(2);
}

/* Task 1 makes the requests, and another one or it sleeps between them, parked. */
static void send_beside_a_task_that_sleeps(uint32_t sleeper)
{
    const uint64_t stack[] = {0x100, 0x200};
    begin(1);
    stream_add_peer(&streams[0], 0, 1, 5, TRACE_PEER_CONNECT, "127.0.0.1:443");
    CALL(&streams[0], .at = 0, .takes = 10, .task = 1, .function = FN_CONNECT, .fd = 5);
    for (uint64_t i = 0; i < 3; i++) {
        uint64_t at = 100 * MS + i * 300 * MS;
        CALL(&streams[0], .at = at, .takes = 10, .task = 1, .function = FN_SEND, .fd = 5,
             .result = 70);
        stream_add_long_call(&streams[0],
                             (struct synthetic_call){.at = at + 20,
                                                     .takes = 100 * MS,
                                                     .task = 1,
                                                     .function = FN_RECV,
                                                     .fd = 5,
                                                     .result = 40},
                             0, stack, 2);
        CALL(&streams[0], .at = at + 110 * MS, .takes = 100 * MS, .parked = 100 * MS,
             .task = sleeper, .function = FN_SLEEP, .fd = -1, .flags = TRACE_FLAG_COOPERATIVE);
    }
    read_back(1);
}

START_TEST(what_is_sent_at_its_time_is_no_row)
{
    send_after_sleeps(100); /* hardly */
    ck_assert_uint_eq(blame->patterns, PATTERN_SERIAL);
    end();
    send_after_sleeps(100 * MS);
    ck_assert_uint_eq(blame->finding_count, 0);
    end();
    send_with_goodbyes(100); /* hardly */
    ck_assert_uint_eq(blame->patterns, PATTERN_SERIAL);
    end();
    send_with_goodbyes(100 * MS);
    ck_assert_uint_eq(blame->finding_count, 0);
    end();
    send_after_waits(1);
    ck_assert_uint_eq(blame->patterns, PATTERN_SERIAL);
    end();
    send_after_waits(0);
    ck_assert_uint_eq(blame->finding_count, 0);
    end();
    send_what_came_after_waits(false);
    ck_assert(blame->patterns & PATTERN_SERIAL);
    end();
    send_what_came_after_waits(true);
    ck_assert(!(blame->patterns & PATTERN_SERIAL));
    end();
    send_to_the_next_address(true);
    ck_assert(blame->patterns & PATTERN_SERIAL);
    end();
    send_to_the_next_address(false);
    ck_assert(!(blame->patterns & PATTERN_SERIAL));
    end();
    send_what_is_given(FN_SEM, FN_WAITPID);
    ck_assert(blame->patterns & PATTERN_SERIAL);
    end();
    send_what_is_given(FN_SEM, FN_SLEEP);
    ck_assert(!(blame->patterns & PATTERN_SERIAL));
    end();
    send_what_is_given(FN_MUTEX, FN_SLEEP); /* a lock is no work */
    ck_assert(blame->patterns & PATTERN_SERIAL);
    end();
    send_beside_a_task_that_sleeps(2);
    ck_assert(blame->patterns & PATTERN_SERIAL);
    end();
    send_beside_a_task_that_sleeps(1);
    ck_assert(!(blame->patterns & PATTERN_SERIAL));
    end();
}
END_TEST

static void send_two(uint64_t first, uint64_t second)
{
    begin(1);
    connect_at(0, 5);
    send_at(20, 5);
    recv_at(40, first, 5);
    send_at(first + 60, 5);
    recv_at(first + 80, second, 5);
    read_back(1);
}

START_TEST(a_row_of_which_one_takes_all_saves_nothing)
{
    send_two(300 * MS, 20 * MS); /* less than a tenth */
    ck_assert_uint_eq(blame->finding_count, 0);
    end();
    send_two(4 * MS, 4 * MS); /* noise */
    ck_assert_uint_eq(blame->finding_count, 0);
    end();
    send_two(200 * MS, 100 * MS);
    ck_assert_uint_eq(blame->finding_count, 1);
    end();
}
END_TEST

/* Requests of 100 ms to a peer, one after another. */
static void add_asker(struct stream *stream, uint32_t pid, uint64_t start, int requests,
                      const char *peer)
{
    stream_begin(stream, scratch.path, pid, 0, start);
    stream_add_thread_start(stream, start);
    for (int i = 0; i < requests; i++) {
        uint64_t at = start + i * 101 * MS;
        stream_add_peer(stream, at, 0, 5, TRACE_PEER_CONNECT, peer);
        CALL(stream, .at = at, .takes = 10, .function = FN_CONNECT, .fd = 5);
        CALL(stream, .at = at + 20, .takes = 10, .function = FN_SEND, .fd = 5, .result = 70);
        CALL(stream, .at = at + 40, .takes = 100 * MS, .function = FN_RECV, .fd = 5, .result = 40);
        CALL(stream, .at = at + 100 * MS + 50, .takes = 5, .function = FN_CLOSE, .fd = 5);
    }
}

static void add_worker(struct stream *stream, uint32_t pid, uint64_t start, int requests)
{
    add_asker(stream, pid, start, requests, "127.0.0.1:443");
}

/* Two side by side end no earlier for what both save; a third one comes after them. */
START_TEST(processes_side_by_side_save_time_together)
{
    begin(0);
    add_worker(&streams[0], 10, 0, 4);
    add_worker(&streams[1], 11, 1 * MS, 4);
    add_worker(&streams[2], 12, 500 * MS, 4);
    read_back(3);
    ck_assert_uint_eq(blame->serial_count, 1);
    ck_assert_uint_eq(blame->serials[0].requests, 12);
    ck_assert_uint_eq(blame->serials[0].processes, 3);
    is_near("wall", blame->wall_s, 0.903);
    is_near("two", blame->serials[0].wall_s[0], 0.501);
    is_near("all", blame->serials[0].wall_s[4], 0.303);
    end();
}
END_TEST

/* A thread makes six requests of 100 ms, and the main one does something else before it waits for
 * that one's end. */
static void ask_beside(uint64_t meanwhile, bool sleeps)
{
    begin(2);
    for (uint64_t i = 0; i < 6; i++) {
        uint64_t at = 10 * MS + i * 100 * MS;
        stream_add_peer(&streams[1], at, 0, 5, TRACE_PEER_CONNECT, "127.0.0.1:443");
        CALL(&streams[1], .at = at, .takes = 10, .function = FN_CONNECT, .fd = 5);
        CALL(&streams[1], .at = at + 20, .takes = 10, .function = FN_SEND, .fd = 5, .result = 70);
        CALL(&streams[1], .at = at + 40, .takes = 99 * MS, .function = FN_RECV, .fd = 5,
             .result = 40);
        CALL(&streams[1], .at = at + 99 * MS + 50, .takes = 5, .function = FN_CLOSE, .fd = 5);
    }
    stream_add_thread_end(&streams[1], 610 * MS, 0);
    if (sleeps)
        CALL(&streams[0], .at = 10, .takes = meanwhile - 10, .function = FN_SLEEP, .fd = -1);
    CALL(&streams[0], .at = meanwhile, .takes = meanwhile < 610 * MS ? 612 * MS - meanwhile : 10,
         .function = FN_JOIN, .fd = -1);
    read_back(2);
}

START_TEST(a_row_saves_no_more_than_the_run_waited_for_it)
{
    ask_beside(50 * MS, _i);
    is_near("all", found(FINDING_SERIAL)->serial->wall_s[4], 0.117);
    end();
    ask_beside(400 * MS, _i);
    double all_s = found(FINDING_SERIAL)->serial->wall_s[4];
    ck_assert_double_le(all_s, 0.4);
    ck_assert_double_ge(all_s,
                        0.4 - 6 * 0.001 - 0.002); /* R15: what may have been in short waits */
    end();
    ask_beside(700 * MS, _i);
    ck_assert_ptr_null(found(FINDING_SERIAL));
    end();
}
END_TEST

/* Three side by side, of which each asks a peer of its own; or all ask one. */
START_TEST(rows_with_a_peer_each_are_no_pool)
{
    static const char *const peers[] = {"127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3"};
    begin(0);
    for (int i = 0; i < 3; i++)
        add_asker(&streams[i], 10 + i, i * MS, 5, peers[_i ? 0 : i]);
    read_back(3);
    ck_assert_int_eq(blame->patterns & PATTERN_POOL, _i ? PATTERN_POOL : 0);
    ck_assert_uint_eq(blame->pool_limit, _i ? 3 : 0);
    end();
}
END_TEST

START_TEST(one_request_each_of_processes_side_by_side_is_not_serial)
{
    begin(0);
    add_worker(&streams[0], 10, 0, 1);
    add_worker(&streams[1], 11, 1 * MS, 1);
    read_back(2);
    ck_assert_uint_eq(blame->patterns, PATTERN_OVERLAPPED);
    end();
}
END_TEST

/* A script that starts one program after another, 20 ms apart. */
START_TEST(processes_of_one_request_each_are_a_row)
{
    begin(0);
    for (int i = 0; i < 4; i++)
        add_worker(&streams[i], 10 + i, i * 120 * MS, 1);
    read_back(4);
    ck_assert_uint_eq(blame->patterns, PATTERN_SERIAL);
    ck_assert_uint_eq(blame->serials[0].processes, 4);
    is_near("wall", blame->wall_s, 0.46);
    is_near("two", blame->serials[0].wall_s[0], 0.24);
    is_near("all", blame->serials[0].wall_s[4], 0.16);
    ck_assert_int_eq(blame->findings[0].kind, FINDING_SERIAL_PROCESSES);
    end();
}
END_TEST

/* It runs another program than its parent, for 100 ms. What it used is not known: 0. */
static void add_child(uint32_t pid, uint64_t at, uint64_t cpu, int function, bool is_fork,
                      bool is_killed)
{
    static struct stream stream;
    stream_begin(&stream, scratch.path, pid, TRACE_PROCESS_THREAD, at);
    if (is_fork)
        stream_add_child_start(&stream, at, 10);
    else
        stream_add_process_start(&stream, at, "/usr/bin/job", "job");
    if (!is_killed)
        stream_add_process_end(&stream, at + 100 * MS, cpu);
    stream_end(&stream);
    stream_begin(&stream, scratch.path, pid, 0, at);
    stream_add_thread_start(&stream, at);
    if (function == FN_ACCEPT)
        stream_add_peer(&stream, at + 10, 0, 5, TRACE_PEER_ACCEPT, "127.0.0.1:443");
    CALL(&stream, .at = at + 20, .takes = 99 * MS, .function = FN_SLEEP, .fd = -1);
    stream_add_thread_end(&stream, at + 100 * MS, cpu);
    stream_end(&stream);
}

/* Two at once, and each of the others when one has ended: of another program, that mostly waits.
 * Not so where the next ones wait for all, or start late; where they compute, or nobody knows;
 * where they are forks, serve others, or are killed; where two threads each wait for one after
 * another. */
START_TEST(children_that_waited_for_others_to_end_are_limited)
{
    enum { CHILDREN = 8 };
    static const struct {
        uint64_t pause, cpu;
        int function;
        bool in_batches, is_fork, is_killed, of_threads, is_limited;
    } cases[] = {
        {.pause = 2 * MS, .cpu = MS, .is_limited = true},
        {.pause = 2 * MS, .cpu = MS, .in_batches = true},
        {.pause = 60 * MS, .cpu = MS},
        {.pause = 2 * MS, .cpu = 50 * MS},
        {.pause = 2 * MS},
        {.pause = 2 * MS, .cpu = MS, .is_fork = true},
        {.pause = 2 * MS, .cpu = MS, .function = FN_ACCEPT},
        {.pause = 2 * MS, .cpu = MS, .is_killed = true},
        {.pause = 2 * MS, .cpu = MS, .of_threads = true},
    };
    begin(0);
    stream_begin(&streams[1], scratch.path, 10, TRACE_PROCESS_THREAD, 0);
    stream_add_process_start(&streams[1], 0, "/bin/server", "server");
    stream_end(&streams[1]);
    for (unsigned thread = 0; thread < 2; thread++) {
        stream_begin(&streams[2 * thread], scratch.path, 10, thread, 0);
        stream_add_thread_start(&streams[2 * thread], 0);
    }
    for (int i = 0; i < CHILDREN; i++) {
        int round = i / 2, place = cases[_i].in_batches ? 0 : i % 2;
        uint64_t at = MS + round * (100 * MS + cases[_i].pause) + place * 50 * MS + i % 2;
        add_child(20 + i, at, cases[_i].cpu, cases[_i].function, cases[_i].is_fork,
                  cases[_i].is_killed);
        CALL(&streams[cases[_i].of_threads ? 2 * (i % 2) : 0], .at = at + 100 * MS + 100,
             .takes = 10, .function = FN_WAITPID, .fd = -1, .result = 20 + i);
        if (cases[_i].is_killed)
            synthetic_ending(scratch.path, 20 + i, at + 100 * MS, cases[_i].cpu, "killed 15");
    }
    stream_end(&streams[2]);
    read_back(1);
    const struct blame_finding *found = NULL;
    for (size_t i = 0; i < blame->finding_count; i++)
        if (blame->findings[i].kind == FINDING_CHILDREN)
            found = &blame->findings[i];
    ck_assert_int_eq(found != NULL, cases[_i].is_limited);
    if (found)
        is_near("all the time", found->seconds, 0.456);
    end();
}
END_TEST

/* Each sleeps for 200 ms when it has its answer, as a worker does its job. */
START_TEST(what_processes_of_a_row_do_besides_stays_in_a_row)
{
    begin(0);
    for (int i = 0; i < 4; i++) {
        const uint64_t at = i * 320 * MS;
        add_worker(&streams[i], 10 + i, at, 1);
        CALL(&streams[i], .at = at + 101 * MS, .takes = 199 * MS, .function = FN_SLEEP, .fd = -1);
    }
    read_back(4);
    is_near("wall", blame->wall_s, 1.26);
    is_near("all", blame->serials[0].wall_s[4], 0.96);
    end();
}
END_TEST

static void add_shared(uint64_t at, uint32_t task, uint64_t begun, uint32_t other,
                       uint64_t other_begun, enum trace_shared_what what)
{
    const struct trace_shared record = {
        .head = {.time = moment(at), .id = TRACE_SHARED, .task = task},
        .call_begin = moment(begun),
        .other_begin = moment(other_begun),
        .other_task = other,
        .fd = 5,
        .what = what};
    stream_add(&streams[0], &record, sizeof record, NULL, 0);
}

static void add_task_name(uint64_t at, uint32_t task, uint64_t begun, const char *name)
{
    const struct trace_task_name record = {
        .head = {.time = moment(at), .id = TRACE_TASK_NAME, .task = task},
        .call_begin = moment(begun)};
    stream_add(&streams[0], &record, sizeof record, name, strlen(name) + 1);
}

/* Task 1 waits from 10 to 60 ms; task 2 comes at 20 ms, and reads or waits as well. */
START_TEST(tasks_that_meet_in_a_connection_are_named)
{
    static const char *const expected[] = {"task 2 waited in __recv_chk to receive on fd 5, the "
                                           "connection to 10.0.0.1:80, while Task-7 already did "
                                           "in __recv_chk at ",
                                           "task 2 read on fd 5, the connection to 10.0.0.1:80, in "
                                           "__recv_chk, while Task-7 waited in __recv_chk at "};
    const unsigned flags = TRACE_FLAG_COOPERATIVE | TRACE_FLAG_SHARED;
    begin(1);
    stream_add_peer(&streams[0], 5 * MS, 1, 5, TRACE_PEER_CONNECT, "10.0.0.1:80");
    CALL(&streams[0], .at = 10 * MS, .takes = 50 * MS, .parked = 50 * MS, .task = 1,
         .function = FN_RECV, .fd = 5, .result = 1, .flags = flags, .caller = 0x1000);
    CALL(&streams[0], .at = 20 * MS, .takes = 10, .task = 2, .function = FN_RECV, .fd = 5,
         .result = 1, .flags = flags, .caller = 0x2000);
    add_shared(20 * MS, 2, 20 * MS, 1, 10 * MS, _i ? TRACE_SHARED_READS : TRACE_SHARED_BOTH_WAIT);
    add_task_name(60 * MS, 1, 10 * MS, "Task-7");
    read_back(1);
    ck_assert_uint_eq(blame->shared_connections, 1);
    ck_assert(blame->patterns & PATTERN_SHARED);
    const struct blame_finding *finding = &blame->findings[0];
    ck_assert_int_eq(finding->pattern, PATTERN_SHARED);
    is_near("what the first waited", finding->seconds, 0.05);
    char *said = sentence_evidence(&run.model, finding);
    ck_assert_msg(strncmp(said, expected[_i], strlen(expected[_i])) == 0, "%s", said);
    free(said);
    end();
}
END_TEST

START_TEST(limit_of_a_pool_is_found)
{
    begin(1);
    for (int i = 0; i < 9; i++)
        connect_at(i * 20, 5 + i);
    for (int i = 0; i < 9; i++) { /* three at once: one is sent when another has been read */
        if (i >= 3)
            recv_at((1 + (i - 3) / 3 * 100) * MS + 100 * MS - 100 + i * 20, 5, 2 + i);
        send_at((1 + i / 3 * 100) * MS + i * 20, 5 + i);
    }
    for (int i = 6; i < 9; i++)
        recv_at(301 * MS + i * 20, 5, 5 + i);
    read_back(1);
    ck_assert_uint_eq(blame->peak_in_flight, 3);
    ck_assert_uint_eq(blame->pool_limit, 3);
    ck_assert(blame->patterns & PATTERN_POOL);
    end();
}
END_TEST

/* As above, but nothing is answered: who waits no longer closes it, and the next one is sent. */
START_TEST(a_request_that_is_given_up_frees_its_place)
{
    begin(1);
    for (int i = 0; i < 9; i++)
        connect_at(i * 20, 5 + i);
    for (int i = 0; i < 9; i++) {
        if (i >= 3 && i % 3 == 0)
            wait_for_many((2 + (i - 3) / 3 * 100) * MS, 90 * MS);
        if (i >= 3)
            CALL(&streams[0], .at = (1 + (i - 3) / 3 * 100) * MS + 100 * MS - 100 + i * 20,
                 .takes = 5, .function = FN_CLOSE, .fd = 2 + i);
        send_at((1 + i / 3 * 100) * MS + i * 20, 5 + i);
    }
    wait_for_many(202 * MS, 90 * MS);
    for (int i = 6; i < 9; i++)
        CALL(&streams[0], .at = 301 * MS + i * 20, .takes = 5, .function = FN_CLOSE, .fd = 5 + i);
    read_back(1);
    ck_assert_uint_eq(blame->peak_in_flight, 3);
    ck_assert_uint_eq(blame->pool_limit, 3);
    end();
}
END_TEST

/* Each is written in three parts. Who writes the rest of it does not start another one. */
START_TEST(what_is_written_in_parts_is_one_request)
{
    begin(1);
    for (int i = 0; i < 3; i++)
        connect_at(i * 20, 5 + i);
    for (int part = 0; part < 3; part++)
        for (int i = 0; i < 3; i++)
            send_at((1 + 10 * part) * MS + i * 20, 5 + i);
    for (int i = 0; i < 3; i++)
        recv_at(100 * MS + i * 20, 5, 5 + i);
    read_back(1);
    ck_assert_uint_eq(blame->peak_in_flight, 3);
    ck_assert_uint_eq(blame->pool_limit, 0);
    end();
}
END_TEST

/* Two at once, of which the rest is written 20 ms before they are answered. */
START_TEST(what_is_written_in_parts_is_in_flight_since_the_first)
{
    begin(1);
    connect_at(0, 5);
    connect_at(20, 6);
    for (uint64_t round = 0; round < 4; round++) {
        uint64_t at = (1 + round * 101) * MS;
        for (int i = 0; i < 2; i++)
            send_at(at + i * 20, 5 + i);
        for (int i = 0; i < 2; i++)
            send_at(at + 80 * MS + i * 20, 5 + i);
        for (int i = 0; i < 2; i++)
            recv_at(at + 100 * MS + i * 20, 10, 5 + i);
    }
    read_back(1);
    const struct blame_finding *finding = found(FINDING_POOL);
    ck_assert_ptr_nonnull(finding);
    const struct blame_fact *longest = &finding->facts[finding->fact_count - 1];
    ck_assert_str_eq(longest->name, "longest_s");
    is_near("longest", longest->number, 0.1);
    end();
}
END_TEST

/* Two at once. The head of an answer is read 40 ms before its rest. */
START_TEST(a_place_is_taken_until_the_whole_answer_is_read)
{
    begin(1);
    connect_at(0, 5);
    connect_at(20, 6);
    for (uint64_t round = 0; round < 4; round++) {
        uint64_t at = (1 + round * 150) * MS;
        for (int i = 0; i < 2; i++)
            send_at(at + i * 20, 5 + i);
        recv_at(at + 100, 100 * MS, 5);
        recv_at(at + 101 * MS, 10, 6);
        recv_at(at + 148 * MS, 10, 5);
        recv_at(at + 148 * MS + 20, 10, 6);
    }
    read_back(1);
    ck_assert_uint_eq(blame->pool_limit, 2);
    end();
}
END_TEST

/* Two threads ask by turns, each 10 ms after the other one's answer, when `waker` lets them. The
 * answers are read by who asked, or else by thread 2. */
static void ask_when_let_go_by(unsigned waker, bool reads_itself)
{
    begin(3);
    for (unsigned turn = 0; turn < 6; turn++) {
        unsigned asker = turn % 2, giver = waker == 2 ? 2 : !asker;
        struct stream *stream = &streams[asker], *reader = reads_itself ? stream : &streams[2];
        uint64_t at = (1 + turn * 60) * MS;
        if (turn < 2)
            stream_add_peer(stream, 10 + turn, 0, 5 + asker, TRACE_PEER_CONNECT, "127.0.0.1:80");
        CALL(stream, .at = at, .takes = 9 * MS, .function = FN_COND, .fd = -1);
        add_handed_lock(stream, at, at + 9 * MS, giver, giver);
        CALL(stream, .at = at + 10 * MS, .takes = 10, .function = FN_SEND, .fd = 5 + asker,
             .result = 70);
        CALL(reader, .at = at + 10 * MS + 20, .takes = 50 * MS - 30, .function = FN_RECV,
             .fd = 5 + asker, .result = 40);
    }
    read_back(3);
}

/* A thread that asks for nothing hands out the work: nobody waited for a turn. */
START_TEST(who_was_given_work_has_waited_for_no_turn)
{
    ask_when_let_go_by(0, true);
    ck_assert(blame->patterns & PATTERN_POOL);
    end();
    ask_when_let_go_by(2, true);
    ck_assert(!(blame->patterns & PATTERN_POOL));
    end();
}
END_TEST

/* Who waits for the answers is somewhere else. */
START_TEST(who_asks_for_others_takes_no_turn)
{
    ask_when_let_go_by(0, false);
    ck_assert(!(blame->patterns & PATTERN_POOL));
    end();
}
END_TEST

/* --- where work goes in a replay --- */

START_TEST(work_goes_where_there_is_room)
{
    struct schedule schedule = {0};
    ck_assert_uint_eq(schedule_take(&schedule, 10, 5), 15);
    ck_assert_uint_eq(schedule_take(&schedule, 100, 10), 110);
    ck_assert_uint_eq(schedule_take(&schedule, 0, 8), 8);     /* in front of all */
    ck_assert_uint_eq(schedule_take(&schedule, 12, 20), 35);  /* behind what is there */
    ck_assert_uint_eq(schedule_take(&schedule, 30, 80), 125); /* in two pieces */
    ck_assert_uint_eq(schedule_take(&schedule, 7, 1), 9);
    ck_assert_uint_eq(schedule_take(&schedule, 5, 2), 126 + 0);
    schedule_finish(&schedule);
}
END_TEST

SUITE(
    "tracer: blame", ONCE(open_connections_wait_for_their_turn),
    ONCE(connections_in_reserve_do_not_wait),
    EACH(what_is_done_before_the_first_request_holds_nobody_up, 4),
    EACH(nobody_waits_behind_a_helper_that_waits_for_work, 2),
    ONCE(a_holder_that_stood_in_the_run_queue_kept_nobody), ONCE(answers_wait_behind_a_long_call),
    ONCE(unread_data_wait_until_the_end), ONCE(nothing_waits_behind_the_call_that_waited_for_it),
    ONCE(a_read_that_found_its_data_holds_nobody_up), ONCE(a_call_in_the_run_queue_holds_nobody_up),
    ONCE(what_tls_sends_unasked_is_no_answer), ONCE(last_data_of_tls_are_the_answer),
    ONCE(what_comes_unasked_and_is_never_read_does_not_wait),
    EACH(an_answer_that_is_given_up_has_waited, 2),
    ONCE(blocking_call_between_waits_for_many_stalls_a_loop),
    ONCE(a_blocked_loop_for_which_nobody_waited_saves_nothing),
    EACH(loops_of_several_threads_are_not_one, 2),
    EACH(who_waits_for_other_descriptors_each_time_runs_no_loop, 2),
    EACH(what_blocks_a_round_is_within_its_loop, 3), EACH(loop_inside_of_a_loop_blocks_it, 3),
    EACH(threads_that_wait_in_turn_run_one_loop, 2),
    EACH(threads_with_a_loop_each_after_one_another_share_none, 2),
    ONCE(a_look_at_many_is_no_wait_for_them), ONCE(a_loop_inside_of_a_task_is_a_call_that_blocks),
    ONCE(a_loop_is_woken_by_what_it_has_not_read_yet),
    ONCE(what_several_threads_read_wakes_none_of_them),
    ONCE(waits_of_a_loop_for_one_descriptor_are_its_own),
    EACH(what_comes_between_two_runs_of_a_loop_blocks_none, 3),
    EACH(a_loop_between_two_runs_of_another_one_blocks_none, 3),
    ONCE(all_waits_of_a_loop_inside_of_a_loop_count),
    EACH(short_waits_for_many_tell_whose_the_long_ones_are, 3), ONCE(waits_for_work_come_last),
    ONCE(a_served_client_sends_its_next_request_after_the_answer),
    ONCE(what_stood_in_the_run_queue_is_no_stall), ONCE(waits_for_a_lock_count_for_its_holders),
    ONCE(only_what_a_holder_can_have_been_in_counts),
    EACH(who_is_let_in_late_was_not_kept_by_what_came_then, 2),
    ONCE(holder_comes_before_those_who_hold_up_their_own_connections),
    ONCE(who_gave_up_is_looked_at_before_it_is_forgotten),
    ONCE(who_waits_for_work_with_a_lock_holds_nobody_up),
    ONCE(conditions_of_a_runtime_are_no_locks), EACH(what_is_passed_on_at_once_tells_of_no_lock, 3),
    EACH(who_lets_all_go_on_at_once_has_no_lock, 2),
    ONCE(threads_that_go_on_in_any_order_are_no_pool),
    ONCE(who_is_let_in_late_has_waited_for_what_came_between),
    ONCE(who_was_let_in_in_vain_has_waited_for_its_turn),
    ONCE(threads_that_take_jobs_from_a_queue_are_a_pool),
    ONCE(threads_that_are_given_each_job_are_no_pool),
    EACH(children_that_waited_for_others_to_end_are_limited, 9),
    ONCE(a_loop_that_its_own_calls_hold_up_is_no_pool),
    EACH(requests_that_come_all_the_time_wait_for_their_turn, 2),
    ONCE(who_is_let_in_at_once_comes_late_on_a_busy_machine), ONCE(limit_of_many_is_found),
    ONCE(look_ups_of_a_multiple_of_the_timeout_are_named),
    ONCE(what_is_told_every_second_waits_for_no_leave), ONCE(what_to_do_fits_the_programs_language),
    EACH(what_to_do_about_a_row_fits_the_programs_language, 2),
    ONCE(waits_for_the_interpreters_lock_count_for_what_computes),
    ONCE(no_more_is_felt_than_was_waited_for_who_computed),
    ONCE(a_library_of_the_interpreter_is_known_once_it_is_recorded),
    ONCE(what_ends_where_the_lock_is_passed_on_is_charged_where_it_is_seen_next),
    ONCE(what_ends_where_the_lock_is_passed_on_is_charged_to_its_line),
    ONCE(who_is_not_seen_again_is_charged_where_the_lock_was_passed_on),
    ONCE(a_mutex_tells_what_ruby_waits_for), ONCE(serial_requests_are_tried_with_more_at_once),
    ONCE(a_request_that_a_loop_waited_for_is_from_no_call), EACH(many_short_requests_are_a_row, 2),
    EACH(what_is_waited_for_before_a_request_is_its_own, 2),
    ONCE(a_connection_that_is_watched_twice_is_one), EACH(a_row_is_told_of_beside_another_stall, 2),
    EACH(one_line_of_python_is_one_row, 2), ONCE(a_row_is_told_by_the_waits_for_its_answers),
    ONCE(what_is_relayed_is_no_row), ONCE(what_speaks_http_2_has_no_requests),
    ONCE(what_is_sent_at_its_time_is_no_row), ONCE(a_row_of_which_one_takes_all_saves_nothing),
    ONCE(processes_side_by_side_save_time_together),
    ONCE(one_request_each_of_processes_side_by_side_is_not_serial),
    ONCE(processes_of_one_request_each_are_a_row),
    ONCE(what_processes_of_a_row_do_besides_stays_in_a_row),
    EACH(tasks_that_meet_in_a_connection_are_named, 2), EACH(rows_with_a_peer_each_are_no_pool, 2),
    EACH(a_row_saves_no_more_than_the_run_waited_for_it, 2), ONCE(limit_of_a_pool_is_found),
    ONCE(a_request_that_is_given_up_frees_its_place), ONCE(what_is_written_in_parts_is_one_request),
    ONCE(what_is_written_in_parts_is_in_flight_since_the_first),
    ONCE(line_that_has_kept_the_interpreters_lock_is_told_once),
    ONCE(a_place_is_taken_until_the_whole_answer_is_read),
    ONCE(who_was_given_work_has_waited_for_no_turn), ONCE(who_asks_for_others_takes_no_turn),
    ONCE(work_goes_where_there_is_room))
