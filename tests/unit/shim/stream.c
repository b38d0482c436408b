/*
 * Streams of records in memory-mapped chunk files.
 */
#include "log/stream.h"

#include "child.h"
#include "scratch.h"
#include "suite.h"
#include "sys/thread.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { THREAD = 3, FIRST_CHUNK = 8 << 10, LIMIT = 64 << 10 };

static struct scratch scratch;
static struct stream stream;
static int full_error, full_count;

static void note_full(const struct stream *of, int error)
{
    ck_assert_ptr_eq(of, &stream);
    full_error = error;
    full_count++;
}

static void begin(uint64_t limit)
{
    scratch_make(&scratch);
    stream_origin = (struct stream_origin){scratch.path, 1234, 0xabcdef};
    stream_on_full = note_full;
    stream = (struct stream){.thread = THREAD, .limit = limit};
}

static void end(void)
{
    stream_close(&stream);
    scratch_remove(&scratch);
}

/* Records the number `n` at time `n`. */
static bool record(uint64_t n)
{
    struct trace_idle *idle = stream_reserve(&stream, sizeof *idle, TRACE_IDLE, n, 0, NULL);
    if (!idle)
        return false;
    idle->duration = n;
    stream_commit(&stream);
    return true;
}

static void record_from_to(uint64_t first, uint64_t last)
{
    bool all = true;
    for (uint64_t n = first; n <= last; n++)
        all &= record(n);
    ck_assert(all);
}

/* ---- reading ---- */

/* A chunk's file, or NULL when there is none. Freed by the caller. */
static struct trace_packet *read_chunk(const char *name)
{
    struct stat status;
    int fd = open(scratch_path(&scratch, name), O_RDONLY);
    if (fd < 0)
        return NULL;
    ck_assert_int_eq(fstat(fd, &status), 0);
    struct trace_packet *packet = malloc((size_t)status.st_size);
    ck_assert_int_eq(read(fd, packet, (size_t)status.st_size), status.st_size);
    close(fd);
    ck_assert_uint_eq(packet->packet_bits, (uint64_t)status.st_size * 8);
    ck_assert_uint_le(packet->content_bits, packet->packet_bits);
    return packet;
}

static struct trace_packet *read_chunk_number(uint32_t number)
{
    char name[64];
    snprintf(name, sizeof name, "1234.abcdef.%d.%u", THREAD, number);
    return read_chunk(name);
}

/* How many TRACE_IDLE records a chunk holds; checks that they are numbered from *next on. */
static unsigned count_records(const struct trace_packet *packet, uint64_t *next)
{
    unsigned count = 0;
    bool right = true;
    const char *end_of_content = (const char *)packet + packet->content_bits / 8;
    const struct trace_idle *idle = (const void *)(packet + 1);
    for (; (const char *)idle < end_of_content; idle++, count++, (*next)++)
        right &= idle->head.id == TRACE_IDLE && idle->duration == *next && idle->head.time == *next;
    ck_assert_ptr_eq(idle, end_of_content);
    ck_assert(right);
    return count;
}

/* Reads chunks from `first` on until there is no next one. Returns how many; the last one's loss is
 * stored in *discarded. */
static uint32_t read_stream(uint32_t first, uint64_t *next, uint64_t *discarded)
{
    uint32_t number = first;
    for (struct trace_packet *packet; (packet = read_chunk_number(number)); number++) {
        ck_assert_uint_eq(packet->chunk, number);
        ck_assert_uint_eq(packet->begin, *next);
        *discarded = packet->events_discarded;
        count_records(packet, next);
        free(packet);
    }
    return number - first;
}

/* ---- one chunk ---- */

