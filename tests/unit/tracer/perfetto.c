/* The Perfetto trace, decoded by protoc, which shares no code with its writer, and checked by
 * perfetto.py. */
#include "render/render.h"

#include "read.h"
#include "scratch.h"
#include "suite.h"
#include "synthetic.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static struct scratch scratch;
static struct stream stream, process;
static char *decoded;

static void begin(void)
{
    scratch_make(&scratch);
    synthetic_make(scratch_path(&scratch, "trace"));
    static char trace[sizeof scratch.path + 8];
    snprintf(trace, sizeof trace, "%s/trace", scratch.path);
    stream_begin(&process, trace, 10, TRACE_PROCESS_THREAD, 0);
    stream_begin(&stream, trace, 10, 0, 0);
    stream_add_process_start(&process, 0, "/nowhere/program", "program --serial");
}

static void write_trace(struct run *run, const char *path, struct audience *audience)
{
    const struct report report = {.model = &run->model,
                                  .accounts = &run->accounts,
                                  .blame = &run->blame,
                                  .symbols = run->symbols,
                                  .audience = audience};
    FILE *out = fopen(path, "w");
    ck_assert_ptr_nonnull(out);
    render_perfetto(&report, &(struct style){0}, out);
    ck_assert_int_eq(fclose(out), 0);
}

/* protoc and perfetto.py; what they say goes to the file `decoded`. */
static void decode(const char *path)
{
    char command[1024];
    snprintf(command, sizeof command,
             "protoc --decode=Trace --proto_path=%s perfetto.proto <%s 2>&1 | "
             "%s -B %s/perfetto.py >%s 2>&1",
             SCRIPTS, path, PYTHON3, SCRIPTS, scratch_path(&scratch, "decoded"));
    int status = system(command);
    decoded = scratch_read(scratch_path(&scratch, "decoded"));
    ck_assert_msg(status == 0, "%s", decoded);
}

/* Renders, decodes and checks what was written. Returns the listing, valid until end(). */
static const char *finish(void)
{
    struct run run;
    struct error error;
    stream_end(&stream);
    stream_end(&process);
    struct audience *audience = perfetto_listen(&error);
    ck_assert_msg(audience, "%s", error.text);
    run_read_told(&run, scratch_path(&scratch, "trace"), audience);
    ck_assert_int_eq(audience_finish(audience, &error), 0);
    write_trace(&run, scratch_path(&scratch, "trace.pb"), audience);
    run_finish(&run);
    audience_destroy(audience);
    decode(scratch_path(&scratch, "trace.pb"));
    return decoded;
}

