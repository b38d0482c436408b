/* What a thread computes, and who waits for it meanwhile. */
#include "model/thresholds.h"
#include "read.h"
#include "scratch.h"
#include "suite.h"
#include "synthetic.h"

#include <math.h>
#include <string.h>

static struct scratch scratch;
static struct stream stream;
static struct run run;
static uint64_t cpu; /* that the thread has used */

static const uint64_t frames[] = {0x100};

static void begin_alone(void)
{
    scratch_make(&scratch);
    synthetic_make(scratch.path);
    stream_begin(&stream, scratch.path, 10, 0, 0);
    stream_add_thread_start(&stream, 0);
    stream_add_sample(&stream, 0, TRACE_SAMPLE_BEGIN, 10, 0, 0);
    cpu = 0;
}

/* Two clients have connected. */
static void begin(void)
{
    begin_alone();
    stream_add_peer(&stream, 0, 0, 5, TRACE_PEER_ACCEPT, "127.0.0.1:5005");
    stream_add_peer(&stream, 0, 0, 6, TRACE_PEER_ACCEPT, "127.0.0.1:6006");
}

static void read_back(void)
{
    stream_end(&stream);
    run_read(&run, scratch.path);
    ck_assert_int_eq(run.warned.count, 0);
}

static void end(void)
{
    run_finish(&run);
    scratch_remove(&scratch);
}

static void recv_at(uint64_t at, int fd)
{
    CALL(&stream, .at = at, .takes = 10, .function = FN_RECV, .fd = fd, .result = 40);
}

/* Its data have lain there for `age`. */
static void recv_late(uint64_t at, int fd, uint64_t age)
{
    const struct trace_unread record = {.head = {EPOCH + at * 1000, TRACE_UNREAD, 0},
                                        .call_begin = EPOCH + at * 1000,
                                        .reason = TRACE_UNREAD_READ,
                                        .count = 1};
    const struct trace_unread_item item = {fd, 40, age * 1000};
    stream_add(&stream, &record, sizeof record, &item, sizeof item);
    recv_at(at, fd);
}

/* Answers when it has computed for `took`. */
static void answer_at(uint64_t at, int fd, uint64_t took)
{
    cpu += took;
    stream_add_computed(&stream, at, cpu, FN_SEND, fd, frames, 1);
    CALL(&stream, .at = at, .takes = 10, .function = FN_SEND, .fd = fd, .result = 70);
}

static void comes_to(double computing_s, double computing_conn_s)
{
    read_back();
    ck_assert_msg(fabs(run.blame.computing_s - computing_s) < 1e-4, "computing_s is %f, not %f",
                  run.blame.computing_s, computing_s);
    ck_assert_msg(fabs(run.blame.computing_conn_s - computing_conn_s) < 1e-4,
                  "computing_conn_s is %f, not %f", run.blame.computing_conn_s, computing_conn_s);
    ck_assert_int_eq(!!(run.blame.patterns & PATTERN_COMPUTING), computing_s > NOISE_S);
}

/* The second request comes 11 ms after the first one was read, and waits until its answer. */
START_TEST(request_waits_while_its_server_computes)
{
    begin();
    recv_at(1 * MS, 5);
    answer_at(101 * MS, 5, 99 * MS);
    recv_late(102 * MS, 6, 90 * MS);
    answer_at(203 * MS, 6, 100 * MS);
    comes_to(0.089 + 0.100, 0.089 + 0.100);
    end();
}
END_TEST

/* Both are read before the first is answered, as by asyncio. */
START_TEST(request_that_was_read_waits_for_its_answer)
{
    begin();
    recv_at(1 * MS, 5);
    recv_at(2 * MS, 6);
    answer_at(103 * MS, 5, 100 * MS);
    answer_at(204 * MS, 6, 100 * MS);
    comes_to(0.200, 0.200);
    end();
}
END_TEST

/* 100 ms in a stretch of 200 ms: the rest was spent in the run queue, or in a call that nobody saw.
 */
START_TEST(time_off_the_cpu_is_not_computing)
{
    begin();
    recv_at(1 * MS, 5);
    answer_at(201 * MS, 5, 100 * MS);
    recv_late(202 * MS, 6, 201 * MS);
    stream_add_thread_end(&stream, 203 * MS, 100 * MS);
    comes_to(0.100, 0.100);
    end();
}
END_TEST