START_TEST(packet_says_whose_it_is)
{
    begin(0);
    ck_assert(record(77));
    struct trace_packet *packet = read_chunk("1234.abcdef.3.0");
    ck_assert_ptr_nonnull(packet);
    ck_assert_uint_eq(packet->magic, TRACE_CTF_MAGIC);
    ck_assert_uint_eq(packet->version, TRACE_FORMAT_VERSION);
    ck_assert_uint_eq(packet->stream_id, 0);
    ck_assert_uint_eq(packet->pid, 1234);
    ck_assert_uint_eq(packet->tid, (uint32_t)gettid());
    ck_assert_uint_eq(packet->process_start, 0xabcdef);
    ck_assert_uint_eq(packet->thread, THREAD);
    ck_assert_uint_eq(packet->chunk, 0);
    ck_assert_uint_eq(packet->begin, 77);
    ck_assert_uint_eq(packet->events_discarded, 0);
    ck_assert_uint_eq(packet->flags, 0);
    free(packet);
    end();
}
END_TEST

START_TEST(files_are_the_users_alone)
{
    struct stat status;
    begin(0);
    umask(0);
    record(1);
    ck_assert_int_eq(stat(scratch_path(&scratch, "1234.abcdef.3.0"), &status), 0);
    ck_assert_uint_eq(status.st_mode & 0777, 0600);
    end();
}
END_TEST

/* Disk space that is not there would be a SIGBUS. */
START_TEST(file_has_all_its_blocks)
{
    struct stat status;
    begin(0);
    record(1);
    ck_assert_int_eq(stat(scratch_path(&scratch, "1234.abcdef.3.0"), &status), 0);
    ck_assert_int_ge(status.st_blocks * 512, status.st_size);
    end();
}
END_TEST

START_TEST(process_stream_has_its_own_name)
{
    begin(0);
    stream.thread = TRACE_PROCESS_THREAD;
    record(1);
    struct trace_packet *packet = read_chunk("1234.abcdef.process.0");
    ck_assert_ptr_nonnull(packet);
    free(packet);
    end();
}
END_TEST

static uint64_t instance_of(uint32_t thread)
{
    char name[64];
    stream = (struct stream){.thread = thread};
    record(1);
    stream_close(&stream);
    snprintf(name, sizeof name, "1234.abcdef.%u.0", thread);
    struct trace_packet *packet = read_chunk(name);
    uint64_t instance = packet->instance;
    free(packet);
    return instance;
}

START_TEST(streams_have_different_instances)
{
    begin(0);
    uint64_t zero = instance_of(0), one = instance_of(1);
    ck_assert_uint_ne(zero, one);
    end();
}
END_TEST

START_TEST(record_is_not_there_before_it_is_committed)
{
    uint64_t next = 1;
    begin(0);
    record(1);
    struct trace_idle *idle = stream_reserve(&stream, sizeof *idle, TRACE_IDLE, 2, 0, NULL);
    struct trace_packet *packet = read_chunk_number(0);
    ck_assert_uint_eq(count_records(packet, &next), 1);
    free(packet);
    idle->duration = 2;
    stream_commit(&stream);
    packet = read_chunk_number(0);
    next = 1;
    ck_assert_uint_eq(count_records(packet, &next), 2);
    free(packet);
    end();
}
END_TEST

START_TEST(head_is_filled_in)
{
    begin(0);
    struct trace_record *head = stream_reserve(&stream, sizeof *head, TRACE_TASK_END, 9, 42, NULL);
    ck_assert_uint_eq(head->time, 9);
    ck_assert_uint_eq(head->id, TRACE_TASK_END);
    ck_assert_uint_eq(head->task, 42);
    stream_commit(&stream);
    end();
}
END_TEST

/* Readers of CTF look for another event in whatever content follows a text. */
START_TEST(content_ends_with_the_last_byte_and_the_next_record_is_aligned)
{
    begin(0);
    size_t odd = sizeof(struct trace_peer) + 5;
    char *peer = stream_reserve(&stream, odd, TRACE_PEER, 1, 0, NULL);
    stream_commit(&stream);
    struct trace_packet *packet = read_chunk_number(0);
    ck_assert_uint_eq(packet->content_bits, (sizeof *packet + odd) * 8);
    free(packet);
    char *next = stream_reserve(&stream, sizeof(struct trace_idle), TRACE_IDLE, 1, 0, NULL);
    stream_commit(&stream);
    ck_assert_int_eq(next - peer, (odd + 7) / 8 * 8);
    end();
}
END_TEST

