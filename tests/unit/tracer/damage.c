/* Damaged traces: what is before the damage is read, one line tells of it, nothing crashes. */
#include "read.h"
#include "render/render.h"
#include "scratch.h"
#include "suite.h"
#include "synthetic.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct scratch scratch;
static struct stream stream;
static const char chunk_name[] = "10.e8d4a51000.0.0";

/* One record of each kind; where each begins, and where each ends, without its padding. */
#define NEXT (ends[count] = stream.content, offsets[count++] = stream.used)

/* Those that belong to a call, between its begin and its stack. */
static size_t write_about_call(size_t count, size_t offsets[32], size_t ends[32])
{
    struct trace_unread unread = {
        {EPOCH + 2030000, TRACE_UNREAD, 1}, EPOCH + 30000, TRACE_UNREAD_BEHIND, 2};
    stream_add(&stream, &unread, sizeof unread,
               (const struct trace_unread_item[]){{5, 9, 1000000}, {6, 8, UINT64_MAX}}, 32);
    NEXT;
    struct trace_lock lock = {{EPOCH + 2030000, TRACE_LOCK, 1}, EPOCH + 30000, 0x5678, 10, 10};
    stream_add(&stream, &lock, sizeof lock, NULL, 0);
    NEXT;
    struct trace_python_stack python = {{EPOCH + 2030000, TRACE_PYTHON_STACK, 1}, EPOCH + 30000};
    stream_add(&stream, &python, sizeof python, "a.py:1 f\nb.py:x", 16);
    NEXT;
    return count;
}

static size_t write_all_kinds(size_t offsets[32], size_t ends[32])
{
    size_t count = 0;
    stream_begin(&stream, scratch.path, 10, 0, 0);
    NEXT;
    stream_add_thread_start(&stream, 0);
    NEXT;
    stream_add_process_start(&stream, 1, "/bin/program", "program --option");
    NEXT;
    stream_add_module(&stream, 2, "/bin/program", 0x1000, 0x1000);
    NEXT;
    stream_add_peer(&stream, 3, 1, 5, TRACE_PEER_CONNECT, "127.0.0.1:443");
    NEXT;
    CALL(&stream, .at = 4, .takes = 10, .task = 1, .function = FN_CONNECT, .fd = 5);
    NEXT;
    CALL(&stream, .at = 15, .takes = 10, .task = 1, .function = FN_SEND, .fd = 5, .result = 9);
    NEXT;
    stream_add_watch(&stream, 30, 1, (const int[]){5, 6}, 2);
    NEXT;
    CALL(&stream, .at = 30, .takes = 2 * MS, .task = 1, .function = FN_POLL, .result = 1);
    NEXT;
    count = write_about_call(count, offsets, ends);
    struct trace_long_call stack = {.head = {EPOCH + 2030000, TRACE_LONG_CALL, 1},
                                    .call_begin = EPOCH + 30000,
                                    .frame_count = 2};
    stream_add(&stream, &stack, sizeof stack, (const uint64_t[]){0x1100, 0x1200}, 16);
    NEXT;
    struct trace_name name = {{EPOCH + 2031000, TRACE_NAME, 1}, EPOCH + 2031000};
    stream_add(&stream, &name, sizeof name, "host.example", 13);
    NEXT;
    struct trace_task_start start = {.head = {EPOCH + 2032000, TRACE_TASK_START, 2}};
    stream_add(&stream, &start, sizeof start, NULL, 0);
    NEXT;
    stream_add_idle(&stream, 2033, 3 * MS);
    NEXT;
    stream_add_task_end(&stream, 6000, 1);
    NEXT;
    struct trace_epoll epoll = {{EPOCH + 6000000, TRACE_EPOLL, 0}, 7, 5, 1, 1};
    stream_add(&stream, &epoll, sizeof epoll, NULL, 0);
    NEXT;
    struct trace_count counted = {{EPOCH + 6000000, TRACE_COUNT, 0}, 12};
    stream_add(&stream, &counted, sizeof counted, "run-queue ns", 13);
    NEXT;
    stream_add_thread_end(&stream, 6001, 100);
    NEXT;
    stream_add_process_end(&stream, 6002, 100);
    NEXT;
    stream_end(&stream);
    memmove(ends, ends + 1, (count - 1) * sizeof *ends); /* a record ends before the next begins */
    return count - 1;
}
#undef NEXT

