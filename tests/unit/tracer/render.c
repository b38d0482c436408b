/* What reports look like. */
#include "render/render.h"

#include "read.h"
#include "render/clean.h"
#include "scratch.h"
#include "suite.h"
#include "synthetic.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static struct scratch scratch;
static struct stream stream, process;

static const struct style plain = {.width = 100};

typedef void renderer(const struct report *report, const struct style *style, FILE *out);

static void begin(void)
{
    scratch_make(&scratch);
    synthetic_make(scratch.path);
    stream_begin(&process, scratch.path, 10, TRACE_PROCESS_THREAD, 0);
    stream_begin(&stream, scratch.path, 10, 0, 0);
}

/* The report of what was written, to be freed by the caller. */
static char *finish(renderer *render, const struct style *style)
{
    struct run run;
    char *text = NULL;
    size_t size;
    stream_end(&stream);
    stream_end(&process);
    run_read(&run, scratch.path);
    const struct report report = {.model = &run.model,
                                  .accounts = &run.accounts,
                                  .blame = &run.blame,
                                  .symbols = run.symbols};
    FILE *out = open_memstream(&text, &size);
    render(&report, style, out);
    fclose(out);
    run_finish(&run);
    scratch_remove(&scratch);
    return text;
}

static void has(const char *text, const char *part)
{
    ck_assert_msg(strstr(text, part), "no '%s' in:\n%s", part, text);
}

static void has_not(const char *text, const char *part)
{
    ck_assert_msg(!strstr(text, part), "'%s' in:\n%s", part, text);
}

static const uint64_t frames[] = {0x5040, 0x5080};

static void add_send(uint64_t at, uint32_t task, int fd)
{
    stream_add_peer(&stream, at, task, fd, TRACE_PEER_CONNECT, "127.0.0.1:443");
    CALL(&stream, .at = at, .takes = 100, .task = task, .function = FN_CONNECT, .fd = fd);
    CALL(&stream, .at = at + 200, .takes = 20, .task = task, .function = FN_SEND, .fd = fd,
         .result = 70);
}

static struct synthetic_call receive(uint64_t at, uint32_t task, int fd)
{
    return (struct synthetic_call){.at = at,
                                   .takes = SECOND,
                                   .task = task,
                                   .function = FN_RECV,
                                   .fd = fd,
                                   .result = 500,
                                   .flags = TRACE_FLAG_HAD_TASKS,
                                   .refusal = TRACE_REFUSAL_NOT_PATCHED,
                                   .caller = frames[0]};
}

/* A request of a second, during which the thread is blocked. */
static void add_request(uint64_t at, uint32_t task, int fd)
{
    add_send(at, task, fd);
    stream_add_long_call(&stream, receive(at + 1000, task, fd), 0, frames, 2);
}

static void add_program(const char *command_line)
{
    stream_add_process_start(&process, 0, "/nowhere/program", command_line);
    stream_add_module(&process, 0, "/nowhere/program", 0x5000, 0x1000);
}

START_TEST(a_staircase_is_visible)
{
    begin();
    add_program("program --serial");
    for (int i = 0; i < 4; i++)
        add_request(i * 1100 * MS, i + 1, 5 + i);
    char *text = finish(render_text, &plain);
    has(text, "program --serial\n");
    has(text, "4.30 s in all; 4 requests on 4 connections, 1 in flight at most, 1.00 on average");
    has(text,
        "__recv_chk              4    4.00 s    1.00 s         -  program+0x3f on connections "
        "to 127.0.0.1:443\n");
    has(text, "\n__recv_chk was called from\n    program+0x3f\n    program+0x7f\n");
    has(text, "\npartial   __recv_chk was not patched (GREQ_PATCH) and blocked a thread that had "
              "other tasks for 4.00\n          s; called on connections to 127.0.0.1:443 by "
              "program+0x3f\n"
              "          > stop excluding __recv_chk (or its family) in GREQ_PATCH");
    has(text, "\nserial    4 requests to 127.0.0.1:443 went one after another, 4.00 s of waiting;");
    has(text, "instead of 4.30 s, 2 at once 2.20 s;");
    has_not(text, "4 at once");
    has(text, "\n   1 127.0.0.1:443     task 1 S#########R.");
    has(text, "\n   2 127.0.0.1:443     task 2             S#########R.");
    has(text, "__recv_chk 1.00 s\n");
    has(text, "\norder: open send block recv open send block recv open send block recv "
              "open send block recv\n");
    has(text,
        "\ntrust: 93.0 % of the time off the CPU was in calls seen here; 22 events, 0 lost\n");
    has_not(text, "\033");
    free(text);
}
END_TEST

/* A request of the program's own, and one that it served: read for 2 ms, answered after 50 ms, for
 * 10 ms. */