/* A handler that came in between may have recorded later times. */
START_TEST(time_never_goes_back)
{
    begin(0);
    record(10);
    struct trace_record *head = stream_reserve(&stream, sizeof *head, TRACE_TASK_END, 4, 0, NULL);
    ck_assert_uint_eq(head->time, 10);
    stream_commit(&stream);
    head = stream_reserve(&stream, sizeof *head, TRACE_TASK_END, 11, 0, NULL);
    ck_assert_uint_eq(head->time, 11);
    stream_commit(&stream);
    end();
}
END_TEST

START_TEST(what_a_handler_records_meanwhile_is_counted_as_lost)
{
    begin(0);
    struct trace_idle *idle = stream_reserve(&stream, sizeof *idle, TRACE_IDLE, 1, 0, NULL);
    this_thread.handler.frame.at = 1;
    ck_assert(!record(2));
    ck_assert(!record(3));
    this_thread.handler.frame.at = 0;
    idle->duration = 1;
    stream_commit(&stream);
    ck_assert(record(2));
    struct trace_packet *packet = read_chunk_number(0);
    uint64_t next = 1;
    ck_assert_uint_eq(count_records(packet, &next), 2);
    ck_assert_uint_eq(packet->events_discarded, 2);
    free(packet);
    end();
}
END_TEST

/* A handler has left by siglongjmp. */
START_TEST(record_that_was_left_is_lost_and_no_other)
{
    uint64_t next = 1;
    begin(0);
    record(1);
    ck_assert_ptr_nonnull(
        stream_reserve(&stream, sizeof(struct trace_long_call), TRACE_LONG_CALL, 2, 0, NULL));
    record_from_to(2, 5);
    struct trace_packet *packet = read_chunk_number(0);
    ck_assert_uint_eq(count_records(packet, &next), 5);
    free(packet);
    end();
}
END_TEST

/* ---- records that are taken away again ---- */

static struct trace_idle *begin_record(uint64_t n, struct chunk **chunk)
{
    struct trace_idle *idle = stream_reserve(&stream, sizeof *idle, TRACE_IDLE, n, 0, chunk);
    ck_assert_ptr_nonnull(idle);
    idle->duration = n;
    stream_commit(&stream);
    return idle;
}

START_TEST(a_withdrawn_record_leaves_no_trace)
{
    struct chunk *chunk;
    uint64_t next = 1;
    begin(0);
    record_from_to(1, 10);
    for (int i = 0; i < 3; i++) {
        void *record = begin_record(11, &chunk);
        ck_assert(stream_withdraw(&stream, chunk, record));
    }
    record_from_to(11, 20);
    struct trace_packet *packet = read_chunk_number(0);
    ck_assert_uint_eq(count_records(packet, &next), 20);
    ck_assert_uint_eq(chunk->open_records, 0);
    free(packet);
    end();
}
END_TEST

START_TEST(what_was_padding_is_none_when_the_record_is_withdrawn)
{
    struct chunk *chunk;
    begin(0);
    struct trace_name *name = stream_reserve(&stream, sizeof *name + 3, TRACE_NAME, 1, 0, NULL);
    memcpy(name->text, "ab", 3);
    stream_commit(&stream);
    uint64_t content = stream.current->packet->content_bits;
    void *record = begin_record(2, &chunk);
    ck_assert(stream_withdraw(&stream, chunk, record));
    ck_assert_uint_eq(stream.current->packet->content_bits, content);
    end();
}
END_TEST

START_TEST(a_record_with_others_behind_it_stays)
{
    struct chunk *chunk;
    uint64_t next = 1;
    begin(0);
    struct trace_idle *idle = begin_record(1, &chunk);
    ck_assert_uint_eq(stream_time_after(chunk, idle, sizeof *idle), 0);
    record_from_to(2, 3);
    ck_assert_uint_eq(stream_time_after(chunk, idle, sizeof *idle), 2);
    ck_assert(!stream_withdraw(&stream, chunk, idle));
    stream_release(&stream, chunk);
    struct trace_packet *packet = read_chunk_number(0);
    ck_assert_uint_eq(count_records(packet, &next), 3);
    free(packet);
    end();
}
END_TEST