static void end(void)
{
    free(decoded);
    scratch_remove(&scratch);
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

static void open_connection(uint64_t at, int fd)
{
    stream_add_peer(&stream, at, 0, fd, TRACE_PEER_CONNECT, "127.0.0.1:443");
    CALL(&stream, .at = at, .takes = 100, .function = FN_CONNECT, .fd = fd);
}

static void exchange(uint64_t at, int fd)
{
    CALL(&stream, .at = at, .takes = 20, .function = FN_SEND, .fd = fd, .result = 70);
    stream_add_long_call(&stream,
                         (struct synthetic_call){.at = at + 100,
                                                 .takes = SECOND,
                                                 .function = FN_RECV,
                                                 .fd = fd,
                                                 .result = 500,
                                                 .caller = frames[0]},
                         0, frames, 2);
}

/* Two connections are opened, then used one after the other. */
START_TEST(who_waited_is_linked_to_what_held_it_up)
{
    begin();
    stream_add_module(&process, 0, "/nowhere/program", 0x5000, 0x1000);
    open_connection(0, 5);
    open_connection(200, 6);
    exchange(1000, 5);
    exchange(2 * SECOND, 6);
    const char *text = finish();
    has(text, "\nprocess 10 program / thread 10\n"
              "  0-100000 call/connect fd=5 peer=127.0.0.1:443 result=0 where=");
    has(text, "\n  1100000-1001100000 call/__recv_chk fd=5 peer=127.0.0.1:443 result=500 "
              "where=program+0x3f (program) stack=program+0x3f (program) < program+0x7f (program)\n"
              "    1100000-1100000 blame/holds up a connection connection=2 peer=127.0.0.1:443 "
              "where=program+0x3f (program) stack=");
    has(text, "\nprocess 10 program / connections / 127.0.0.1:443 #2\n"
              "  200000-300000 connection/opening\n"
              "  300000-2000000000 connection/waits for the program\n"
              "    1100000-1100000 blame/held up by a call connection=2 ");
    has(text, "\n  2000100000-3000100000 connection/a thread is blocked for it\n");
    has(text, "\n1 flows\n");
    end();
}
END_TEST

/* A call that waited for what another thread had. */
static void add_lock_wait(struct stream *to, uint64_t at, uint64_t takes, int32_t holder)
{
    CALL(to, .at = at, .takes = takes, .function = FN_POLL, .fd = -1);
    struct trace_lock lock = {
        .head = {EPOCH + (at + takes) * 1000, TRACE_LOCK, 0},
        .call_begin = EPOCH + at * 1000,
        .address = 0x77,
        .holder = holder,
        .waker = holder,
    };
    stream_add(to, &lock, sizeof lock, NULL, 0);
}

START_TEST(a_thread_that_waits_for_another_is_linked_to_it)
{
    static struct stream second;
    begin();
    stream_begin(&second, stream.trace, 10, 1, 0);
    stream_add_thread_start(&stream, 0);
    CALL(&stream, .at = 0, .takes = 300 * MS, .function = FN_SLEEP, .fd = -1);
    CALL(&stream, .at = 301 * MS, .takes = 1, .function = FN_SEND, .fd = 9);
    add_lock_wait(&second, 100 * MS, 205 * MS, 10);
    stream_end(&second);
    const char *text = finish();
    has(text, "/ thread 10\n  0-300000000 call/sleep result=0 where=0 stack=0\n"
              "    100000000-100000000 blame/another thread waits for this one where=0 stack=0\n");
    has(text, "/ thread 11\n  100000000-305000000 call/poll result=0 where=0 stack=0\n"
              "    100000000-100000000 blame/waits for another thread where=0 stack=0\n");
    has(text, "\n1 flows\n");
    end();
}
END_TEST

START_TEST(tasks_have_tracks_and_block_the_one_of_their_thread)
{
    begin();
    CALL(&stream, .at = 0, .takes = 50 * MS, .parked = 50 * MS, .task = 1, .function = FN_SLEEP,
         .fd = -1, .flags = TRACE_FLAG_COOPERATIVE);
    stream_add_idle(&stream, 100, 20 * MS);
    CALL(&stream, .at = 30 * MS, .takes = 10 * MS, .task = 2, .function = FN_POLL, .fd = -1);
    const char *text = finish();
    has(text, "\nprocess 10 program / thread 10\n"
              "  100000-20100000 call/all tasks parked\n"
              "  30000000-40000000 call/poll result=0 ");
    has(text, "\nprocess 10 program / thread 10 / task 1\n"
              "  0-50000000 call/sleep result=0 parked_us=50000 ");
    has(text, "\nprocess 10 program / thread 10 / task 2\n  30000000-40000000 call/poll ");
    has(text, "\n0 flows\n");
    end();
}
END_TEST

START_TEST(calls_that_never_returned_end_with_their_process)
{
    begin();
    synthetic_ending(scratch_path(&scratch, "trace"), 10, 700 * MS, 0, "killed 9");
    CALL(&stream, .at = 100 * MS, .takes = TRACE_IN_PROGRESS, .function = FN_SLEEP, .fd = -1);
    has(finish(), "\n  0-600000000 call/sleep result=-1 errno=4 ");
    end();
}
END_TEST

START_TEST(calls_of_signal_handlers_are_within_the_interrupted_one)
{
    begin();
    CALL(&stream, .at = 0, .takes = 50 * MS, .function = FN_POLL, .fd = -1);
    CALL(&stream, .at = 10 * MS, .takes = 20 * MS, .function = FN_SEND, .fd = 9);
    has(finish(), "\n  0-50000000 call/poll result=0 where=0 stack=0\n"
                  "    10000000-30000000 call/send fd=9 ");
    end();
}
END_TEST

START_TEST(a_failure_is_told_with_its_errno)
{
    begin();
    CALL(&stream, .at = 0, .takes = 50, .function = FN_SEND, .fd = 9, .result = -1, .error = 32);
    has(finish(), "call/send fd=9 result=-1 errno=32 ");
    end();
}
END_TEST

START_TEST(texts_of_a_trace_stay_texts)
{
    begin();
    stream_add_peer(&stream, 0, 0, 5, TRACE_PEER_CONNECT, "unix:\377}\n\"packet {");
    CALL(&stream, .at = 0, .takes = 100, .function = FN_CONNECT, .fd = 5);
    has(finish(), "/ connections / unix:?}?\\\"packet { #1\n");
    end();
}
END_TEST

START_TEST(a_run_without_calls_has_its_process)
{
    begin();
    const char *text = finish();
    has(text, "process 10 program\nprocess 10 program / thread 10\n");
    has_not(text, "call/");
    end();
}
END_TEST

START_TEST(without_room_for_a_temporary_file_one_line_says_so)
{
    struct error error;
    setenv("TMPDIR", "/nowhere", 1);
    ck_assert_ptr_null(perfetto_listen(&error));
    has(error.text, "cannot make the temporary file /nowhere/greq.");
    has(error.text, ": No such file or directory; set TMPDIR");
}
END_TEST

START_TEST(a_temporary_file_that_cannot_be_written_is_told)
{
    struct error error;
    struct rlimit limit = {1000, 1000};
    begin();
    for (int i = 0; i < 100; i++)
        CALL(&stream, .at = 10 * i, .takes = 5, .function = FN_SEND, .fd = 9);
    stream_end(&stream);
    stream_end(&process);
    struct audience *audience = perfetto_listen(&error);
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &limit);
    struct run run;
    run_read_told(&run, scratch_path(&scratch, "trace"), audience);
    ck_assert_int_eq(audience_finish(audience, &error), -1);
    has(error.text, "cannot write to a temporary file: File too large");
    run_finish(&run);
    audience_destroy(audience);
    scratch_remove(&scratch);
}
END_TEST

SUITE("tracer: perfetto", ONCE(who_waited_is_linked_to_what_held_it_up),
      ONCE(a_thread_that_waits_for_another_is_linked_to_it),
      ONCE(tasks_have_tracks_and_block_the_one_of_their_thread),
      ONCE(calls_that_never_returned_end_with_their_process),
      ONCE(calls_of_signal_handlers_are_within_the_interrupted_one),
      ONCE(a_failure_is_told_with_its_errno), ONCE(texts_of_a_trace_stay_texts),
      ONCE(a_run_without_calls_has_its_process),
      ONCE(without_room_for_a_temporary_file_one_line_says_so),
      ONCE(a_temporary_file_that_cannot_be_written_is_told))