START_TEST(requests_that_are_served_have_a_table_of_their_own)
{
    begin();
    add_program("program");
    add_request(0, 0, 5);
    stream_add_peer(&stream, 1100 * MS, 0, 6, TRACE_PEER_ACCEPT, "127.0.0.1:5555");
    stream_add_unread(&stream, 1103 * MS, TRACE_UNREAD_READ, 6, 10, 2 * MS);
    CALL(&stream, .at = 1103 * MS, .takes = 10, .function = FN_RECV, .fd = 6, .result = 10);
    CALL(&stream, .at = 1153 * MS, .takes = 10 * MS, .function = FN_SEND, .fd = 6, .result = 70);
    CALL(&stream, .at = 1170 * MS, .takes = 5, .function = FN_CLOSE, .fd = 6);
    char *text = finish(render_text, &plain);
    has(text, "\nrequests             connect      send      wait   receive     "
              "total\n127.0.0.1:443: 1\n");
    has(text, "\nrequests served      request    handle    answer     total\nserved: 1\n"
              "                      2.0 ms     50 ms     10 ms     62 ms\n");
    has(text, "\nslowest, began at    request    handle    answer     total\n            1.10 s");
    free(text);
}
END_TEST

START_TEST(languages_that_are_not_read_are_named)
{
    static const struct {
        const char *program;
        bool is_read;
    } cases[] = {{"/usr/bin/php8.2", false}, {"/usr/sbin/php-fpm8.2", false},
                 {"/usr/bin/lua5.4", false}, {"/usr/bin/luac", true},
                 {"/usr/bin/node", false},   {"/usr/bin/nodelist", true},
                 {"/usr/bin/python3", true}, {NULL, true}};
    begin();
    stream_add_process_start(&process, 0, cases[_i].program ? cases[_i].program : "", "program");
    char *text = finish(render_text, &plain);
    (cases[_i].is_read ? has_not : has)(text, "are not read: stacks end in the interpreter's");
    free(text);
}
END_TEST

/* Each reason has its words and a remedy. */
START_TEST(reason_of_a_real_call_is_told)
{
    static const char *const texts[] = {
#define TEXT(name, word, text) [TRACE_REFUSAL_##name] = text,
        TRACE_REFUSALS(TEXT)
#undef TEXT
    };
    char expected[256];
    int refusal = _i + 1;
    begin();
    add_program("program");
    CALL(&stream, .takes = SECOND, .function = FN_SLEEP, .flags = TRACE_FLAG_HAD_TASKS,
         .refusal = refusal);
    char *text = finish(render_text, &(struct style){.width = 1000});
    snprintf(expected, sizeof expected, "sleep was the real call (%s) and blocked", texts[refusal]);
    has(text,
        refusal == TRACE_REFUSAL_NOT_PATCHED ? "sleep was not patched (GREQ_PATCH)" : expected);
    has(text, "\n          > ");
    has_not(text, "> (null)");
    free(text);
}
END_TEST

START_TEST(module_that_a_call_is_refused_for_is_in_the_report)
{
    static const char module[] = "libnap.so.1";
    const struct trace_refuser refuser = {.head = {.time = EPOCH, .id = TRACE_REFUSER},
                                          .call_begin = EPOCH};
    begin();
    add_program("program");
    CALL(&stream, .takes = SECOND, .function = FN_SLEEP, .flags = TRACE_FLAG_HAD_TASKS,
         .refusal = TRACE_REFUSAL_FAILED);
    stream_add(&stream, &refuser, sizeof refuser, module, sizeof module);
    char *json = finish(render_json, &plain);
    has(json, "\"refuser\": \"libnap.so.1\"");
    has(json, "\"failed\": {");
    free(json);
}
END_TEST

/* A connection that is opened and waits for two calls of one line, which functions of two stacks
 * came to. */
START_TEST(place_with_several_stacks_is_told_once)
{
    const uint64_t other[] = {frames[0], 0x50c0};
    const struct synthetic_call second = {.at = 600 * MS,
                                          .takes = 200 * MS,
                                          .function = FN_RECV,
                                          .fd = 5,
                                          .result = 500,
                                          .caller = frames[0]};
    struct synthetic_call first = second;
    first.at = 1 * MS;
    first.takes = 500 * MS;
    begin();
    add_program("program");
    add_send(0, 0, 5);
    stream_add_peer(&stream, 300, 0, 6, TRACE_PEER_CONNECT, "127.0.0.1:443");
    CALL(&stream, .at = 300, .takes = 100, .function = FN_CONNECT, .fd = 6);
    stream_add_long_call(&stream, first, 0, frames, 2);
    stream_add_long_call(&stream, second, 0, other, 2);
    CALL(&stream, .at = 900 * MS, .takes = 20, .function = FN_SEND, .fd = 6, .result = 70);
    char *text = finish(render_text, &plain);
    char *told = strstr(text, "\nstall ");
    ck_assert_ptr_nonnull(told);
    has_not(told + 1, "\nstall ");
    has(told, "blocked its thread for 500 ms");
    has(told, "plus 200 ms through other call paths");
    free(text);
}
END_TEST