START_TEST(a_record_in_an_older_chunk_stays)
{
    struct chunk *chunk;
    begin(0);
    struct trace_idle *idle = begin_record(1, &chunk);
    record_from_to(2, FIRST_CHUNK / sizeof *idle + 2);
    ck_assert(stream.current != chunk);
    ck_assert(!stream_withdraw(&stream, chunk, idle));
    stream_release(&stream, chunk);
    end();
}
END_TEST

/* ---- several chunks ---- */

START_TEST(records_go_on_in_the_next_chunk)
{
    uint64_t next = 1, discarded = 1;
    begin(0);
    record_from_to(1, 20000);
    uint32_t chunks = read_stream(0, &next, &discarded);
    ck_assert_uint_ge(chunks, 2);
    ck_assert_uint_eq(next, 20001);
    ck_assert_uint_eq(discarded, 0);
    ck_assert_int_eq(scratch_count(scratch.path), (int)chunks);
    end();
}
END_TEST

/* The record that needs a new chunk is older than what a handler recorded before it. */
START_TEST(no_chunk_begins_before_the_one_before_it_ended)
{
    enum { LATEST = 1000000 };
    begin(0);
    record(LATEST);
    record_from_to(1, 20000);
    struct trace_packet *second = read_chunk_number(1);
    ck_assert_ptr_nonnull(second);
    ck_assert_uint_eq(second->begin, LATEST);
    free(second);
    end();
}
END_TEST

static uint64_t bytes_kept(void)
{
    uint64_t bytes = 0;
    for (uint32_t number = 0; number < 1000; number++) {
        struct trace_packet *packet = read_chunk_number(number);
        bytes += packet ? packet->packet_bits / 8 : 0;
        free(packet);
    }
    return bytes;
}

START_TEST(oldest_are_deleted_beyond_the_limit_and_counted)
{
    enum { RECORDS = 10000 };
    uint64_t discarded = 0;
    begin(LIMIT);
    record_from_to(1, RECORDS);
    ck_assert_uint_le(bytes_kept(), LIMIT);
    ck_assert_uint_ge(bytes_kept(), LIMIT / 2);
    uint64_t next = stream.discarded + 1;
    read_stream(stream.oldest, &next, &discarded);
    ck_assert_uint_eq(next, RECORDS + 1);
    ck_assert_uint_gt(discarded, 0);
    ck_assert_uint_eq(discarded, stream.discarded);
    end();
}
END_TEST

static int attempts;

static bool refuse_once(const struct trace_packet *first)
{
    ck_assert_uint_eq(first->chunk, 0);
    return attempts++ > 0;
}

/* And the others wait for it. */
START_TEST(a_first_chunk_that_is_needed_goes_later)
{
    begin(LIMIT);
    attempts = 0;
    stream.first_goes = refuse_once;
    uint64_t n = 0;
    while (!attempts)
        record(++n);
    ck_assert_uint_eq(stream.oldest, 0);
    struct trace_packet *first = read_chunk_number(0);
    ck_assert_ptr_nonnull(first);
    free(first);
    while (attempts < 2)
        record(++n);
    ck_assert_ptr_null(read_chunk_number(0));
    ck_assert_uint_le(bytes_kept(), LIMIT);
    munmap(stream.first.packet, FIRST_CHUNK); /* it stays for others */
    end();
}
END_TEST

static const uint64_t limits[] = {64 << 10, 100 << 10, 1 << 20, 16 << 20};

/* Small or large, it is neither exceeded nor left unused. */
START_TEST(limit_is_kept_to)
{
    begin(limits[_i]);
    uint64_t records = 2 * limits[_i] / sizeof(struct trace_idle);
    record_from_to(1, records);
    ck_assert_uint_le(bytes_kept(), limits[_i]);
    ck_assert_uint_ge(bytes_kept(), limits[_i] / 2);
    end();
}
END_TEST

/* ---- records that are completed later ---- */

