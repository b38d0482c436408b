/*
 * Writes the traces of a fleet: runs of two programs, on ten hosts and five days, into folders
 * of the current directory, as many as the file `count` there says. A test program, for what writes
 * them asserts.
 *
 * Each run is a loop that is blocked three times, so its figures are known:
 *
 *     /nowhere/mail      50 ms each time
 *     /nowhere/orders    20 ms, but on the last day 100 ms
 */
#include "suite.h"
#include "synthetic.h"

#include <stdbool.h>
#include <stdio.h>

enum { HOSTS = 10, DAYS = 5, TIMES = 3 };

/* 2026-11-26T08:00:00Z */
#define FIRST_DAY 1795680000u
#define DAY       86400u

static struct stream stream, process;

static void add_start(const char *program, uint64_t realtime)
{
    char texts[64];
    size_t size = snprintf(texts, sizeof texts, "%s%c%s", program, 0, program) + 1;
    const struct trace_process_start record = {.head = {.time = EPOCH, .id = TRACE_PROCESS_START},
                                               .realtime = realtime};
    stream_add(&process, &record, sizeof record, texts, size);
}

static void add_host(unsigned number)
{
    char name[16];
    size_t size = snprintf(name, sizeof name, "node-%u", number) + 1;
    const struct trace_host record = {.head = {.time = EPOCH, .id = TRACE_HOST}};
    stream_add(&process, &record, sizeof record, name, size);
}

static void add_wait(uint64_t at)
{
    stream_add_watch(&stream, at, 0, (const int[]){5, 6}, 2);
    CALL(&stream, .at = at, .takes = 2 * MS, .function = FN_POLL, .fd = -1, .result = 1);
}

static void write_run(unsigned number, unsigned count)
{
    static const uint64_t frames[] = {0x5040, 0x5080};
    unsigned day = number * DAYS / count;
    bool is_mail = number % 2 == 0;
    const char *program = is_mail ? "/nowhere/mail" : "/nowhere/orders";
    uint64_t takes = is_mail ? 50 * MS : day == DAYS - 1 ? 100 * MS : 20 * MS;
    char folder[16];
    snprintf(folder, sizeof folder, "%u", number);
    synthetic_make(folder);
    stream_begin(&process, folder, 10, TRACE_PROCESS_THREAD, 0);
    stream_begin(&stream, folder, 10, 0, 0);
    add_start(program, (FIRST_DAY + day * DAY + number) * 1000000000ull);
    add_host(number / 2 % HOSTS);
    stream_add_module(&process, 0, program, 0x5000, 0x1000);
    for (uint64_t i = 0; i < TIMES; i++) {
        add_wait(i * 200 * MS);
        stream_add_long_call(
            &stream,
            (struct synthetic_call){
                .at = i * 200 * MS + 10 * MS, .takes = takes, .function = FN_SLEEP, .fd = -1},
            0, frames, 2);
    }
    add_wait(TIMES * 200 * MS);
    stream_end(&stream);
    stream_end(&process);
}

START_TEST(write_fleet)
{
    unsigned count;
    FILE *file = fopen("count", "r");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fscanf(file, "%u", &count), 1);
    fclose(file);
    for (unsigned i = 0; i < count; i++)
        write_run(i, count);
}
END_TEST

SUITE("fleet", ONCE(write_fleet))