/* Of a call of 100 ms, 80 of them on the CPU, the 4 ms before it may have been computed. */
START_TEST(what_a_call_used_itself_is_not_computing)
{
    begin();
    recv_at(1 * MS, 5);
    stream_add_long_call(
        &stream, (struct synthetic_call){.at = 5 * MS, .takes = 100 * MS, .function = FN_SLEEP},
        80 * MS, frames, 1);
    recv_late(106 * MS, 6, 105 * MS);
    comes_to(0.004, 0.004);
    end();
}
END_TEST

/* It writes a line, which takes long, and goes on for the same client. */
START_TEST(what_a_long_call_interrupts_is_for_the_same_client)
{
    begin();
    recv_at(1 * MS, 5);
    cpu += 50 * MS;
    stream_add_computed(&stream, 51 * MS, cpu, FN_SEND, 1, frames, 1);
    stream_add_long_call(
        &stream,
        (struct synthetic_call){
            .at = 51 * MS, .takes = 3 * MS, .function = FN_SEND, .fd = 1, .result = 7},
        cpu, frames, 1);
    answer_at(105 * MS, 5, 50 * MS);
    comes_to(0, 0);
    end();
}
END_TEST

START_TEST(what_is_computed_for_a_client_holds_it_not_up)
{
    begin();
    recv_at(1 * MS, 5);
    answer_at(101 * MS, 5, 100 * MS);
    recv_late(102 * MS, 5, 50 * MS);
    answer_at(202 * MS, 5, 100 * MS);
    comes_to(0, 0);
    end();
}
END_TEST

/* The thread had nothing to do in between: the second request waited for something else. Not where
 * it looked for more to do, and came back late because it had no processor. */
START_TEST(thread_that_slept_has_held_nobody_up)
{
    static const int both[] = {5, 6};
    static const uint32_t queued[] = {0, 30 * MS, 49 * MS + 500};
    begin();
    recv_at(1 * MS, 5);
    recv_at(2 * MS, 6);
    stream_add_watch(&stream, 3 * MS, 0, both, 2);
    stream_add_long_call(
        &stream,
        (struct synthetic_call){
            .at = 3 * MS, .takes = 50 * MS, .function = FN_POLL, .fd = -1, .queued = queued[_i]},
        0, frames, 1);
    answer_at(103 * MS, 5, 50 * MS);
    answer_at(154 * MS, 6, 50 * MS);
    double waited_s = queued[_i] > 49 * MS ? 0.100 : 0;
    comes_to(waited_s, waited_s);
    end();
}
END_TEST

/* Two clients ask again and again, each for 2 ms of work: one waits while the other one is served.
 */
static void do_a_little_for_both(uint64_t since)
{
    for (uint64_t i = 1; i <= 20; i++) {
        uint64_t at = since + 3 * i * MS;
        answer_at(at, i % 2 ? 5 : 6, 2 * MS);
        recv_late(at + 100, i % 2 ? 6 : 5, 1 * MS);
    }
}

START_TEST(a_little_that_is_computed_for_many_is_a_servers_work)
{
    begin();
    recv_at(100, 5);
    do_a_little_for_both(0);
    read_back();
    ck_assert_double_gt(run.blame.computing_s, 2 * NOISE_S);
    ck_assert_uint_eq(run.blame.finding_count, 0);
    bool is_excused = false;
    for (size_t i = 0; i < run.blame.call_count; i++)
        is_excused |= run.blame.calls[i].excused[FIGURE_computing_s] != NULL;
    ck_assert(is_excused);
    end();
}
END_TEST

/* The first one has asked for much, when the other one wanted nothing. */
START_TEST(rounds_that_nobody_waited_for_do_not_count)
{
    begin();
    recv_at(100, 5);
    answer_at(501 * MS, 5, 500 * MS);
    recv_at(502 * MS, 5);
    do_a_little_for_both(502 * MS);
    read_back();
    ck_assert_double_gt(run.blame.computing_s, 2 * NOISE_S);
    ck_assert_double_lt(run.blame.computing_s, 0.1);
    ck_assert_uint_eq(run.blame.finding_count, 0);
    end();
}
END_TEST

