/*
 * Damaged traces: a recording of a real program, one thing of which is broken. The report says so
 * in one line, reads the rest, and succeeds; when there is nothing to read, it fails and says why.
 */
#include "expect.h"
#include "scratch.h"
#include "suite.h"

#include <dirent.h>
#include <fcntl.h>
#include <greq/trace_format.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ROUNDS = 6000, CHUNKS = 4, FIRST = CHUNKS - 1 }; /* the first tells of the process too */

static struct scratch scratch;

/* --- a recording --- */

/* The path of the chunk that ends so: ".0.1". */
static const char *find_chunk(const char *end)
{
    static char path[4][400];
    static int next;
    char *found = path[next++ % 4];
    DIR *listing = opendir(scratch_path(&scratch, "trace"));
    ck_assert_ptr_nonnull(listing);
    *found = '\0';
    for (struct dirent *entry; (entry = readdir(listing));) {
        size_t length = strlen(entry->d_name);
        if (length > strlen(end) && !strcmp(entry->d_name + length - strlen(end), end))
            snprintf(found, sizeof path[0], "%s/%s", scratch_path(&scratch, "trace"),
                     entry->d_name);
    }
    closedir(listing);
    ck_assert_msg(*found, "no chunk %s", end);
    return found;
}

/* The first is a small one, and comes last here. */
static const char *chunk(int number)
{
    static const char *const ends[] = {".0.1", ".0.2", ".0.3", ".0.0"};
    return find_chunk(ends[number]);
}

static void begin(void)
{
    char variable[300];
    scratch_make(&scratch);
    snprintf(variable, sizeof variable, "GREQ_TRACE=%s", scratch_path(&scratch, "trace"));
    char rounds[16];
    snprintf(rounds, sizeof rounds, "%d", ROUNDS);
    const struct victim victim = {
        .argv = WORDS("chatter", rounds), .env = WORDS(variable), .preload = true};
    free(expect_success(&victim, NULL));
}

/* --- ways to damage it --- */

static void cut(int number, long size)
{
    ck_assert_int_eq(truncate(chunk(number), size), 0);
}

static void overwrite(int number, long offset, uint32_t value)
{
    int fd = open(chunk(number), O_WRONLY);
    ck_assert_int_eq(pwrite(fd, &value, sizeof value, offset), sizeof value);
    close(fd);
}

static void cut_in_a_record(void)
{
    cut(1, sizeof(struct trace_packet) + 150 * sizeof(struct trace_call) + 10);
}

static void cut_in_its_header(void)
{
    cut(1, 40);
}

static void cut_to_nothing(void)
{
    cut(1, 0);
}

static void flip_a_kind(void)
{
    overwrite(1, sizeof(struct trace_packet) + offsetof(struct trace_record, id), 0x4001);
}

static void flip_the_magic(void)
{
    overwrite(1, 0, 0xC1FC1FC0);
}

static void flip_the_version(void)
{
    overwrite(1, offsetof(struct trace_packet, version), TRACE_FORMAT_VERSION + 64);
}

static void flip_the_size(void)
{
    overwrite(1, offsetof(struct trace_packet, content_bits) + 4, 1);
}

static void flip_what_was_lost(void)
{
    overwrite(1, offsetof(struct trace_packet, events_discarded) + 4, UINT32_MAX);
}

static void remove_one_from_the_middle(void)
{
    ck_assert_int_eq(unlink(chunk(1)), 0);
}

static void remove_what_the_process_said(void)
{
    ck_assert_int_eq(unlink(chunk(FIRST)), 0);
}

static void replace_by_a_fifo(void)
{
    const char *path = chunk(1);
    unlink(path);
    ck_assert_int_eq(mkfifo(path, 0600), 0);
}

static void replace_by_a_link_to_nowhere(void)
{
    const char *path = chunk(1);
    unlink(path);
    ck_assert_int_eq(symlink("/nonexistent/chunk", path), 0);
}

/* Its header says which one it is, and its name nothing. */
static void copy_one(void)
{
    char command[900];
    snprintf(command, sizeof command, "cp %s %s.copy", chunk(1), chunk(1));
    ck_assert_int_eq(system(command), 0);
}

static void swap_two(void)
{
    char other[400];
    snprintf(other, sizeof other, "%s/.other", scratch_path(&scratch, "trace"));
    const char *first = chunk(1), *second = chunk(2);
    ck_assert_int_eq(rename(first, other), 0);
    ck_assert_int_eq(rename(second, first), 0);
    ck_assert_int_eq(rename(other, second), 0);
}

static void add_a_foreign_file(void)
{
    char path[400];
    snprintf(path, sizeof path, "%s/notes.txt", scratch_path(&scratch, "trace"));
    FILE *file = fopen(path, "w");
    for (int i = 0; i < 20; i++)
        fputs("remember the milk\n", file);
    fclose(file);
}

/* --- what the report says --- */

static struct victim_result report(const char *format)
{
    struct victim_result result;
    const struct victim victim = {.argv = WORDS(GREQ_COMMAND, "report", "-f", format, "trace"),
                                  .directory = scratch.path};
    victim_run(&result, &victim);
    expect_that(result.signal == 0 && !result.timed_out, &victim, &result, "it broke");
    return result;
}

static int lines_of(const char *text)
{
    int count = 0;
    for (; *text; text++)
        count += *text == '\n';
    return count;
}