/* Two connections are opened, and used one after the other. */
static void add_pair(int role)
{
    for (int fd = 5; fd < 7; fd++) {
        stream_add_peer(&stream, fd * 200, 0, fd, role, "127.0.0.1:443");
        CALL(&stream, .at = fd * 200, .takes = 100, .function = FN_CONNECT, .fd = fd);
    }
    for (int fd = 5; fd < 7; fd++) {
        uint64_t at = 2000 + (fd - 5) * 1100 * MS;
        CALL(&stream, .at = at, .takes = 20, .function = FN_SEND, .fd = fd, .result = 70);
        stream_add_long_call(&stream, receive(at + 1000, 0, fd), 0, frames, 2);
    }
}

/* A server takes as long as it is wanted. */
START_TEST(nothing_is_estimated_for_a_server)
{
    begin();
    add_program("program");
    add_pair(TRACE_PEER_CONNECT);
    char *text = finish(render_text, &plain);
    has(text, "could be saved: ");
    has(text, "(an estimate)");
    free(text);

    begin();
    add_program("program");
    add_pair(TRACE_PEER_ACCEPT);
    text = finish(render_text, &plain);
    has(text, "\n__recv_chk at program+0x3f was not patched ");
    has_not(text, "could be saved");
    has_not(text, "(an estimate)");
    free(text);
}
END_TEST

START_TEST(overlap_is_visible)
{
    begin();
    add_program("program");
    for (int i = 0; i < 4; i++)
        add_send(i * 250, i + 1, 5 + i);
    for (int i = 0; i < 4; i++) {
        struct synthetic_call parked = receive(1000 + i * 20, i + 1, 5 + i);
        parked.parked = parked.takes;
        parked.flags |= TRACE_FLAG_COOPERATIVE;
        stream_add_call(&stream, parked);
    }
    stream_add_idle(&stream, 1200, 990 * MS);
    char *text = finish(render_text, &plain);
    has(text, "\nnothing was held up\n");
    has(text, "4 in flight at most, 4.00 on average");
    has(text, "__recv_chk              4         -         -    4.00 s  program+0x3f\n");
    has(text, "\n   1 127.0.0.1:443     task 1 S---------------------------------------------R\n");
    has(text, "\n   4 127.0.0.1:443     task 4 S---------------------------------------------R\n");
    has(text, "\norder: open send open send open send open send block recv x4\n");
    has_not(text, "\npartial ");
    free(text);
}
END_TEST

START_TEST(what_a_process_was_in_when_it_ended_is_named)
{
    begin();
    stream_add_process_end(&process, 20 * MS, 0);
    CALL(&stream, .at = 0, .takes = TRACE_IN_PROGRESS, .function = FN_RECV, .caller = 0x77);
    char *text = finish(render_text, &plain);
    has(text, "\n__recv_chk had not returned when the process ended, after 20 ms: called on fd 0 "
              "(standard "
              "input) by 0x77\n");
    has_not(text, "process 10");
    free(text);
}
END_TEST

/* What greq has seen of it while it lasted. */
START_TEST(what_a_killed_process_was_in_is_named_as_it_was_seen)
{
    char path[256];
    begin();
    snprintf(path, sizeof path, "%s/.stacks.10", scratch.path);
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fprintf(file, "10 %llu 30 77 88\nF0 /dev/pts/3\nP/a/b.py:5 ask\n",
            (unsigned long long)EPOCH + 5000 * MS);
    fclose(file);
    synthetic_ending(scratch.path, 10, 4000 * MS, 0, "killed 9");
    CALL(&stream, .at = 0, .takes = TRACE_IN_PROGRESS, .function = FN_RECV, .caller = 0x77);
    char *text = finish(render_text, &plain);
    has(text,
        "\n__recv_chk had not returned when the process was killed by signal 9, after 4.00 s: "
        "called on fd 0 (standard input, /dev/pts/3) by ask (b.py:5)\n");
    free(text);
}
END_TEST

static void add_stuck(uint64_t at, uint32_t task)
{
    CALL(&stream, .at = at, .takes = TRACE_IN_PROGRESS, .task = task, .function = FN_RECV,
         .caller = 0x77);
}

START_TEST(cpu_time_of_a_killed_process_is_told_where_it_is_known)
{
    begin();
    add_stuck(0, 0);
    synthetic_ending(scratch.path, 10, 700 * MS, 300 * MS, "killed 9");
    char *text = finish(render_text, &plain);
    has(text, "process 10 was killed by signal 9 after 700 ms, having used 300 ms of CPU time\n");
    free(text);
    begin();
    CALL(&stream, .at = 0, .takes = 60 * MS, .function = FN_WAITPID, .result = 11);
    synthetic_ending(scratch.path, 10, 700 * MS, 300 * MS, "killed 9");
    text = finish(render_text, &plain);
    has(text, "after 700 ms; its CPU time is not known apart from that of its children\n");
    free(text);
}
END_TEST