START_TEST(record_is_completed_long_after_its_chunk_is_full)
{
    struct chunk *chunk;
    begin(0);
    struct trace_idle *open = stream_reserve(&stream, sizeof *open, TRACE_IDLE, 1, 0, &chunk);
    open->duration = TRACE_IN_PROGRESS;
    stream_commit(&stream);
    record_from_to(2, 20000);
    ck_assert_ptr_ne(stream.current, chunk);
    open->duration = 1;
    stream_release(&stream, chunk);
    ck_assert_ptr_null(stream.pinned);
    uint64_t next = 1, discarded;
    read_stream(0, &next, &discarded);
    ck_assert_uint_eq(next, 20001);
    end();
}
END_TEST

START_TEST(record_is_completed_though_its_file_is_deleted)
{
    struct chunk *chunk;
    begin(LIMIT);
    struct trace_idle *open = stream_reserve(&stream, sizeof *open, TRACE_IDLE, 1, 0, &chunk);
    stream_commit(&stream);
    record_from_to(2, 20000);
    ck_assert_ptr_null(read_chunk_number(0));
    open->duration = 1;
    stream_release(&stream, chunk);
    ck_assert_ptr_null(stream.pinned);
    end();
}
END_TEST

/* Calls end in any order. */
START_TEST(pinned_chunks_are_released_in_any_order)
{
    enum { OPEN = 5 };
    static const int order[OPEN] = {2, 0, 4, 3, 1};
    struct chunk *chunks[OPEN];
    begin(0);
    for (uint64_t i = 0; i < OPEN; i++) {
        ck_assert_ptr_nonnull(
            stream_reserve(&stream, sizeof(struct trace_idle), TRACE_IDLE, 1, 0, &chunks[i]));
        stream_commit(&stream);
        struct chunk *here = stream.current;
        while (stream.current == here && record(i))
            ;
    }
    for (int i = 0; i < OPEN; i++) {
        ck_assert_ptr_nonnull(stream.pinned);
        stream_release(&stream, chunks[order[i]]);
    }
    ck_assert_ptr_null(stream.pinned);
    end();
}
END_TEST

START_TEST(chunk_with_two_open_records_waits_for_both)
{
    struct chunk *first, *second;
    begin(0);
    stream_reserve(&stream, sizeof(struct trace_idle), TRACE_IDLE, 1, 0, &first);
    stream_commit(&stream);
    stream_reserve(&stream, sizeof(struct trace_idle), TRACE_IDLE, 1, 0, &second);
    stream_commit(&stream);
    ck_assert_ptr_eq(first, second);
    record_from_to(2, 5000);
    stream_release(&stream, first);
    ck_assert_ptr_eq(stream.pinned, second);
    stream_release(&stream, second);
    ck_assert_ptr_null(stream.pinned);
    end();
}
END_TEST

static int count_mappings(void)
{
    char line[1024];
    int count = 0;
    FILE *maps = fopen("/proc/self/maps", "r");
    while (fgets(line, sizeof line, maps))
        count += strstr(line, scratch.path) != NULL;
    fclose(maps);
    return count;
}

START_TEST(closing_unmaps_everything)
{
    struct chunk *chunk;
    begin(0);
    stream_reserve(&stream, sizeof(struct trace_idle), TRACE_IDLE, 1, 0, &chunk);
    stream_commit(&stream);
    record_from_to(2, 5000);
    ck_assert_int_eq(count_mappings(), 2);
    stream_close(&stream);
    ck_assert_int_eq(count_mappings(), 0);
    ck_assert(!record(5001));
    end();
}
END_TEST

/* A handler comes right when the full chunk is gone, and wants to record something. */
static bool handler_comes;
static int unmapped;

int munmap(void *begin, size_t size)
{
    int result = (int)syscall(SYS_munmap, begin, size);
    if (!handler_comes)
        return result;
    this_thread.handler.frame.at = 1;
    ck_assert(!record(UINT64_MAX));
    this_thread.handler.frame.at = 0;
    unmapped++;
    return result;
}

START_TEST(a_handler_finds_no_chunk_that_is_gone)
{
    uint64_t next = 1, discarded;
    begin(0);
    handler_comes = true;
    record_from_to(1, 20000);
    handler_comes = false;
    record(20001);
    ck_assert_uint_ge(read_stream(0, &next, &discarded), 3);
    ck_assert_uint_eq(next, 20002);
    ck_assert_int_ge(unmapped, 4);
    ck_assert_uint_eq(discarded, unmapped);
    end();
}
END_TEST

