/* Which records come out of a trace, in which order. */
#include "trace/reader.h"
#include "trace/ahead.h"

#include "read.h"
#include "scratch.h"
#include "suite.h"
#include "synthetic.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct scratch scratch;
static struct stream stream;
static struct warned warned;

static void open_one(struct trace *trace)
{
    char *paths[] = {scratch.path};
    struct error error;
    warned = (struct warned){0};
    const struct trace_warnings warnings = warnings_into(&warned);
    ck_assert_msg(trace_open(trace, paths, 1, &warnings, &error) == 0, "%s", error.text);
}

static void refuses(const char *path, const char *why)
{
    char *paths[] = {(char *)path};
    struct trace trace;
    struct error error;
    const struct trace_warnings warnings = warnings_into(&warned);
    ck_assert_int_eq(trace_open(&trace, paths, 1, &warnings, &error), -1);
    ck_assert_msg(strstr(error.text, why), "'%s' does not say '%s'", error.text, why);
    ck_assert_msg(strstr(error.text, path), "'%s' does not say where", error.text);
}

static void write_sleeps(uint32_t thread, const uint64_t *times, size_t count, size_t per_chunk)
{
    stream_begin(&stream, scratch.path, 10, thread, 0);
    for (size_t i = 0; i < count; i++) {
        if (i && i % per_chunk == 0)
            stream_next(&stream);
        CALL(&stream, .at = times[i], .takes = 1, .function = FN_SLEEP, .fd = thread);
    }
    stream_end(&stream);
}

/* --- batches --- */

enum { SOME_BATCHES = 40 };

/* So many of one event each, with their number; `data` counts them. */
static void fill_by_one(void *data, struct batch *batch)
{
    unsigned *count = data;
    if (*count < SOME_BATCHES)
        batch->events[batch->count++].time = ++*count;
}

/* By a thread (1) or without one. */
START_TEST(batches_come_in_their_order)
{
    struct ahead ahead;
    const struct batch *batch;
    unsigned made = 0, taken = 0;
    ahead_begin(&ahead, fill_by_one, &made, _i);
    ck_assert_int_eq(ahead.threaded, _i);
    for (; (batch = ahead_next(&ahead))->count; taken++)
        ck_assert_uint_eq(batch->events[0].time, taken + 1);
    ck_assert_uint_eq(taken, SOME_BATCHES);
    ahead_end(&ahead);
}
END_TEST

START_TEST(who_reads_may_stop_before_the_end)
{
    struct ahead ahead;
    unsigned made = 0;
    ahead_begin(&ahead, fill_by_one, &made, _i);
    ck_assert_uint_eq(ahead_next(&ahead)->events[0].time, 1);
    ahead_end(&ahead);
    ahead_begin(&ahead, fill_by_one, &made, _i);
    ahead_end(&ahead);
    ahead_end(&ahead); /* none has begun */
}
END_TEST

/* --- traces --- */

/* Begins (b), returns (r) and the ends of streams (e) in their order, with the numbers of calls. */
static void tell_order(struct trace *trace, FILE *out)
{
    struct trace_event event;
    trace_ask_returns(trace);
    while (trace_next(trace, &event)) {
        if (event.record || event.call)
            fprintf(out, "%c%u ", event.record ? 'b' : 'r', event.call);
        else
            fputs("e ", out);
    }
}

START_TEST(calls_return_in_their_turn)
{
    char order[64] = "";
    struct trace trace;
    scratch_make(&scratch);
    synthetic_make(scratch.path);
    stream_begin(&stream, scratch.path, 10, 0, 0);
    CALL(&stream, .at = 1, .takes = 5, .function = FN_SLEEP);
    CALL(&stream, .at = 8, .takes = 1, .function = FN_SLEEP);
    CALL(&stream, .at = 9, .takes = TRACE_IN_PROGRESS, .function = FN_SLEEP);
    stream_end(&stream);
    stream_begin(&stream, scratch.path, 10, 1, 0);
    CALL(&stream, .at = 2, .takes = 2, .function = FN_SLEEP);
    CALL(&stream, .at = 4, .takes = 2, .function = FN_SLEEP);
    CALL(&stream, .at = 6, .takes = 20, .function = FN_SLEEP);
    stream_end(&stream);
    open_one(&trace);
    FILE *out = fmemopen(order, sizeof order, "w");
    tell_order(&trace, out);
    fclose(out);
    ck_assert_str_eq(order, "b1 b2 r2 b2 r1 r2 b2 e b1 r1 b0 e r2 ");
    trace_close(&trace);
    scratch_remove(&scratch);
}
END_TEST