START_TEST(what_a_killed_process_was_in_is_told_with_its_time)
{
    begin();
    add_stuck(0, 1);
    add_stuck(300 * MS, 2);
    synthetic_ending(scratch.path, 10, 700 * MS, 0, "killed 9");
    char *text = finish(render_text, &plain);
    has(text, "700 ms in all\n700 ms: 100 % waiting in calls\nprocess 10 was killed by signal 9 "
              "after 700 ms\n");
    has(text, "\n2 calls of __recv_chk had not returned when the process was killed by signal 9, "
              "the longest after 700 ms: called on fd 0 (standard input) by 0x77\n");
    free(text);
}
END_TEST

START_TEST(an_end_that_is_not_known_is_said)
{
    static struct stream other;
    begin();
    stream_begin(&other, scratch.path, 11, 0, 0);
    CALL(&other, .at = 0, .takes = 1, .function = FN_SEND);
    stream_end(&other);
    synthetic_ending(scratch.path, 11, 700 * MS, 0, "exited 0");
    add_stuck(0, 1);
    CALL(&stream, .at = 10 * MS, .takes = 5 * MS, .function = FN_SLEEP);
    char *text = finish(render_text, &plain);
    has(text, "\nthe end of process 10 is not known: it was killed or is still running; last seen "
              "after 15 ms\n");
    has(text,
        "\n__recv_chk had not returned when process 10 was last seen, after at least 15 ms: called "
        "on fd 0 (standard input) by 0x77\n");
    has_not(text, "process 11");
    free(text);
}
END_TEST

START_TEST(a_cut_recording_is_said)
{
    begin();
    stream_add_thread_start(&stream, 0);
    CALL(&stream, .at = 10 * MS, .takes = 5 * MS, .function = FN_SLEEP);
    stream_cut(&stream);
    char *text = finish(render_text, &plain);
    has(text, "\nrecording of process 10 stopped after 10 ms, for lack of space or of a "
              "permission: what follows is "
              "missing\n");
    has(text, "\ntrust: recording stopped before the end, so the time that was not seen is not "
              "known; 2 events");
    has_not(text, "still running");
    free(text);

    begin();
    CALL(&stream, .at = 0, .takes = 10 * MS, .function = FN_SLEEP);
    stream_cut(&stream);
    synthetic_ending(scratch.path, 10, 40 * MS, 0, "exited 0");
    text = finish(render_text, &plain);
    has(text, "\ntrust: at most 25.0 % of the time off the CPU was in calls seen here");
    free(text);
}
END_TEST

START_TEST(many_dead_processes_are_summed_up)
{
    begin();
    for (int i = 0; i < 6; i++) {
        stream_end(&stream);
        stream_begin(&stream, scratch.path, 20 + i, 0, 0);
        CALL(&stream, .at = 0, .takes = 1, .function = FN_SEND);
    }
    char *text = finish(render_text, &plain);
    has(text, "\nthe end of process 22 is not known");
    has_not(text, "process 23");
    has(text, "\nand 3 more that were killed or not recorded to their end\n");
    free(text);
}
END_TEST

START_TEST(signs_and_colours_are_those_of_the_terminal)
{
    const struct style style = {.colour = true, .utf8 = true, .width = 100};
    begin();
    add_request(0, 0, 5);
    char *text = finish(render_text, &style);
    has(text, "\033[31m█████");
    has(text, "\033[32mS");
    free(text);
}
END_TEST

START_TEST(the_width_is_kept)
{
    const struct style style = {.width = 60 + 40 * _i};
    char command_line[400];
    memset(command_line, 'x', sizeof command_line - 1);
    command_line[sizeof command_line - 1] = '\0';
    begin();
    add_program(command_line);
    add_request(0, 0, 5);
    char *text = finish(render_text, &style);
    char *line = strtok(text, "\n");
    ck_assert_uint_eq(strlen(line), style.width);
    ck_assert_str_eq(line + style.width - 3, "...");
    free(text);
}
END_TEST

START_TEST(many_connections_are_summed_up)
{
    begin();
    for (int i = 0; i < 100; i++) {
        stream_add_peer(&stream, i * 10, 0, 5, TRACE_PEER_CONNECT, "127.0.0.1:443");
        CALL(&stream, .at = i * 10 + 5, .takes = 1, .function = FN_CLOSE, .fd = 5);
    }
    char *text = finish(render_text, &plain);
    has(text, "\n  12 127.0.0.1:443");
    has(text, "and 88 more\n");
    has_not(text, "\n  13 127.0.0.1:443");
    free(text);
}
END_TEST