/* How many calls of write() and read() the report has. */
static long calls_in(const char *text)
{
    long count = 0;
    size_t i;
    json_t *root = json_loads(text, 0, NULL), *call;
    ck_assert_msg(root != NULL, "no JSON: %s", text);
    json_array_foreach(json_object_get(root, "calls"), i, call) count +=
        json_integer_value(json_object_get(call, "count"));
    json_decref(root);
    return count;
}

enum { ALL = 2 * ROUNDS };

static const struct damage {
    void (*make)(void);
    const char *complaint; /* NULL: there is nothing to complain of */
    long least, most;      /* of the calls that are left */
} damages[] = {
    {cut_in_a_record, "the last record is cut; what is before it is used", 2 * 1000, ALL - 1000},
    {cut_in_its_header, "cut inside its header, at 40 of 80 bytes", 2 * 1000, ALL - 1000},
    {cut_to_nothing, "empty: nothing was recorded in it", 2 * 1000, ALL - 1000},
    {flip_a_kind, "a record is of no known kind; what is before it is used", 2 * 1000, ALL - 1000},
    {flip_the_magic, "not a chunk of a trace", 2 * 1000, ALL - 1000},
    {flip_the_version, "written by a newer greq", 2 * 1000, ALL - 1000},
    {flip_the_size, "damaged at offset 26", ALL, ALL + 16},
    {flip_what_was_lost, "damaged header: more records are lost than can be", ALL, ALL + 16},
    {remove_one_from_the_middle, "chunks before it are missing (1): what they recorded is lost",
     2 * 1000, ALL - 1000},
    {remove_what_the_process_said, NULL, ALL - 200, ALL},
    {replace_by_a_fifo, "not a regular file", 2 * 1000, ALL - 1000},
    {replace_by_a_link_to_nowhere, "No such file", 2 * 1000, ALL - 1000},
    {copy_one, "left out: it is the same chunk as", ALL, ALL + 16},
    {swap_two, NULL, ALL, ALL + 16},
    {add_a_foreign_file, "notes.txt: not a chunk of a trace", ALL, ALL + 16},
};
enum { DAMAGES = sizeof damages / sizeof *damages };

START_TEST(one_line_tells_of_a_damage_and_the_rest_is_read)
{
    const struct damage *damage = &damages[_i];
    begin();
    damage->make();
    struct victim_result result = report("json");
    ck_assert_msg(result.exit_status == 0, "status %d: %s", result.exit_status, result.err.data);
    ck_assert_msg(lines_of(result.err.data) == (damage->complaint ? 1 : 0), "%s", result.err.data);
    if (damage->complaint)
        ck_assert_msg(strstr(result.err.data, "greq: warning: ") == result.err.data &&
                          strstr(result.err.data, damage->complaint),
                      "%s", result.err.data);
    long calls = calls_in(result.out.data);
    ck_assert_msg(damage->least <= calls && calls <= damage->most, "%ld calls", calls);
    victim_result_free(&result);
    scratch_remove(&scratch);
}
END_TEST

/* --- nothing to read --- */

static void break_all(void)
{
    for (int i = 0; i < CHUNKS; i++)
        cut(i, 0);
}

static void remove_all(void)
{
    for (int i = 0; i < CHUNKS; i++)
        unlink(chunk(i));
}

static void cut_metadata(void)
{
    char path[400];
    snprintf(path, sizeof path, "%s/metadata", scratch_path(&scratch, "trace"));
    ck_assert_int_eq(truncate(path, 200), 0);
}

static const struct {
    void (*make)(void);
    const char *complaint; /* of the last line */
    int lines;
} losses[] = {
    {break_all, "no process recorded anything", CHUNKS + 1},
    {remove_all, "no process recorded anything", 1},
    {cut_metadata, "trace/metadata: ", 1},
};

START_TEST(a_trace_without_anything_to_read_is_refused)
{
    begin();
    losses[_i].make();
    struct victim_result result = report("text");
    ck_assert_msg(result.exit_status == 2, "status %d: %s", result.exit_status, result.err.data);
    ck_assert_str_eq(result.out.data, "");
    ck_assert_msg(strstr(result.err.data, losses[_i].complaint), "%s", result.err.data);
    ck_assert_msg(lines_of(result.err.data) == losses[_i].lines, "%s", result.err.data);
    victim_result_free(&result);
    scratch_remove(&scratch);
}
END_TEST

START_TEST(a_check_of_a_damaged_trace_passes_nothing)
{
    struct victim_result result;
    const struct victim victim = {.argv = WORDS(GREQ_COMMAND, "check", "trace"),
                                  .directory = scratch.path};
    begin();
    remove_one_from_the_middle();
    victim_run(&result, &victim);
    expect_that(result.exit_status == 2, &victim, &result, "it was judged");
    expect_that(strstr(result.out.data, "not measurable") != NULL, &victim, &result,
                "it does not say why");
    victim_result_free(&result);
    scratch_remove(&scratch);
}
END_TEST

SUITE("damaged traces", EACH(one_line_tells_of_a_damage_and_the_rest_is_read, DAMAGES),
      EACH(a_trace_without_anything_to_read_is_refused, sizeof losses / sizeof *losses),
      ONCE(a_check_of_a_damaged_trace_passes_nothing))
