/* Folded stacks: what flame graph tools are given. */
#include "render/render.h"

#include "read.h"
#include "scratch.h"
#include "suite.h"
#include "synthetic.h"

#include <stdlib.h>
#include <string.h>

static struct scratch scratch;
static struct stream stream, process;
static struct run run;

static const uint64_t deep[] = {0x5040, 0x5080}, shallow[] = {0x5040};

static void add_wait(uint64_t at, uint64_t takes, const uint64_t *frames, size_t depth)
{
    stream_add_long_call(
        &stream, (struct synthetic_call){.at = at, .takes = takes, .function = FN_RECV, .fd = -1},
        0, frames, depth);
}

/* A wait of two seconds from one stack, and of one from another. */
static void begin(const char *program)
{
    scratch_make(&scratch);
    synthetic_make(scratch.path);
    stream_begin(&process, scratch.path, 10, TRACE_PROCESS_THREAD, 0);
    stream_begin(&stream, scratch.path, 10, 0, 0);
    stream_add_module(&process, 0, program, 0x5000, 0x1000);
    add_wait(0, 2 * SECOND, deep, 2);
    add_wait(3 * SECOND, SECOND, shallow, 1);
    stream_end(&stream);
    stream_end(&process);
    run_read(&run, scratch.path);
    ck_assert_uint_eq(run.blame.call_count, 2);
}

/* To be freed by the caller. */
static char *finish(void)
{
    char *text = NULL;
    size_t size;
    const struct report report = {.model = &run.model,
                                  .accounts = &run.accounts,
                                  .blame = &run.blame,
                                  .symbols = run.symbols};
    FILE *out = open_memstream(&text, &size);
    render_folded(&report, &(struct style){0}, out);
    fclose(out);
    run_finish(&run);
    scratch_remove(&scratch);
    return text;
}

static void expect(const char *expected)
{
    char *text = finish();
    ck_assert_str_eq(text, expected);
    free(text);
}

START_TEST(stacks_are_weighted_by_serialized_time)
{
    begin("/nowhere/program");
    run.blame.serialized_s = run.blame.calls[0].serialized_s = 1.2345678;
    run.blame.calls[1].serialized_s = 0;
    expect("program+0x7f;program+0x3f;__recv_chk 1234568\n");
}
END_TEST

START_TEST(a_run_without_serialized_time_shows_what_blocked_and_says_so)
{
    begin("/nowhere/program");
    run.blame.serialized_s = 0;
    expect("blocked (nothing was serialized);program+0x7f;program+0x3f;__recv_chk 2000000\n"
           "blocked (nothing was serialized);program+0x3f;__recv_chk 1000000\n");
}
END_TEST

START_TEST(stacks_that_look_alike_are_one_line)
{
    begin("/nowhere/program");
    run.blame.calls[0].group = run.blame.calls[1].group;
    run.blame.serialized_s = 3;
    run.blame.calls[0].serialized_s = 2;
    run.blame.calls[1].serialized_s = 1;
    expect("program+0x3f;__recv_chk 3000000\n");
}
END_TEST

START_TEST(names_cannot_end_a_frame_or_a_line)
{
    begin("/nowhere/a;b\nc \377");
    run.blame.serialized_s = run.blame.calls[0].serialized_s = 1;
    run.blame.calls[1].serialized_s = 0;
    expect("a:b?c ?+0x7f;a:b?c ?+0x3f;__recv_chk 1000000\n");
}
END_TEST

START_TEST(times_below_a_microsecond_are_left_out)
{
    begin("/nowhere/program");
    run.blame.serialized_s = run.blame.calls[0].serialized_s = 4e-7;
    run.blame.calls[1].serialized_s = 0;
    expect("");
}
END_TEST

SUITE("tracer: folded", ONCE(stacks_are_weighted_by_serialized_time),
      ONCE(a_run_without_serialized_time_shows_what_blocked_and_says_so),
      ONCE(stacks_that_look_alike_are_one_line), ONCE(names_cannot_end_a_frame_or_a_line),
      ONCE(times_below_a_microsecond_are_left_out))