/* It slept 50 ms of 100 ms where nobody saw it. */
START_TEST(what_cannot_be_told_is_said_first)
{
    begin();
    add_program("program");
    stream_add_long_call(&stream,
                         (struct synthetic_call){.takes = 50 * MS, .function = FN_SLEEP, .fd = -1},
                         0, frames, 2);
    stream_add_thread_end(&stream, 100 * MS, 0);
    char *text = finish(render_text, &plain);
    has(text, "program\ncannot tell: 50 ms of 100 ms off the CPU were in calls that greq does not "
              "see, between sleep\n      and the thread's end; of what was seen, nothing was held "
              "up; the run waited longest in sleep\n      at program+0x3f: 50 ms\n");
    has_not(strstr(text, "held up;"), "cannot tell"); /* once */
    free(text);
}
END_TEST

/* Of 1 s the last 9 ms were not seen, or 11 ms: 1 % is noise. */
START_TEST(what_is_not_seen_for_next_to_nothing_raises_no_doubt)
{
    begin();
    add_program("program");
    stream_add_long_call(&stream,
                         (struct synthetic_call){.takes = 20 * MS, .function = FN_SLEEP, .fd = -1},
                         0, frames, 2);
    unsigned unseen = _i ? 11 : 9;
    stream_add_thread_end(&stream, 1000 * MS, (980 - unseen) * MS);
    char *text = finish(render_text, &plain);
    if (_i)
        has(text, "cannot tell: 11 ms of 31 ms off the CPU");
    else
        has_not(text, "cannot tell");
    free(text);
}
END_TEST

/* One of two connections waited for 80 ms behind a sleep; of 220 ms more nobody saw a thing. */
START_TEST(what_is_not_known_beside_a_finding_is_said_below_it)
{
    begin();
    add_program("program");
    for (int fd = 5; fd <= 6; fd++) {
        stream_add_peer(&stream, 100 * fd, 0, fd, TRACE_PEER_CONNECT, "127.0.0.1:443");
        CALL(&stream, .at = 100 * fd, .takes = 100, .function = FN_CONNECT, .fd = fd);
    }
    stream_add_long_call(
        &stream,
        (struct synthetic_call){.at = 1 * MS, .takes = 80 * MS, .function = FN_SLEEP, .fd = -1}, 0,
        frames, 2);
    CALL(&stream, .at = 82 * MS, .takes = 20, .function = FN_SEND, .fd = 5, .result = 70);
    stream_add_thread_end(&stream, 300 * MS, 0);
    char *text = finish(render_text, &plain);
    has(text,
        "\nnot all is known: 219 ms of 300 ms off the CPU were in calls that greq does not see, "
        "between\n    send of fd 5 and the thread's end\n");
    has_not(text, "cannot tell");
    free(text);
}
END_TEST

/* One thread writes while another one reads. */
START_TEST(what_is_not_counted_is_no_proof_that_nothing_was_held_up)
{
    static struct stream other;
    begin();
    stream_add_peer(&stream, 0, 0, 5, TRACE_PEER_CONNECT, "127.0.0.1:443");
    CALL(&stream, .at = 0, .takes = 100, .function = FN_CONNECT, .fd = 5);
    for (uint64_t i = 1; i < 4; i++)
        CALL(&stream, .at = i * 10 * MS, .takes = 20, .function = FN_SEND, .fd = 5, .result = 70);
    stream_begin(&other, scratch.path, 10, 1, 0);
    CALL(&other, .at = 200, .takes = 50 * MS, .function = FN_RECV, .fd = 5, .result = 70);
    stream_end(&other);
    char *text = finish(render_text, &plain);
    has(text, "nothing was held up, but requests on 1 connection are not counted\n");
    free(text);
}
END_TEST

/* Of 100 ms the run slept 60 ms; two other threads received meanwhile, each for 50 ms. */
START_TEST(what_the_run_waited_for_longest_is_on_its_path)
{
    static struct stream others[2];
    begin();
    stream_add_long_call(&stream,
                         (struct synthetic_call){.takes = 60 * MS, .function = FN_SLEEP, .fd = -1},
                         0, frames, 2);
    stream_add_thread_end(&stream, 100 * MS, 40 * MS);
    for (unsigned i = 0; i < 2; i++) {
        stream_begin(&others[i], scratch.path, 10, 1 + i, 0);
        stream_add_long_call(
            &others[i], (struct synthetic_call){.takes = 50 * MS, .function = FN_RECV, .fd = 9}, 0,
            frames, 2);
        stream_add_thread_end(&others[i], 50 * MS, 0);
        stream_end(&others[i]);
    }
    char *text = finish(render_text, &plain);
    has(text, "nothing was held up; the run waited longest in sleep at 0x5040: 60 ms\n");
    free(text);
}
END_TEST

/* On each of the threads one of two connections waited for 80 ms behind a sleep; the run took 200
 * ms. */