static void write_bytes(const unsigned char *bytes, size_t size)
{
    FILE *file = fopen(scratch_path(&scratch, chunk_name), "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, size, file), size);
    fclose(file);
}

/* Everything a report does with a trace. */
static void use_all(const char *trace, int *warnings, uint64_t *events)
{
    static const struct style style = {.width = 80, .utf8 = true};
    struct run run;
    run_read(&run, trace);
    const struct report report = {.model = &run.model,
                                  .accounts = &run.accounts,
                                  .blame = &run.blame,
                                  .symbols = run.symbols};
    FILE *nowhere = fopen("/dev/null", "w");
    render_text(&report, &style, nowhere);
    render_json(&report, &style, nowhere);
    fclose(nowhere);
    *warnings = run.warned.count;
    *events = run.model.events;
    run_finish(&run);
}

START_TEST(a_file_cut_anywhere_is_read_up_to_the_cut)
{
    size_t offsets[32], ends[32];
    scratch_make(&scratch);
    synthetic_make(scratch.path);
    size_t count = write_all_kinds(offsets, ends);
    for (size_t size = 0; size <= stream.used; size++) {
        int warnings;
        uint64_t events, whole = 0;
        write_bytes(stream.bytes, size);
        use_all(scratch.path, &warnings, &events);
        while (whole < count && ends[whole] <= size)
            whole++;
        ck_assert_uint_eq(events, whole);
        ck_assert_int_eq(warnings, size < stream.content ? 1 : 0);
    }
    scratch_remove(&scratch);
}
END_TEST

START_TEST(content_cut_anywhere_is_read_up_to_the_cut)
{
    size_t offsets[32], ends[32];
    scratch_make(&scratch);
    synthetic_make(scratch.path);
    size_t count = write_all_kinds(offsets, ends);
    for (size_t content = 0; content <= stream.used; content++) {
        int warnings;
        uint64_t events, whole = 0;
        struct trace_packet *header = (struct trace_packet *)stream.bytes;
        header->content_bits = content * 8;
        write_bytes(stream.bytes, stream.used);
        use_all(scratch.path, &warnings, &events);
        while (whole < count && ends[whole] <= content)
            whole++;
        ck_assert_uint_eq(events, whole);
        bool clean = content <= offsets[0] || content <= offsets[whole];
        ck_assert_int_eq(warnings, clean ? 0 : 1);
    }
    scratch_remove(&scratch);
}
END_TEST

START_TEST(the_warning_says_which_file_where_and_what)
{
    size_t offsets[32], ends[32];
    char expected[300];
    struct run run;
    scratch_make(&scratch);
    synthetic_make(scratch.path);
    write_all_kinds(offsets, ends);
    memset(stream.bytes + offsets[3] + 8, 0xee, 4); /* the record's kind */
    write_bytes(stream.bytes, stream.used);
    run_read(&run, scratch.path);
    snprintf(
        expected, sizeof expected,
        "%s/%s: damaged at offset %zu: a record is of no known kind; what is before it is used",
        scratch.path, chunk_name, offsets[3]);
    ck_assert_int_eq(run.warned.count, 1);
    ck_assert_str_eq(run.warned.last, expected);
    ck_assert_uint_eq(run.model.events, 3);
    run_finish(&run);
    scratch_remove(&scratch);
}
END_TEST

START_TEST(a_file_that_holds_nothing_is_named)
{
    static const struct {
        size_t size;
        const char *why;
    } cases[] = {{0, "empty"}, {40, "cut inside its header"}, {4096, "blank"}};
    struct run run;
    scratch_make(&scratch);
    synthetic_make(scratch.path);
    write_bytes((const unsigned char[4096]){0}, cases[_i].size);
    run_read(&run, scratch.path);
    ck_assert_int_eq(run.warned.count, 1);
    ck_assert_msg(strstr(run.warned.last, cases[_i].why), "%s", run.warned.last);
    run_finish(&run);
    scratch_remove(&scratch);
}
END_TEST

static unsigned next_random(void)
{
    static unsigned state = 7;
    state = state * 1103515245 + 12345;
    return state >> 8;
}

/* Values that are likely to break something, where any byte may be. */
static void mutate(unsigned char *bytes, size_t size)
{
    static const uint64_t values[] = {
        0,         1, 2, 63, 64, 65, 0x7fffffff, 0x80000000, UINT32_MAX, INT64_MAX, UINT64_MAX - 1,
        UINT64_MAX};
    for (unsigned changes = 1 + next_random() % 4; changes; changes--) {
        size_t at = next_random() % (size - 8);
        switch (next_random() % 3) {
        case 0:
            bytes[at] ^= 1 << next_random() % 8;
            break;
        case 1:
            memcpy(bytes + at / 4 * 4, &values[next_random() % 12], 4);
            break;
        default:
            memcpy(bytes + at / 8 * 8, &values[next_random() % 12], 8);
        }
    }
}

START_TEST(any_bytes_are_survived)
{
    enum { ROUNDS = 1500 };
    size_t offsets[32], ends[32];
    unsigned char bytes[8192];
    scratch_make(&scratch);
    synthetic_make(scratch.path);
    write_all_kinds(offsets, ends);
    ck_assert_uint_lt(stream.used, sizeof bytes);
    for (int i = 0; i < ROUNDS; i++) {
        int warnings;
        uint64_t events;
        memcpy(bytes, stream.bytes, stream.used);
        mutate(bytes, stream.used);
        write_bytes(bytes, stream.used);
        use_all(scratch.path, &warnings, &events);
        ck_assert_int_le(warnings, 2);
    }
    scratch_remove(&scratch);
}
END_TEST

SUITE("tracer: damaged traces", ONCE(a_file_cut_anywhere_is_read_up_to_the_cut),
      ONCE(content_cut_anywhere_is_read_up_to_the_cut),
      ONCE(the_warning_says_which_file_where_and_what), EACH(a_file_that_holds_nothing_is_named, 3),
      ONCE(any_bytes_are_survived))
