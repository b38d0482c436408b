/* The profile, decoded by protoc, which shares no code with its writer, and checked by pprof.py. */
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

/* A wait of two seconds from one stack, and of one from another, in parts or not: `marked` adds a
 * wait of four seconds from the first stack, in "part". */
static void record(const char *program, bool marked)
{
    scratch_make(&scratch);
    synthetic_make(scratch_path(&scratch, "trace"));
    static char trace[sizeof scratch.path + 8];
    snprintf(trace, sizeof trace, "%s/trace", scratch.path);
    stream_begin(&process, trace, 10, TRACE_PROCESS_THREAD, 0);
    stream_begin(&stream, trace, 10, 0, 0);
    stream_add_module(&process, 0, program, 0x5000, 0x1000);
    add_wait(0, 2 * SECOND, deep, 2);
    add_wait(3 * SECOND, SECOND, shallow, 1);
    if (marked) {
        stream_add_mark(&stream, 5 * SECOND, 0, "part");
        add_wait(6 * SECOND, 4 * SECOND, deep, 2);
    }
    stream_end(&stream);
    stream_end(&process);
    run_read(&run, trace);
    ck_assert_uint_eq(run.blame.call_count, 2);
}

static void begin(const char *program)
{
    record(program, false);
}

static void render(const char *path)
{
    const struct report report = {.model = &run.model,
                                  .accounts = &run.accounts,
                                  .blame = &run.blame,
                                  .symbols = run.symbols};
    FILE *out = fopen(path, "w");
    ck_assert_ptr_nonnull(out);
    render_pprof(&report, &(struct style){0}, out);
    ck_assert_int_eq(fclose(out), 0);
}

/* Renders and decodes. The listing must have these lines. */
static void expect(const char *const lines[], size_t count)
{
    char command[1024];
    const char *profile = scratch_path(&scratch, "profile.pb");
    render(profile);
    snprintf(command, sizeof command,
             "protoc --decode=Profile --proto_path=%s profile.proto <%s 2>&1 | "
             "%s -B %s/pprof.py >%s 2>&1",
             SCRIPTS, profile, PYTHON3, SCRIPTS, scratch_path(&scratch, "decoded"));
    int status = system(command);
    char *decoded = scratch_read(scratch_path(&scratch, "decoded"));
    ck_assert_msg(status == 0, "%s", decoded);
    for (size_t i = 0; i < count; i++)
        ck_assert_msg(strstr(decoded, lines[i]), "no '%s' in:\n%s", lines[i], decoded);
    free(decoded);
    run_finish(&run);
    scratch_remove(&scratch);
}
#define EXPECT(...)                            \
    expect((const char *const[]){__VA_ARGS__}, \
           sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

START_TEST(a_sample_has_the_stack_and_what_the_calls_took)
{
    begin("/nowhere/program");
    run.blame.serialized_s = run.blame.calls[0].serialized_s = 1.5;
    EXPECT("types: calls/count blocked/nanoseconds parked/nanoseconds serialized/nanoseconds ",
           "default: serialized\n",
           "program+0x7f;program+0x3f;__recv_chk calls=1 blocked=2000000000 serialized=1500000000",
           "\nprogram+0x3f;__recv_chk calls=1 blocked=1000000000\n");
}
END_TEST

START_TEST(a_run_without_serialized_time_shows_what_blocked)
{
    begin("/nowhere/program");
    run.blame.serialized_s = 0;
    EXPECT("default: blocked\n");
}
END_TEST

START_TEST(lines_and_files_are_told)
{
    static const struct frame frame = {.function = "fetch", .file = "fetcher.c", .line = 42};
    static const struct frame *const stack[] = {&frame};
    begin("/nowhere/program");
    struct call_group group = *run.blame.calls[0].group;
    group.depth = 1;
    group.stack = (const struct frame **)stack;
    run.blame.calls[0].group = &group;
    EXPECT("\nfetch (fetcher.c:42);__recv_chk calls=1 ");
}
END_TEST

START_TEST(a_call_has_a_sample_for_each_part)
{
    record("/nowhere/program", true);
    EXPECT("\nprogram+0x7f;program+0x3f;__recv_chk calls=1 blocked=4000000000 [mark: part]\n",
           "\nprogram+0x7f;program+0x3f;__recv_chk calls=1 blocked=2000000000\n",
           "\nprogram+0x3f;__recv_chk calls=1 blocked=1000000000\n");
}
END_TEST

/* Texts of a profile must be UTF-8. */
START_TEST(names_are_made_clean)
{
    begin("/nowhere/b\nc \377");
    EXPECT("\nb?c ?+0x3f;__recv_chk ");
}
END_TEST

SUITE("tracer: pprof", ONCE(a_sample_has_the_stack_and_what_the_calls_took),
      ONCE(a_run_without_serialized_time_shows_what_blocked), ONCE(lines_and_files_are_told),
      ONCE(a_call_has_a_sample_for_each_part), ONCE(names_are_made_clean))