START_TEST(time_of_several_threads_is_said_to_be_a_sum)
{
    static struct stream other;
    unsigned threads = 1 + _i;
    begin();
    stream_begin(&other, scratch.path, 10, 1, 0);
    for (unsigned i = 0; i < threads; i++) {
        struct stream *one = i ? &other : &stream;
        for (int fd = 5 + i; fd <= 15 + (int)i; fd += 10) {
            stream_add_peer(one, 10 * fd, 0, fd, TRACE_PEER_CONNECT, "127.0.0.1:443");
            CALL(one, .at = 10 * fd, .takes = 10, .function = FN_CONNECT, .fd = fd);
        }
        stream_add_long_call(
            one,
            (struct synthetic_call){.at = 1 * MS, .takes = 80 * MS, .function = FN_SLEEP, .fd = -1},
            0, frames, 2);
        CALL(one, .at = 82 * MS, .takes = 20, .function = FN_SEND, .fd = 5 + i, .result = 70);
    }
    stream_add_thread_end(&other, 200 * MS, 0);
    stream_end(&other);
    char *text = finish(render_text, &plain);
    has(text, threads > 1 ? "160 ms serialized, summed over threads: for that long at least one "
                            "connection was ready but its thread was busy"
                          : "80 ms serialized: for that long at least one connection was ready");
    free(text);
}
END_TEST

static void add_wait_at(uint64_t at, int fd)
{
    stream_add_long_call(
        &stream,
        (struct synthetic_call){
            .at = at, .takes = 20 * MS, .function = FN_RECV, .fd = fd, .result = 1},
        0, frames, 2);
}

/* The ends of a pipe and of a socketpair, an eventfd, a timer, and what the program did not make.
 */
START_TEST(what_the_program_has_made_is_named)
{
    static const struct {
        int reads, writes;
        const char *text;
    } channels[] = {
        {5, 6, "on fd 5 (a pipe)\n"},          {7, 7, "on fd 7 (an eventfd)\n"},
        {8, 9, "on fd 8 (a socketpair)\n"},    {1, 10, "on fd 1 (standard output, a pipe)\n"},
        {0, -1, "on fd 0 (standard input)\n"},
    };
    for (size_t i = 0; i < sizeof channels / sizeof *channels; i++) {
        struct trace_channel one = {.head = {EPOCH, TRACE_CHANNEL, 0},
                                    .reads = channels[i].reads,
                                    .writes = channels[i].writes};
        struct trace_channel back = one;
        back.reads = one.writes;
        back.writes = one.reads;
        begin();
        if (one.writes >= 0)
            stream_add(&stream, &one, sizeof one, NULL, 0);
        if (one.writes == 9)
            stream_add(&stream, &back, sizeof back, NULL, 0);
        add_wait_at(MS, one.reads);
        char *text = finish(render_text, &plain);
        has(text, channels[i].text);
        free(text);
    }
}
END_TEST

#define LONG_PATH "/a/very/long/path/of/a/file/that/does/not/fit/into/a/row/log"

static void tell_descriptor(uint64_t at, int fd, enum trace_descriptor_what what, const char *text)
{
    const struct trace_descriptor record = {
        .head = {EPOCH + at * 1000, TRACE_DESCRIPTOR, 0}, .fd = fd, .what = what};
    stream_add(&stream, &record, sizeof record, text, strlen(text) + 1);
}

START_TEST(what_the_program_has_not_made_is_named_where_the_trace_tells)
{
    static const struct {
        int fd;
        enum trace_descriptor_what what;
        const char *told, *text;
    } descriptors[] = {
        {1, TRACE_DESCRIPTOR_LINK, "/dev/pts/3", "on fd 1 (standard output, /dev/pts/3)\n"},
        {0, TRACE_DESCRIPTOR_LINK, "pipe:[4711]", "on fd 0 (standard input, a pipe)\n"},
        {5, TRACE_DESCRIPTOR_LINK, "socket:[4711]", "on fd 5 (a socket)\n"},
        {5, TRACE_DESCRIPTOR_LINK, "anon_inode:[eventpoll]", "on fd 5\n"},
        {5, TRACE_DESCRIPTOR_PEER, "127.0.0.1:80", "on fd 5 (connected to 127.0.0.1:80)\n"},
        {5, TRACE_DESCRIPTOR_OWN, "[::1]:80", "on fd 5 (a socket at [::1]:80)\n"},
        {5, TRACE_DESCRIPTOR_LINK, "/x/y" LONG_PATH, "on fd 5 (..." LONG_PATH ")\n"},
    };
    for (size_t i = 0; i < sizeof descriptors / sizeof *descriptors; i++) {
        begin();
        tell_descriptor(0, descriptors[i].fd, descriptors[i].what, descriptors[i].told);
        add_wait_at(MS, descriptors[i].fd);
        char *text = finish(render_text, &plain);
        has(text, descriptors[i].text);
        free(text);
    }
}
END_TEST

static void add_computed_at(uint64_t at, int fd)
{
    stream_add_computed(&stream, at, at, FN_RECV, fd, frames, 2);
}

/* Computing ends in short calls of the same place, before or after the long one. */
START_TEST(what_long_calls_were_about_is_named)
{
    begin();
    stream_add_sample(&stream, 0, TRACE_SAMPLE_BEGIN, 10, 0, 0);
    if (_i)
        add_computed_at(100 * MS, 7);
    add_wait_at(200 * MS, 5);
    if (!_i)
        add_computed_at(300 * MS, 7);
    char *text = finish(render_text, &plain);
    has(text, "on fd 5\n");
    free(text);
}
END_TEST

