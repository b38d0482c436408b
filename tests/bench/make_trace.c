/*
 * make_trace.c: writes a trace of COUNT records or a few more into the new directory DIR: two
 * processes of five threads each, with a hundred connections open at a time. All kinds of records
 * are in it.
 *
 *     make_trace COUNT DIR
 */
#include "bench.h"
#include "log/metadata.h"
#include "trace_worker.h"

#include <errno.h>
#include <link.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { PROCESSES = 2, FIRST_PID = 1000, PIDS_EACH = 100 };

static void (*const kinds[])(struct trace_worker *worker) = {
    trace_worker_client, trace_worker_tls,    trace_worker_loop,
    trace_worker_tasks,  trace_worker_client,
};
enum { THREADS = sizeof kinds / sizeof *kinds };

#define START UINT64_C(1000000000000) /* ns */

/* The one that is furthest behind: all of them live through the same time. */
static uint32_t find_latest(const struct trace_worker workers[THREADS])
{
    uint32_t latest = 0;
    for (uint32_t i = 1; i < THREADS; i++)
        if (workers[i].now < workers[latest].now)
            latest = i;
    return latest;
}

static uint64_t count_records(const struct trace_worker workers[THREADS])
{
    uint64_t count = 0;
    for (uint32_t i = 0; i < THREADS; i++)
        count += workers[i].stream.records;
    return count;
}

/* Returns how many records were written; `end` receives the last moment. */
static uint64_t write_threads(const char *directory, uint32_t pid, uint64_t records, uint64_t *end)
{
    struct trace_worker workers[THREADS];
    for (uint32_t i = 0; i < THREADS; i++)
        trace_worker_begin(&workers[i], directory, pid, i, START);
    while (count_records(workers) < records) {
        uint32_t i = find_latest(workers);
        kinds[i](&workers[i]);
    }
    *end = START;
    for (uint32_t i = 0; i < THREADS; i++) {
        *end = workers[i].now > *end ? workers[i].now : *end;
        trace_worker_end(&workers[i]);
    }
    return count_records(workers);
}

static void add_process_start(struct trace_stream *stream)
{
    static const char texts[] = "/usr/bin/generated\0generated --for benchmark";
    struct trace_process_start record = {
        .head = {START, TRACE_PROCESS_START, 0},
        .realtime = (uint64_t)time(NULL) * 1000000000,
        .parent_pid = 1,
        .cooperative = 1,
    };
    trace_stream_add(stream, &record.head, sizeof record, texts, sizeof texts);
}

/* This program, whose addresses are in the stacks. */
static int add_module(struct dl_phdr_info *info, size_t size, void *data)
{
    struct trace_stream *stream = data;
    char path[4096] = "";
    uint64_t end = 0;
    (void)size;
    if (readlink("/proc/self/exe", path, sizeof path - 1) < 0)
        bench_fail("/proc/self/exe: %s", strerror(errno));
    for (int i = 0; i < info->dlpi_phnum; i++)
        if (info->dlpi_phdr[i].p_type == PT_LOAD)
            end = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr + info->dlpi_phdr[i].p_memsz;
    struct trace_module record = {{START, TRACE_MODULE, 0}, info->dlpi_addr, info->dlpi_addr, end};
    trace_stream_add(stream, &record.head, sizeof record, path, strlen(path) + 1);
    return 1; /* the program is the first; the others are not wanted */
}

/* Returns how many records were written. */
static uint64_t write_process(const char *directory, uint32_t pid, uint64_t records)
{
    struct trace_stream stream;
    uint64_t end;
    uint64_t written = write_threads(directory, pid, records, &end);
    trace_stream_begin(&stream, directory, pid, TRACE_PROCESS_THREAD, START);
    add_process_start(&stream);
    dl_iterate_phdr(add_module, &stream);
    struct trace_process_end record = {{end, TRACE_PROCESS_END, 0}, (end - START) / 4, 0, 0};
    trace_stream_add(&stream, &record.head, sizeof record, NULL, 0);
    trace_stream_end(&stream);
    return written + stream.records;
}

int main(int argc, char *argv[])
{
    uint32_t count = bench_number(argc, argv, 1, "COUNT");
    const char *directory = argv[2];
    uint64_t written = 0;
    if (!directory)
        bench_fail("argument 2, DIR, is missing");
    bench_limit_time();
    struct usage start = usage_now();
    if (mkdir(directory, 0700) != 0)
        bench_fail("%s: %s", directory, strerror(errno));
    int error = metadata_write(directory);
    if (error)
        bench_fail("%s/metadata: %s", directory, strerror(error));
    for (uint32_t i = 0; i < PROCESSES; i++)
        written += write_process(directory, FIRST_PID + i * PIDS_EACH, count / PROCESSES);
    usage_print(usage_since(start), written);
}