START_TEST(streams_are_merged_by_time_over_their_chunks)
{
    scratch_make(&scratch);
    synthetic_make(scratch.path);
    write_sleeps(0, (const uint64_t[]){1, 4, 4, 9, 12}, 5, 2);
    write_sleeps(1, (const uint64_t[]){2, 3, 10, 11, 13}, 5, 1);
    write_sleeps(2, (const uint64_t[]){5, 6, 7, 8, 14}, 5, 5);

    struct trace trace;
    struct trace_event event;
    uint64_t last = 0;
    unsigned records = 0, ends = 0;
    open_one(&trace);
    ck_assert_uint_eq(trace.stream_count, 3);
    ck_assert_uint_gt(trace.size, 15 * sizeof(struct trace_call));
    ck_assert_uint_eq(trace.done, 0);
    while (trace_next(&trace, &event)) {
        ck_assert_uint_ge(event.time, last);
        last = event.time;
        records += event.record != NULL;
        ends += event.record == NULL;
        if (event.record)
            ck_assert_int_eq(((const struct trace_call *)event.record)->fd, event.stream->thread);
    }
    ck_assert_uint_eq(records, 15);
    ck_assert_uint_eq(ends, 3);
    ck_assert_uint_eq(trace.done, trace.size);
    ck_assert_int_eq(warned.count, 0);
    trace_close(&trace);
    scratch_remove(&scratch);
}
END_TEST

START_TEST(a_stream_that_goes_back_in_time_does_not_take_the_others_along)
{
    scratch_make(&scratch);
    synthetic_make(scratch.path);
    write_sleeps(0, (const uint64_t[]){5, 3, 6}, 3, 3);
    write_sleeps(1, (const uint64_t[]){4, 7}, 2, 2);
    static const uint32_t order[] = {1, 0, 0, 0, 0, 1, 1}; /* its end is an event as well */

    struct trace trace;
    struct trace_event event;
    unsigned count = 0;
    open_one(&trace);
    for (; trace_next(&trace, &event); count++)
        ck_assert_uint_eq(event.stream->thread, order[count]);
    ck_assert_uint_eq(count, 7);
    trace_close(&trace);
    scratch_remove(&scratch);
}
END_TEST

/* The writer takes the record of a quick call back, and puts another one in its place. */
START_TEST(what_was_read_is_not_replaced)
{
    scratch_make(&scratch);
    synthetic_make(scratch.path);
    write_sleeps(0, (const uint64_t[]){1, 2}, 2, 2);

    struct trace trace;
    struct trace_event event;
    const struct trace_record other = {.time = EPOCH + 9000, .id = TRACE_TASK_START};
    open_one(&trace);
    ck_assert(trace_next(&trace, &event));
    int fd = open(scratch_path(&scratch, stream.name), O_WRONLY | O_CLOEXEC);
    ck_assert_int_eq(
        pwrite(fd, &other, sizeof other, (off_t)(stream.used - sizeof(struct trace_call))),
        sizeof other);
    close(fd);
    ck_assert(trace_next(&trace, &event));
    ck_assert_uint_eq(event.record->id, TRACE_CALL);
    ck_assert_uint_eq(event.record->time, EPOCH + 2000);
    trace_close(&trace);
    scratch_remove(&scratch);
}
END_TEST

START_TEST(the_last_chunk_says_how_much_was_lost)
{
    scratch_make(&scratch);
    synthetic_make(scratch.path);
    stream_begin(&stream, scratch.path, 10, 0, 0);
    stream.header.chunk = 4; /* the first four were deleted */
    stream.header.events_discarded = 30;
    CALL(&stream, .at = 1, .function = FN_SLEEP);
    stream_next(&stream);
    stream.header.events_discarded = 42;
    CALL(&stream, .at = 2, .function = FN_SLEEP);
    stream_end(&stream);

    struct run run;
    run_read(&run, scratch.path);
    ck_assert_uint_eq(run.model.lost, 42);
    ck_assert_uint_eq(run.model.events, 2);
    run_finish(&run);
    scratch_remove(&scratch);
}
END_TEST

START_TEST(only_visible_files_are_looked_at)
{
    scratch_make(&scratch);
    synthetic_make(scratch.path);
    write_sleeps(0, (const uint64_t[]){1}, 1, 1);
    fclose(fopen(scratch_path(&scratch, ".hidden"), "w"));
    ck_assert_int_eq(mkdir(scratch_path(&scratch, "folder"), 0700), 0);

    struct run run;
    run_read(&run, scratch.path);
    ck_assert_int_eq(run.warned.count, 0);
    ck_assert_uint_eq(run.model.events, 1);
    run_finish(&run);

    FILE *foreign = fopen(scratch_path(&scratch, "notes.txt"), "w");
    fprintf(foreign, "%0200d", 0);
    fclose(foreign);
    ck_assert_int_eq(mkfifo(scratch_path(&scratch, "fifo"), 0600), 0);
    run_read(&run, scratch.path);
    ck_assert_int_eq(run.warned.count, 2);
    ck_assert_uint_eq(run.model.events, 1);
    run_finish(&run);
    scratch_remove(&scratch);
}
END_TEST