/* One waits for 90 ms, and the other one for 60 ms of these. */
START_TEST(what_is_an_average_is_rounded)
{
    begin();
    stream_add_peer(&stream, 0, 0, 7, TRACE_PEER_ACCEPT, "127.0.0.1:7007");
    recv_at(1 * MS, 5);
    answer_at(101 * MS, 5, 100 * MS);
    recv_late(102 * MS, 6, 91 * MS);
    recv_late(102 * MS + 100, 7, 61 * MS + 100);
    comes_to(0.090, 0.150);
    const struct blame_finding *finding = run.blame.findings;
    ck_assert_str_eq(finding->facts[3].name, "on_average");
    ck_assert_double_eq(finding->facts[3].number, 2);
    end();
}
END_TEST

/* Log lines are written in between: the stretches are short, the rounds are not. */
START_TEST(rounds_end_with_an_answer)
{
    begin();
    recv_at(1 * MS, 5);
    recv_at(1 * MS, 6);
    for (int i = 0; i < 2; i++) {
        for (int line = 1; line <= 10; line++) {
            cpu += 6 * MS;
            stream_add_computed(&stream, (1 + i * 60 + line * 6) * MS, cpu, FN_SEND, 1, frames, 1);
            CALL(&stream, .at = (1 + i * 60 + line * 6) * MS, .takes = 10, .function = FN_SEND,
                 .fd = 1, .result = 7);
        }
        CALL(&stream, .at = (1 + i * 60 + 60) * MS + 20, .takes = 10, .function = FN_SEND,
             .fd = 5 + i, .result = 70);
    }
    comes_to(0.120, 0.120);
    ck_assert_uint_eq(run.blame.finding_count, 1);
    const struct blame_finding *finding = run.blame.findings;
    ck_assert_int_eq(finding->kind, FINDING_COMPUTING);
    ck_assert_str_eq(finding->facts[0].name, "rounds");
    ck_assert_double_eq(finding->facts[0].number, 2);
    ck_assert_double_eq_tol(finding->facts[1].number, 0.060, 1e-3);
    end();
}
END_TEST

/* Nobody is owed an answer, but the next one waits for its turn. */
START_TEST(rounds_end_with_a_close)
{
    begin();
    stream_add_peer(&stream, 0, 0, 7, TRACE_PEER_ACCEPT, "127.0.0.1:7007");
    recv_at(1 * MS, 5);
    for (uint64_t i = 1; i <= 2; i++) {
        uint64_t at = (1 + i * 60) * MS;
        cpu += 60 * MS - 200;
        stream_add_computed(&stream, at, cpu, FN_CLOSE, 4 + i, frames, 1);
        CALL(&stream, .at = at, .takes = 10, .function = FN_CLOSE, .fd = 4 + i);
        recv_late(at + 20, 5 + i, at - 1 * MS);
    }
    read_back();
    const struct blame_finding *finding = run.blame.findings;
    ck_assert_uint_eq(run.blame.finding_count, 1);
    ck_assert_int_eq(finding->kind, FINDING_COMPUTING);
    ck_assert_double_eq(finding->facts[0].number, 2);
    ck_assert_double_eq_tol(finding->facts[1].number, 0.060, 1e-3);
    end();
}
END_TEST

/* --- the end of a process --- */

static uint64_t ended; /* when the process said so */

/* It ends by exit, called by the thread, whose peers on some descriptors are still there. */
static void exit_at(uint64_t at, uint64_t computed, const int *left, int left_count)
{
    cpu += computed;
    ended = at;
    stream_add_computed(&stream, at, cpu, TRACE_EXIT, -1, frames, 1);
    for (int i = 0; i < left_count; i++)
        stream_add_unread(&stream, at, TRACE_UNREAD_LEFT, left[i], 0, 0);
    stream_add_thread_end(&stream, at, cpu);
}

static const int five[] = {5};

/* It is one that answers. */
static void begin_answering(void)
{
    begin();
    recv_at(100, 6);
    answer_at(200, 6, 0);
}

/* A client whose request led to no answer has waited for what was computed meanwhile. */
START_TEST(request_without_an_answer_waits_until_the_end)
{
    begin_answering();
    recv_at(1 * MS, 5);
    exit_at(101 * MS, 100 * MS, five, 1);
    comes_to(0.100, 0.100);
    ck_assert_uint_eq(run.blame.finding_count, 1);
    ck_assert_int_eq(run.blame.findings[0].kind, FINDING_COMPUTING);
    ck_assert_str_eq(model_function(&run.model, run.blame.findings[0].call->group->function),
                     "exit");
    ck_assert_double_eq(run.blame.findings[0].facts[0].number, 1); /* round */
    end();
}
END_TEST