START_TEST(a_name_ends_with_its_descriptor)
{
    begin();
    tell_descriptor(0, 5, TRACE_DESCRIPTOR_LINK, "/var/log/x");
    CALL(&stream, .at = MS, .takes = 10, .function = FN_CLOSE, .fd = 5);
    add_wait_at(2 * MS, 5);
    char *text = finish(render_text, &plain);
    has(text, "on fd 5\n");
    free(text);
}
END_TEST

START_TEST(an_empty_trace_says_so)
{
    begin();
    char *text = finish(render_text, &plain);
    has(text, "no calls were recorded: `greq doctor PROGRAM` says what of it is reached\n");
    has_not(text, "timeline");
    free(text);
}
END_TEST

START_TEST(texts_of_a_trace_cannot_command_a_terminal)
{
    begin();
    add_program("program \033[2J\a\302\233 caf\303\251 \377");
    stream_add_peer(&stream, 0, 0, 5, TRACE_PEER_CONNECT, "unix:\033]0;x");
    CALL(&stream, .at = 10, .takes = 5, .function = FN_CLOSE, .fd = 5);
    char *text = finish(render_text, &plain);
    has(text, "program ?[2J??? caf? ?\n");
    has(text, "unix:?]0;x");
    has_not(text, "\033");
    free(text);
}
END_TEST

START_TEST(clean_copies_in_ascii_keep_an_ellipsis)
{
    char *clean = clean_copy("fetch \342\200\246 \342\202\254\303\251", true);
    ck_assert_str_eq(clean, "fetch ... ??");
    free(clean);
}
END_TEST

START_TEST(clean_copies_keep_what_is_utf8)
{
    static const struct {
        const char *text, *clean;
    } cases[] = {
        {"plain", "plain"},
        {"caf\303\251 \342\202\254 \360\237\230\200", "caf\303\251 \342\202\254 \360\237\230\200"},
        {"\300\257 \340\200\257", "?? ???"},           /* overlong */
        {"\355\240\200 \364\220\200\200", "??? ????"}, /* a surrogate, and too large */
        {"\342\202", "??"},                            /* cut */
        {"a\tb\nc\177", "a?b?c?"},
    };
    char *clean = clean_copy(cases[_i].text, false);
    ck_assert_str_eq(clean, cases[_i].clean);
    free(clean);
}
END_TEST

static double number(const json_t *object, const char *key)
{
    json_t *value = json_object_get(object, key);
    ck_assert_msg(json_is_number(value), "%s is no number", key);
    return json_number_value(value);
}

static json_t *parse(char *text)
{
    json_error_t error;
    json_t *root = json_loads(text, 0, &error);
    ck_assert_msg(root, "%s:\n%s", error.text, text);
    free(text);
    return root;
}

START_TEST(json_has_the_keys_of_its_schema)
{
    static const char *const keys[] = {
        "schema",         "wall_s",    "serialized_s", "waiting_conn_s", "effective_concurrency",
        "peak_in_flight", "what_if_s", "coverage",     "events",         "lost",
    };
    static const char *const call_keys[] = {"count",        "blocked_s",      "longest_s",
                                            "serialized_s", "waiting_conn_s", "parked_s"};
    begin();
    add_program("program \377");
    add_request(0, 1, 5);
    json_t *root = parse(finish(render_json, &plain));
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        number(root, keys[i]);
    ck_assert(number(root, "schema") == 1);
    ck_assert(number(root, "peak_in_flight") == 1);
    ck_assert_str_eq(json_string_value(json_array_get(json_object_get(root, "pattern"), 0)),
                     "partial");

    json_t *call = json_array_get(json_object_get(root, "calls"), 0);
    for (size_t i = 0; i < sizeof call_keys / sizeof *call_keys; i++)
        number(call, call_keys[i]);
    ck_assert_str_eq(json_string_value(json_object_get(call, "call")), "__recv_chk");
    ck_assert(number(call, "blocked_s") == 1);
    json_t *frame = json_array_get(json_object_get(call, "stack"), 1);
    ck_assert_str_eq(json_string_value(json_object_get(frame, "function")), "program+0x7f");
    ck_assert_str_eq(json_string_value(json_object_get(frame, "file")), "");
    ck_assert_str_eq(json_string_value(json_object_get(frame, "module")), "program");
    ck_assert(json_is_false(json_object_get(frame, "runtime")));
    ck_assert(number(frame, "line") == 0);

    json_t *connection = json_array_get(json_object_get(root, "connections"), 0);
    ck_assert(number(connection, "sent_s") == 0.00022);
    ck_assert(number(connection, "bytes_received") == 500);
    json_decref(root);
}
END_TEST