START_TEST(full_chunks_do_not_stay_mapped)
{
    begin(0);
    record_from_to(1, 20000);
    ck_assert_int_eq(count_mappings(), 1);
    end();
}
END_TEST

/* ---- bad ends ---- */

static void record_and_die(void *unused)
{
    (void)unused;
    for (uint64_t n = 1; n <= 5000; n++)
        record(n);
    raise(SIGKILL);
}

START_TEST(killed_process_loses_nothing)
{
    uint64_t next = 1, discarded;
    begin(0);
    ck_assert_int_eq(child_run(record_and_die, NULL).signal, SIGKILL);
    read_stream(0, &next, &discarded);
    ck_assert_uint_eq(next, 5001);
    end();
}
END_TEST

/* The limit is reached when a larger chunk is wanted. */
static void record_beyond_the_limit(void *unused)
{
    static const struct rlimit little = {FIRST_CHUNK, RLIM_INFINITY};
    uint64_t n = 1;
    (void)unused;
    signal(SIGXFSZ, SIG_DFL);
    child_expect(setrlimit(RLIMIT_FSIZE, &little) == 0, "a limit");
    while (n < 100000 && record(n))
        n++;
    child_expect(n > 300 && n < 100000, "it ends in between");
    child_expect(!record(n) && full_count == 1 && full_error == EFBIG, "it is said once");
    child_expect(scratch_count(scratch.path) == 1, "the first chunk is there");
}

/* How many records it misses since then is counted. */
static void check_cut(const struct trace_packet *packet)
{
    ck_assert_uint_eq(packet->flags, TRACE_PACKET_CUT);
    ck_assert_uint_eq(packet->events_discarded, 2);
}

START_TEST(limit_on_files_ends_recording_quietly)
{
    uint64_t next = 1, discarded;
    begin(0);
    child_succeeds(record_beyond_the_limit, NULL);
    ck_assert_uint_eq(read_stream(0, &next, &discarded), 1);
    ck_assert_uint_gt(next, 300);
    struct trace_packet *packet = read_chunk_number(0);
    check_cut(packet);
    free(packet);
    end();
}
END_TEST

static void limit_files(void)
{
    static const struct rlimit little = {FIRST_CHUNK, RLIM_INFINITY};
    child_expect(setrlimit(RLIMIT_FSIZE, &little) == 0, "a limit");
}

static void lose_directory(void)
{
    stream_origin.dir = "/dev/null";
}

/* Of a pipe the opening would wait for who reads it. */
static void replace_file(void)
{
    char name[64], aside[4096];
    snprintf(name, sizeof name, "1234.abcdef.%d.%u", THREAD, stream.next - 1);
    snprintf(aside, sizeof aside, "%s.aside", scratch_path(&scratch, name));
    child_expect(rename(scratch_path(&scratch, name), aside) == 0, "it is put aside");
    child_expect(mkfifo(scratch_path(&scratch, name), 0600) == 0, "a pipe");
}

static void put_back(void)
{
    char name[64], aside[4096];
    for (unsigned number = 0; number < 3; number++) {
        snprintf(name, sizeof name, "1234.abcdef.%d.%u", THREAD, number);
        snprintf(aside, sizeof aside, "%s.aside", scratch_path(&scratch, name));
        rename(aside, scratch_path(&scratch, name));
    }
}

static void (*const losses[])(void) = {limit_files, lose_directory, replace_file};

/* What becomes impossible in the middle of a chunk that the kernel provides in pieces. */
static void record_on_without(void *loss)
{
    enum { SOME = 4000, ALL = 12000 };
    bool all = true;
    for (uint64_t n = 1; n <= SOME; n++)
        all &= record(n);
    child_expect(all && stream.current->ready < stream.current->size, "it has some pieces");
    (*(void (*const *)(void))loss)();
    for (uint64_t n = SOME + 1; n <= ALL; n++)
        all &= record(n);
    child_expect(all && stream.current->ready == stream.current->size, "it has all of them");
}