START_TEST(a_chunk_of_a_newer_format_is_left_out)
{
    scratch_make(&scratch);
    synthetic_make(scratch.path);
    write_sleeps(0, (const uint64_t[]){1}, 1, 1);
    stream_begin(&stream, scratch.path, 11, 0, 0);
    stream.header.version = TRACE_FORMAT_VERSION + 1;
    CALL(&stream, .at = 1, .function = FN_SLEEP);
    stream_end(&stream);

    struct run run;
    run_read(&run, scratch.path);
    ck_assert_uint_eq(run.model.events, 1);
    ck_assert_int_eq(run.warned.count, 1);
    ck_assert_ptr_nonnull(strstr(run.warned.last, "newer greq"));
    run_finish(&run);
    scratch_remove(&scratch);
}
END_TEST

START_TEST(what_is_no_trace_is_refused)
{
    scratch_make(&scratch);
    refuses(scratch.path, "not a trace: it has no file 'metadata'");
    refuses(scratch_path(&scratch, "missing"), "No such file");
    synthetic_metadata(scratch.path, "something");
    refuses(scratch.path, "not the metadata");
    refuses(scratch_path(&scratch, "metadata"), "a trace is a directory");
    synthetic_metadata(scratch.path, "/* CTF 1.8 */ greq_format = 9;");
    refuses(scratch.path, "newer greq");
    scratch_remove(&scratch);
}
END_TEST

START_TEST(a_trace_without_chunks_is_empty)
{
    scratch_make(&scratch);
    synthetic_make(scratch.path);
    struct run run;
    run_read(&run, scratch.path);
    ck_assert_uint_eq(run.model.events, 0);
    ck_assert(run.blame.wall_s == 0);
    ck_assert(run.blame.coverage == 1);
    run_finish(&run);
    scratch_remove(&scratch);
}
END_TEST

START_TEST(directories_that_number_functions_differently_are_read_together)
{
    scratch_make(&scratch);
    const char *other = scratch_path(&scratch, "other");
    synthetic_make(scratch.path);
    write_sleeps(0, (const uint64_t[]){1}, 1, 1);
    synthetic_make(other);
    synthetic_metadata(other, "/* CTF 1.8 */ greq_format = 3; enum call_name : uint16_t "
                              "{ \"write\" = 4, \"sleep\" = 9 };");
    stream_begin(&stream, other, 10, 0, 0);
    CALL(&stream, .at = 2, .function = 9);
    CALL(&stream, .at = 3, .function = 77);
    stream_end(&stream);

    struct trace trace;
    struct trace_event event;
    struct error error;
    char *paths[] = {scratch.path, (char *)other};
    const struct trace_warnings warnings = warnings_into(&warned);
    ck_assert_int_eq(trace_open(&trace, paths, 2, &warnings, &error), 0);
    static const char *const expected[] = {"sleep", "sleep", "?"};
    for (unsigned i = 0; trace_next(&trace, &event);) {
        if (!event.record)
            continue;
        uint16_t call = ((const struct trace_call *)event.record)->call;
        unsigned function = trace_function(&trace, event.stream->directory, call);
        ck_assert_str_eq(trace.functions.items[function]->name, expected[i++]);
    }
    trace_close(&trace);
    scratch_remove(&scratch);
}
END_TEST

START_TEST(directory_that_is_named_twice_is_read_once)
{
    char same[sizeof scratch.path + 8];
    struct trace trace;
    struct trace_event event;
    struct error error;
    unsigned records = 0;
    scratch_make(&scratch);
    synthetic_make(scratch.path);
    write_sleeps(0, (const uint64_t[]){1}, 1, 1);
    snprintf(same, sizeof same, "%s/.", scratch.path);
    char *paths[] = {scratch.path, same, scratch.path};
    const struct trace_warnings warnings = warnings_into(&warned);
    warned.count = 0;
    ck_assert_int_eq(trace_open(&trace, paths, 3, &warnings, &error), 0);
    while (trace_next(&trace, &event))
        records += event.record != NULL;
    ck_assert_uint_eq(records, 1);
    ck_assert_int_eq(warned.count, 2);
    ck_assert_ptr_nonnull(strstr(warned.last, "named more than once"));
    trace_close(&trace);
    scratch_remove(&scratch);
}
END_TEST

SUITE("tracer: reader", EACH(batches_come_in_their_order, 2),
      EACH(who_reads_may_stop_before_the_end, 2), ONCE(calls_return_in_their_turn),
      ONCE(streams_are_merged_by_time_over_their_chunks),
      ONCE(a_stream_that_goes_back_in_time_does_not_take_the_others_along),
      ONCE(what_was_read_is_not_replaced), ONCE(the_last_chunk_says_how_much_was_lost),
      ONCE(only_visible_files_are_looked_at), ONCE(a_chunk_of_a_newer_format_is_left_out),
      ONCE(what_is_no_trace_is_refused), ONCE(a_trace_without_chunks_is_empty),
      ONCE(directories_that_number_functions_differently_are_read_together),
      ONCE(directory_that_is_named_twice_is_read_once))