static const json_t *first(const json_t *root, const char *list)
{
    return json_array_get(json_object_get(root, list), 0);
}

START_TEST(json_says_how_processes_ended)
{
    begin();
    add_stuck(0, 0);
    stream_cut(&stream);
    synthetic_ending(scratch.path, 10, 700 * MS, 0, "killed 9");
    json_t *root = parse(finish(render_json, &plain));
    ck_assert(number(root, "cut") == 1);
    ck_assert(number(first(root, "calls"), "unfinished_longest_s") == 0.7);
    const json_t *process = first(root, "processes");
    ck_assert_str_eq(json_string_value(json_object_get(process, "end")), "signal");
    ck_assert(number(process, "signal") == 9);
    ck_assert(number(process, "end_s") == 0.7);
    ck_assert(number(process, "cut_s") == 0);
    json_decref(root);
}
END_TEST

/* An answer waited for a close, and threads stood in the run queue for as long. */
START_TEST(json_has_what_is_excused)
{
    static const char name[] = "run-queue ns";
    const struct trace_count queued = {.head = {.time = EPOCH + 300000000, .id = TRACE_COUNT},
                                       .count = 60000000};
    begin();
    add_send(0, 0, 5);
    CALL(&stream, .at = 100 * MS, .takes = 50 * MS, .function = FN_CLOSE, .fd = -1);
    stream_add_unread(&stream, 151 * MS, TRACE_UNREAD_READ, 5, 40, 50 * MS);
    CALL(&stream, .at = 151 * MS, .takes = 10, .function = FN_RECV, .fd = 5, .result = 40);
    stream_add(&stream, &queued, sizeof queued, name, sizeof name);
    stream_add_thread_end(&stream, 310 * MS, 0);
    json_t *root = parse(finish(render_json, &plain));
    const json_t *excused = json_object_get(root, "excused");
    ck_assert(number(root, "serialized_s") > 0.04);
    ck_assert(number(excused, "serialized_s") == number(root, "serialized_s"));
    ck_assert_uint_eq(json_object_size(excused), 1);
    ck_assert(json_is_string(
        json_object_get(json_object_get(first(root, "calls"), "excused"), "serialized_s")));
    json_decref(root);
}
END_TEST

START_TEST(json_of_nothing_has_numbers_too)
{
    begin();
    json_t *root = parse(finish(render_json, &plain));
    ck_assert(number(root, "wall_s") == 0);
    ck_assert(number(root, "effective_concurrency") == 0);
    ck_assert(number(root, "coverage") == 1);
    ck_assert_uint_eq(json_array_size(json_object_get(root, "calls")), 0);
    json_decref(root);
}
END_TEST

SUITE("tracer: render", ONCE(a_staircase_is_visible), ONCE(nothing_is_estimated_for_a_server),
      ONCE(place_with_several_stacks_is_told_once), ONCE(overlap_is_visible),
      ONCE(what_a_process_was_in_when_it_ended_is_named),
      ONCE(what_a_killed_process_was_in_is_named_as_it_was_seen),
      ONCE(what_a_killed_process_was_in_is_told_with_its_time),
      ONCE(cpu_time_of_a_killed_process_is_told_where_it_is_known),
      ONCE(an_end_that_is_not_known_is_said), ONCE(a_cut_recording_is_said),
      ONCE(many_dead_processes_are_summed_up), ONCE(signs_and_colours_are_those_of_the_terminal),
      EACH(the_width_is_kept, 3), ONCE(many_connections_are_summed_up),
      ONCE(requests_that_are_served_have_a_table_of_their_own), ONCE(an_empty_trace_says_so),
      ONCE(what_cannot_be_told_is_said_first),
      EACH(what_is_not_seen_for_next_to_nothing_raises_no_doubt, 2),
      ONCE(what_is_not_known_beside_a_finding_is_said_below_it),
      ONCE(what_is_not_counted_is_no_proof_that_nothing_was_held_up),
      ONCE(what_the_run_waited_for_longest_is_on_its_path),
      EACH(time_of_several_threads_is_said_to_be_a_sum, 2),
      ONCE(what_the_program_has_made_is_named),
      ONCE(what_the_program_has_not_made_is_named_where_the_trace_tells),
      EACH(what_long_calls_were_about_is_named, 2), ONCE(a_name_ends_with_its_descriptor),
      ONCE(texts_of_a_trace_cannot_command_a_terminal),
      ONCE(clean_copies_in_ascii_keep_an_ellipsis), EACH(clean_copies_keep_what_is_utf8, 6),
      ONCE(json_has_the_keys_of_its_schema), ONCE(json_says_how_processes_ended),
      ONCE(json_has_what_is_excused), ONCE(json_of_nothing_has_numbers_too),
      EACH(reason_of_a_real_call_is_told, TRACE_REFUSAL_COUNT - 1),
      EACH(languages_that_are_not_read_are_named, 8),
      ONCE(module_that_a_call_is_refused_for_is_in_the_report))