START_TEST(chunk_that_is_there_is_filled_whatever_has_become_of_files)
{
    uint64_t next = 1, discarded;
    begin(0);
    child_succeeds(record_on_without, (void *)&losses[_i]);
    put_back();
    ck_assert_uint_eq(read_stream(0, &next, &discarded), 3);
    ck_assert_uint_eq(next, 12001);
    end();
}
END_TEST

START_TEST(directory_that_cannot_be_written_ends_recording_quietly)
{
    begin(0);
    record(1);
    stream_close(&stream);
    stream = (struct stream){.thread = THREAD};
    stream_origin.dir = strdup(scratch_path(&scratch, "1234.abcdef.3.0")); /* a file */
    ck_assert(!record(1));
    ck_assert(!record(2));
    ck_assert_int_eq(full_count, 1);
    ck_assert_int_eq(full_error, ENOTDIR);
    free((char *)stream_origin.dir);
    end();
}
END_TEST

/* A handler jumped out of the making of a chunk, or a process of the same number and start died in
 * it. */
START_TEST(half_made_chunk_is_in_nobodys_way)
{
    uint64_t next = 1, discarded;
    begin(0);
    int fd = open(scratch_path(&scratch, ".1234.abcdef.3.0"), O_CREAT | O_WRONLY, 0600);
    ck_assert_int_eq(write(fd, "half", 4), 4);
    close(fd);
    record(1);
    ck_assert_uint_eq(read_stream(0, &next, &discarded), 1);
    end();
}
END_TEST

/* Readers take every visible file for a chunk. */
START_TEST(failed_chunk_leaves_no_file)
{
    begin(0);
    ck_assert_int_eq(mkdir(scratch_path(&scratch, "1234.abcdef.3.0"), 0700), 0);
    ck_assert(!record(1));
    ck_assert_int_eq(full_error, EISDIR);
    ck_assert_int_eq(rmdir(scratch_path(&scratch, "1234.abcdef.3.0")), 0);
    ck_assert_int_eq(rmdir(scratch.path), 0); /* it is empty, hidden files included */
    stream_close(&stream);
}
END_TEST

SUITE("stream", ONCE(a_withdrawn_record_leaves_no_trace),
      ONCE(what_was_padding_is_none_when_the_record_is_withdrawn),
      ONCE(a_record_with_others_behind_it_stays), ONCE(a_record_in_an_older_chunk_stays),
      ONCE(packet_says_whose_it_is), ONCE(files_are_the_users_alone), ONCE(file_has_all_its_blocks),
      ONCE(process_stream_has_its_own_name), ONCE(streams_have_different_instances),
      ONCE(record_is_not_there_before_it_is_committed), ONCE(head_is_filled_in),
      ONCE(content_ends_with_the_last_byte_and_the_next_record_is_aligned),
      ONCE(no_chunk_begins_before_the_one_before_it_ended), ONCE(time_never_goes_back),
      ONCE(what_a_handler_records_meanwhile_is_counted_as_lost),
      ONCE(record_that_was_left_is_lost_and_no_other), ONCE(records_go_on_in_the_next_chunk),
      ONCE(oldest_are_deleted_beyond_the_limit_and_counted),
      ONCE(a_first_chunk_that_is_needed_goes_later),
      EACH(limit_is_kept_to, sizeof limits / sizeof *limits),
      ONCE(record_is_completed_long_after_its_chunk_is_full),
      ONCE(record_is_completed_though_its_file_is_deleted),
      ONCE(pinned_chunks_are_released_in_any_order),
      ONCE(chunk_with_two_open_records_waits_for_both), ONCE(closing_unmaps_everything),
      ONCE(full_chunks_do_not_stay_mapped), ONCE(a_handler_finds_no_chunk_that_is_gone),
      ONCE(killed_process_loses_nothing), ONCE(limit_on_files_ends_recording_quietly),
      EACH(chunk_that_is_there_is_filled_whatever_has_become_of_files,
           sizeof losses / sizeof *losses),
      ONCE(directory_that_cannot_be_written_ends_recording_quietly),
      ONCE(half_made_chunk_is_in_nobodys_way), ONCE(failed_chunk_leaves_no_file))