/* Its log lines are written in between, and the last of them just before the end. */
START_TEST(what_is_computed_in_pieces_before_the_end_is_waited_for)
{
    begin_answering();
    recv_at(1 * MS, 5);
    for (int line = 1; line <= 10; line++) {
        cpu += 6 * MS;
        stream_add_computed(&stream, (1 + line * 6) * MS, cpu, FN_SEND, 1, frames, 1);
        CALL(&stream, .at = (1 + line * 6) * MS, .takes = 10, .function = FN_SEND, .fd = 1,
             .result = 7);
    }
    exit_at(62 * MS, 1 * MS, five, 1);
    comes_to(0.061, 0.061);
    end();
}
END_TEST

/* It may have been handed on, or nobody is owed an answer. */
START_TEST(who_closes_a_connection_without_an_answer_has_held_up_nobody)
{
    begin_answering();
    recv_at(1 * MS, 5);
    cpu += 100 * MS;
    stream_add_computed(&stream, 101 * MS, cpu, FN_CLOSE, 5, frames, 1);
    stream_add_unread(&stream, 101 * MS, TRACE_UNREAD_LEFT, 5, 0, 0);
    CALL(&stream, .at = 101 * MS, .takes = 10, .function = FN_CLOSE, .fd = 5);
    exit_at(103 * MS, 0, NULL, 0);
    comes_to(0, 0);
    end();
}
END_TEST

/* Each client is answered by a child of its own. */
START_TEST(connection_that_a_child_has_as_well_waits_for_no_end)
{
    static struct stream child;
    begin_answering();
    stream_add_child_start(&stream, 1 * MS, 1);
    recv_at(1 * MS, 5);
    stream_begin(&child, scratch.path, 11, 0, 100 * MS);
    stream_add_child_start(&child, 100 * MS, 10);
    stream_add_thread_start(&child, 100 * MS);
    CALL(&child, .at = 110 * MS, .takes = 10, .function = FN_SEND, .fd = 5, .result = 70);
    stream_end(&child);
    exit_at(101 * MS, 100 * MS, five, 1);
    comes_to(0, 0);
    end();
}
END_TEST

START_TEST(who_does_not_wait_at_the_end_is_not_held_up)
{
    static const int both[] = {5, 6};
    begin_answering(); /* it has its answer */
    recv_at(1 * MS, 5);
    answer_at(2 * MS, 5, 0);
    exit_at(102 * MS, 100 * MS, both, 2);
    comes_to(0, 0);
    end();
    begin_answering(); /* it is gone */
    recv_at(1 * MS, 5);
    exit_at(101 * MS, 100 * MS, NULL, 0);
    comes_to(0, 0);
    end();
    begin_answering(); /* it wants no answers: it had none to what it said before */
    recv_at(1 * MS, 5);
    stream_add_watch(&stream, 2 * MS, 0, both, 2);
    stream_add_long_call(
        &stream,
        (struct synthetic_call){.at = 2 * MS, .takes = 50 * MS, .function = FN_POLL, .fd = -1}, 0,
        frames, 1);
    recv_at(53 * MS, 5);
    exit_at(154 * MS, 100 * MS, five, 1);
    comes_to(0, 0);
    end();
    begin(); /* nobody has had an answer */
    recv_at(1 * MS, 5);
    exit_at(101 * MS, 100 * MS, five, 1);
    comes_to(0, 0);
    end();
}
END_TEST

/* What another thread computes ends there as well; what came for it lay unread since then. */
START_TEST(what_another_thread_computes_ends_where_the_process_is_ended)
{
    static struct stream other;
    begin();
    stream_begin(&other, scratch.path, 10, 1, 0);
    stream_add_thread_start(&other, 0);
    stream_add_sample(&other, 0, TRACE_SAMPLE_BEGIN, 11, 0, 0);
    other.header.tid = 11;
    for (int fd = 5; fd <= 6; fd++)
        CALL(&other, .at = fd * 100, .takes = 10, .function = FN_RECV, .fd = fd, .result = 40);
    stream_add_computed(&other, 11 * MS, 10 * MS, FN_SEND, 6, frames, 1);
    stream_add_unread(&other, 11 * MS, TRACE_UNREAD_BEHIND, 5, 40, 5 * MS);
    CALL(&other, .at = 11 * MS, .takes = 10, .function = FN_SEND, .fd = 6, .result = 70);
    stream_end(&other);
    exit_at(101 * MS, 0, NULL, 0);
    stream_begin(&other, scratch.path, 10, TRACE_PROCESS_THREAD, 0);
    stream_add_sample(&other, ended, TRACE_SAMPLE_END, 11, 100 * MS, 0);
    stream_add_process_end(&other, ended, 100 * MS);
    stream_end(&other);
    read_back();
    double at_exit = 0;
    for (size_t i = 0; i < run.blame.call_count; i++)
        if (!strcmp(model_function(&run.model, run.blame.calls[i].group->function), "exit"))
            at_exit += run.blame.calls[i].computing_s;
    ck_assert_double_eq_tol(at_exit, 0.090, 1e-3);
    end();
}
END_TEST

/* A loop is woken after 10 ms, and comes to that when it has computed for 90 ms. */
static void compute_while_woken(void)
{
    const struct trace_channel channel = {
        .head = {EPOCH, TRACE_CHANNEL, 0}, .reads = 7, .writes = 8};
    stream_add(&stream, &channel, sizeof channel, NULL, 0);
    for (uint64_t at = 2 * MS; at < 10 * MS; at += 4 * MS) {
        stream_add_watch(&stream, at, 0, (const int[]){7, 9}, 2);
        CALL(&stream, .at = at, .takes = 2 * MS, .function = FN_POLL, .fd = -1);
    }
    CALL(&stream, .at = 10 * MS, .takes = 10, .function = FN_SEND, .fd = 8, .result = 1);
    cpu += 90 * MS;
    stream_add_computed(&stream, 101 * MS, cpu, FN_RECV, 7, frames, 1);
    CALL(&stream, .at = 101 * MS, .takes = 10, .function = FN_RECV, .fd = 7, .result = 1);
}

static void connect_at(uint64_t at, int fd)
{
    stream_add_peer(&stream, at, 0, fd, TRACE_PEER_CONNECT, "127.0.0.1:6006");
    CALL(&stream, .at = at, .takes = 10, .function = FN_CONNECT, .fd = fd);
}

/* It opens a connection afterwards; or never, or before, or has accepted one. */
START_TEST(what_is_computed_before_the_first_connection_is_a_start)
{
    enum { AFTERWARDS, NEVER, BEFORE, ACCEPTED };
    begin_alone();
    if (_i == BEFORE)
        connect_at(1 * MS, 5);
    if (_i == ACCEPTED)
        stream_add_peer(&stream, 1 * MS, 0, 5, TRACE_PEER_ACCEPT, "127.0.0.1:5005");
    compute_while_woken();
    if (_i != NEVER)
        connect_at(102 * MS, 6);
    stream_add_sample(&stream, 103 * MS, TRACE_SAMPLE_END, 10, cpu, 0);
    read_back();
    ck_assert_double_gt(run.blame.computing_s, 0.08);
    ck_assert_int_eq(run.blame.patterns & PATTERN_COMPUTING,
                     _i == AFTERWARDS ? 0 : PATTERN_COMPUTING);
    end();
}
END_TEST

SUITE("tracer: computing", EACH(what_is_computed_before_the_first_connection_is_a_start, 4),
      ONCE(request_without_an_answer_waits_until_the_end),
      ONCE(what_is_computed_in_pieces_before_the_end_is_waited_for),
      ONCE(who_closes_a_connection_without_an_answer_has_held_up_nobody),
      ONCE(connection_that_a_child_has_as_well_waits_for_no_end),
      ONCE(who_does_not_wait_at_the_end_is_not_held_up),
      ONCE(what_another_thread_computes_ends_where_the_process_is_ended),
      ONCE(request_waits_while_its_server_computes),
      ONCE(request_that_was_read_waits_for_its_answer), ONCE(time_off_the_cpu_is_not_computing),
      ONCE(what_a_call_used_itself_is_not_computing),
      ONCE(what_is_computed_for_a_client_holds_it_not_up),
      ONCE(what_a_long_call_interrupts_is_for_the_same_client),
      EACH(thread_that_slept_has_held_nobody_up, 3), ONCE(rounds_end_with_an_answer),
      ONCE(rounds_end_with_a_close), ONCE(what_is_an_average_is_rounded),
      ONCE(rounds_that_nobody_waited_for_do_not_count),
      ONCE(a_little_that_is_computed_for_many_is_a_servers_work))
