/*
 * The text that describes a trace: one for all processes, and true.
 */
#include "log/metadata.h"

#include "child.h"
#include "real/calls.h"
#include "scratch.h"
#include "suite.h"

#include <errno.h>
#include <greq/trace_format.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* What readers of this version count on. */
_Static_assert(sizeof(struct trace_packet) == 80, "packet");
_Static_assert(sizeof(struct trace_record) == 16, "record");
_Static_assert(sizeof(struct trace_call) == 64, "call");
_Static_assert(sizeof(struct trace_packet) % 8 == 0, "the first record is aligned");

static struct scratch scratch;
static char *text;

static void begin(void)
{
    scratch_make(&scratch);
    ck_assert_int_eq(metadata_write(scratch.path), 0);
    text = scratch_read(scratch_path(&scratch, "metadata"));
    ck_assert_ptr_nonnull(text);
}

static void end(void)
{
    free(text);
    scratch_remove(&scratch);
}

static void overwrite(const char *what)
{
    FILE *file = fopen(scratch_path(&scratch, "metadata"), "w");
    ck_assert_int_ge(fputs(what, file), 0);
    fclose(file);
}

/* Nothing but the file itself: readers take what is visible for chunks. */
static void check_alone(void)
{
    ck_assert_int_eq(remove(scratch_path(&scratch, "metadata")), 0);
    ck_assert_int_eq(rmdir(scratch.path), 0);
    ck_assert_int_eq(mkdir(scratch.path, 0700), 0);
}

/* ---- the file ---- */

START_TEST(same_directory_twice_is_fine)
{
    begin();
    ck_assert_int_eq(metadata_write(scratch.path), 0);
    char *again = scratch_read(scratch_path(&scratch, "metadata"));
    ck_assert_str_eq(again, text);
    free(again);
    check_alone();
    end();
}
END_TEST

START_TEST(another_versions_trace_is_left_alone)
{
    begin();
    strstr(text, "greq_format = ")[strlen("greq_format = ")] = '9';
    overwrite(text);
    ck_assert_int_eq(metadata_write(scratch.path), -1);
    char *after = scratch_read(scratch_path(&scratch, "metadata"));
    ck_assert_str_eq(after, text);
    free(after);
    check_alone();
    end();
}
END_TEST

/* Cut, or with something behind it, it is not the same. */
START_TEST(text_of_another_length_is_another_version)
{
    begin();
    char *longer = malloc(strlen(text) + 2);
    strcat(strcpy(longer, text), "\n");
    overwrite(longer);
    ck_assert_int_eq(metadata_write(scratch.path), -1);
    longer[strlen(text) - 1] = '\0';
    overwrite(longer);
    ck_assert_int_eq(metadata_write(scratch.path), -1);
    overwrite("");
    ck_assert_int_eq(metadata_write(scratch.path), -1);
    free(longer);
    end();
}
END_TEST

START_TEST(many_processes_at_once_agree_on_one)
{
    enum { PROCESSES = 12 };
    begin();
    check_alone();
    for (int i = 0; i < PROCESSES; i++)
        if (fork() == 0)
            _exit(metadata_write(scratch.path) != 0);
    for (int i = 0, status; i < PROCESSES; i++) {
        ck_assert_int_gt(wait(&status), 0);
        ck_assert_int_eq(status, 0);
    }
    char *result = scratch_read(scratch_path(&scratch, "metadata"));
    ck_assert_str_eq(result, text);
    free(result);
    check_alone();
    end();
}
END_TEST

START_TEST(directory_that_is_none_says_why)
{
    begin();
    ck_assert_int_eq(metadata_write(scratch_path(&scratch, "absent")), ENOENT);
    ck_assert_int_eq(metadata_write(scratch_path(&scratch, "metadata")), ENOTDIR);
    end();
}
END_TEST

/* As stream.h promises it for chunks. */
static void write_beyond_the_limit(void *limit)
{
    struct rlimit little = {*(rlim_t *)limit, RLIM_INFINITY};
    signal(SIGXFSZ, SIG_DFL);
    child_expect(setrlimit(RLIMIT_FSIZE, &little) == 0, "a limit");
    child_expect(metadata_write(scratch.path) > 0, "an error");
}

static const rlim_t limits[] = {0, 1, 4096};

START_TEST(limit_on_files_is_an_error_and_no_signal)
{
    rlim_t limit = limits[_i];
    begin();
    check_alone();
    child_succeeds(write_beyond_the_limit, &limit);
    overwrite("");
    check_alone();
    end();
}
END_TEST

/* ---- what it says ---- */

START_TEST(format_is_the_contracts_version)
{
    begin();
    const char *format = strstr(text, "greq_format = ");
    ck_assert_ptr_nonnull(format);
    ck_assert_int_eq(atoi(format + strlen("greq_format = ")), TRACE_FORMAT_VERSION);
    end();
}
END_TEST

/* _i: a call's number. */
START_TEST(calls_have_the_numbers_that_are_recorded)
{
    char line[100];
    begin();
    for (int id = 0; id < CALL_COUNT; id++) {
        snprintf(line, sizeof line, "\n    \"%.26s\" = %d,\n", call_infos[id].name, id);
        ck_assert_msg(strstr(text, line) != NULL, "no line %s", line);
    }
    end();
}
END_TEST

START_TEST(it_begins_as_ctf_readers_expect)
{
    begin();
    ck_assert_ptr_eq(strstr(text, "/* CTF 1.8 */\n"), text);
    end();
}
END_TEST

/* ---- the layout of each record ---- */

struct field {
    const char *name;
    size_t offset, size; /* size 0: to the end */
};

#define FIELD(name, structure, member)                                                       \
    {                                                                                        \
        name, offsetof(struct structure, member), sizeof(((struct structure *)NULL)->member) \
    }
#define TAIL(name, structure, member)               \
    {                                               \
        name, offsetof(struct structure, member), 0 \
    }
#define WATCHED(name, member)                                                      \
    {                                                                              \
        name, sizeof(struct trace_watch) + offsetof(struct trace_watched, member), \
            sizeof(((struct trace_watched *)NULL)->member)                         \
    }
#define UNREAD(name, member)                                                            \
    {                                                                                   \
        name, sizeof(struct trace_unread) + offsetof(struct trace_unread_item, member), \
            sizeof(((struct trace_unread_item *)NULL)->member)                          \
    }

/* The groups of fields, by the text that opens them, in the text's order. */
static const struct group {
    const char *opening;
    size_t begin; /* where its first field is */
    struct field fields[16];
} groups[] = {
    {"packet.header := struct {",
     0,
     {FIELD("magic", trace_packet, magic), FIELD("stream_id", trace_packet, stream_id),
      FIELD("stream_instance_id", trace_packet, instance)}},
    {"packet.context := struct {",
     offsetof(struct trace_packet, content_bits),
     {FIELD("content_size", trace_packet, content_bits),
      FIELD("packet_size", trace_packet, packet_bits),
      FIELD("timestamp_begin", trace_packet, begin),
      FIELD("events_discarded", trace_packet, events_discarded),
      FIELD("process_start", trace_packet, process_start), FIELD("pid", trace_packet, pid),
      FIELD("tid", trace_packet, tid), FIELD("thread", trace_packet, thread),
      FIELD("chunk", trace_packet, chunk), FIELD("version", trace_packet, version),
      FIELD("flags", trace_packet, flags)}},
    {"event.header := struct {",
     0,
     {FIELD("timestamp", trace_record, time), FIELD("id", trace_record, id)}},
    {"event.context := struct {",
     offsetof(struct trace_record, task),
     {FIELD("task", trace_record, task)}},
    {"id = 1;\n    name = \"call\";\n    stream_id = 0;\n    fields := struct {",
     sizeof(struct trace_record),
     {FIELD("duration", trace_call, duration), FIELD("parked", trace_call, parked),
      FIELD("result", trace_call, result), FIELD("caller", trace_call, caller),
      FIELD("fd", trace_call, fd), FIELD("error", trace_call, error),
      FIELD("call", trace_call, call), FIELD("flags", trace_call, flags),
      FIELD("refusal", trace_call, refusal), FIELD("reserved", trace_call, reserved)}},
    {"id = 2;\n    name = \"long_call\";\n    stream_id = 0;\n    fields := struct {",
     sizeof(struct trace_record),
     {FIELD("call_begin", trace_long_call, call_begin), FIELD("cpu", trace_long_call, cpu),
      FIELD("queued", trace_long_call, queued), FIELD("frame_count", trace_long_call, frame_count),
      FIELD("frames[frame_count]", trace_long_call, frames[0])}},
    {"id = 3;\n    name = \"watch\";\n    stream_id = 0;\n    fields := struct {",
     sizeof(struct trace_record),
     {FIELD("call_begin", trace_watch, call_begin), FIELD("total", trace_watch, total),
      FIELD("count", trace_watch, count), WATCHED("fd", fd), WATCHED("events", events)}},
    {"id = 4;\n    name = \"peer\";\n    stream_id = 0;\n    fields := struct {",
     sizeof(struct trace_record),
     {FIELD("fd", trace_peer, fd), FIELD("role", trace_peer, role),
      TAIL("text", trace_peer, text)}},
    {"id = 5;\n    name = \"name\";\n    stream_id = 0;\n    fields := struct {",
     sizeof(struct trace_record),
     {FIELD("call_begin", trace_name, call_begin), TAIL("text", trace_name, text)}},
    {"id = 6;\n    name = \"idle\";\n    stream_id = 0;\n    fields := struct {",
     sizeof(struct trace_record),
     {FIELD("duration", trace_idle, duration)}},
    {"id = 7;\n    name = \"task_start\";\n    stream_id = 0;\n    fields := struct {",
     sizeof(struct trace_record),
     {FIELD("function", trace_task_start, function), FIELD("parent", trace_task_start, parent),
      FIELD("reserved", trace_task_start, reserved)}},
    {"id = 9;\n    name = \"thread_start\";\n    stream_id = 0;\n    fields := struct {",
     sizeof(struct trace_record),
     {TAIL("text", trace_thread_start, text)}},
    {"id = 10;\n    name = \"thread_end\";\n    stream_id = 0;\n    fields := struct {",
     sizeof(struct trace_record),
     {FIELD("cpu", trace_thread_end, cpu)}},
    {"id = 11;\n    name = \"process_start\";\n    stream_id = 0;\n    fields := struct {",
     sizeof(struct trace_record),
     {FIELD("realtime", trace_process_start, realtime),
      FIELD("parent_pid", trace_process_start, parent_pid),
      FIELD("cooperative", trace_process_start, cooperative),
      TAIL("program", trace_process_start, text), TAIL("command", trace_process_start, text)}},
    {"id = 12;\n    name = \"process_end\";\n    stream_id = 0;\n    fields := struct {",
     sizeof(struct trace_record),
     {FIELD("cpu", trace_process_end, cpu), FIELD("tasks", trace_process_end, tasks),
      FIELD("dropped", trace_process_end, dropped)}},
    {"id = 13;\n    name = \"module\";\n    stream_id = 0;\n    fields := struct {",
     sizeof(struct trace_record),
     {FIELD("base", trace_module, base), FIELD("begin", trace_module, begin),
      FIELD("end", trace_module, end), TAIL("path", trace_module, text)}},
    {"id = 14;\n    name = \"python_stack\";\n    stream_id = 0;\n    fields := struct {",
     sizeof(struct trace_record),
     {FIELD("call_begin", trace_python_stack, call_begin), TAIL("text", trace_python_stack, text)}},
    {"id = 15;\n    name = \"lock\";\n    stream_id = 0;\n    fields := struct {",
     sizeof(struct trace_record),
     {FIELD("call_begin", trace_lock, call_begin), FIELD("address", trace_lock, address),
      FIELD("holder", trace_lock, holder), FIELD("waker", trace_lock, waker)}},
    {"id = 16;\n    name = \"epoll\";\n    stream_id = 0;\n    fields := struct {",
     sizeof(struct trace_record),
     {FIELD("epoll", trace_epoll, epoll), FIELD("fd", trace_epoll, fd),
      FIELD("op", trace_epoll, op), FIELD("events", trace_epoll, events)}},
    {"id = 17;\n    name = \"unread\";\n    stream_id = 0;\n    fields := struct {",
     sizeof(struct trace_record),
     {FIELD("call_begin", trace_unread, call_begin), FIELD("reason", trace_unread, reason),
      FIELD("count", trace_unread, count), UNREAD("fd", fd), UNREAD("bytes", bytes),
      UNREAD("age", age)}},
    {"id = 18;\n    name = \"count\";\n    stream_id = 0;\n    fields := struct {",
     sizeof(struct trace_record),
     {FIELD("count", trace_count, count), TAIL("text", trace_count, text)}},
    {"id = 19;\n    name = \"refuser\";\n    stream_id = 0;\n    fields := struct {",
     sizeof(struct trace_record),
     {FIELD("call_begin", trace_refuser, call_begin), TAIL("module", trace_refuser, text)}},
    {"id = 20;\n    name = \"address\";\n    stream_id = 0;\n    fields := struct {",
     sizeof(struct trace_record),
     {FIELD("call_begin", trace_address, call_begin), TAIL("address", trace_address, text)}},
    {"id = 21;\n    name = \"sample\";\n    stream_id = 0;\n    fields := struct {",
     sizeof(struct trace_record),
     {FIELD("cpu", trace_sample, cpu), FIELD("run_queue", trace_sample, run_queue),
      FIELD("tid", trace_sample, tid), FIELD("reason", trace_sample, reason),
      FIELD("before", trace_sample, before), FIELD("fd", trace_sample, fd),
      FIELD("frame_count", trace_sample, frame_count),
      FIELD("frames[frame_count]", trace_sample, frames[0])}},
    {"id = 22;\n    name = \"http\";\n    stream_id = 0;\n    fields := struct {",
     sizeof(struct trace_record),
     {FIELD("fd", trace_http, fd), FIELD("what", trace_http, what),
      FIELD("status", trace_http, status), TAIL("text", trace_http, text)}},
    {"id = 23;\n    name = \"file_lock\";\n    stream_id = 0;\n    fields := struct {",
     sizeof(struct trace_record),
     {FIELD("call_begin", trace_file_lock, call_begin), FIELD("device", trace_file_lock, device),
      FIELD("inode", trace_file_lock, inode), FIELD("holder", trace_file_lock, holder),
      FIELD("waited", trace_file_lock, waited), TAIL("path", trace_file_lock, text)}},
    {"id = 24;\n    name = \"channel\";\n    stream_id = 0;\n    fields := struct {",
     sizeof(struct trace_record),
     {FIELD("reads", trace_channel, reads), FIELD("writes", trace_channel, writes)}},
    {"id = 25;\n    name = \"timer\";\n    stream_id = 0;\n    fields := struct {",
     sizeof(struct trace_record),
     {FIELD("due", trace_timer, due), FIELD("interval", trace_timer, interval),
      FIELD("fd", trace_timer, fd), FIELD("reserved", trace_timer, reserved)}},
    {"id = 26;\n    name = \"shared\";\n    stream_id = 0;\n    fields := struct {",
     sizeof(struct trace_record),
     {FIELD("call_begin", trace_shared, call_begin),
      FIELD("other_begin", trace_shared, other_begin),
      FIELD("other_task", trace_shared, other_task), FIELD("fd", trace_shared, fd),
      FIELD("what", trace_shared, what), FIELD("reserved", trace_shared, reserved)}},
    {"id = 27;\n    name = \"task_name\";\n    stream_id = 0;\n    fields := struct {",
     sizeof(struct trace_record),
     {FIELD("call_begin", trace_task_name, call_begin), TAIL("text", trace_task_name, text)}},
    {"id = 28;\n    name = \"host\";\n    stream_id = 0;\n    fields := struct {",
     sizeof(struct trace_record),
     {TAIL("text", trace_host, text)}},
    {"id = 29;\n    name = \"mark\";\n    stream_id = 0;\n    fields := struct {",
     sizeof(struct trace_record),
     {TAIL("text", trace_mark, text)}},
    {"id = 30;\n    name = \"descriptor\";\n    stream_id = 0;\n    fields := struct {",
     sizeof(struct trace_record),
     {FIELD("fd", trace_descriptor, fd), FIELD("what", trace_descriptor, what),
      TAIL("text", trace_descriptor, text)}},
    {"id = 31;\n    name = \"mutex\";\n    stream_id = 0;\n    fields := struct {",
     sizeof(struct trace_record),
     {FIELD("call_begin", trace_mutex, call_begin), FIELD("address", trace_mutex, address),
      FIELD("limited", trace_mutex, limited), FIELD("reserved", trace_mutex, reserved)}},
};
enum { GROUPS = sizeof groups / sizeof *groups };

static size_t size_of_type(const char *type)
{
    static const struct {
        const char *name;
        size_t size;
    } types[] = {{"uint16_t", 2},  {"enum call_name", 2}, {"enum call_refusal", 2}, {"uint32_t", 4},
                 {"int32_t", 4},   {"uint64_t", 8},       {"int64_t", 8},           {"ns_t", 8},
                 {"address_t", 8}, {"string", 0}};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcmp(types[i].name, type) == 0)
            return types[i].size;
    ck_abort_msg("a type that the structs do not have: %s", type);
    return 0;
}

/* Splits "    type name;". Returns false for the lines around a group within the group. */
static bool parse_field(char *line, char **type, char **name)
{
    char *semicolon = strchr(line, ';'), *blank;
    line += strspn(line, " ");
    if (!semicolon || *line == '}')
        return false;
    *semicolon = '\0';
    blank = strrchr(line, ' ');
    *blank = '\0';
    *type = line;
    *name = blank + 1;
    return true;
}

/* Compares the lines of a group with its fields, offsets counted as CTF counts them. */
static void check_group(char *lines, const struct group *group)
{
    const struct field *field = group->fields;
    size_t offset = group->begin;
    for (char *line, *type, *name; (line = strsep(&lines, "\n")) && strstr(line, "};") == NULL;) {
        if (!parse_field(line, &type, &name))
            continue;
        size_t size = size_of_type(type);
        offset = size ? (offset + size - 1) / size * size : offset;
        ck_assert_msg(field->name && strcmp(name, field->name) == 0, "%s: it has %s, not %s",
                      group->opening, name, field->name);
        ck_assert_msg(offset == field->offset && size == field->size,
                      "%s: %s is at %zu, not at %zu", group->opening, name, offset, field->offset);
        offset += size;
        field++;
    }
    ck_assert_msg(!field->name, "%s: %s is missing", group->opening, field->name);
}

START_TEST(fields_are_where_the_structs_have_them)
{
    const struct group *group = &groups[_i];
    begin();
    char *opening = strstr(text, group->opening);
    ck_assert_msg(opening != NULL, "no %s", group->opening);
    check_group(opening + strlen(group->opening) + 1, group);
    end();
}
END_TEST

static int count_of(const char *word)
{
    int count = 0;
    for (const char *at = text; (at = strstr(at, word)); at += strlen(word))
        count++;
    return count;
}

START_TEST(every_event_is_described)
{
    begin();
    ck_assert_int_eq(count_of("\nevent {"), TRACE_MUTEX);
    ck_assert_int_eq(count_of(":= struct {"), GROUPS);
    ck_assert_ptr_nonnull(
        strstr(text, "id = 8;\n    name = \"task_end\";\n    stream_id = 0;\n};"));
    end();
}
END_TEST

SUITE("metadata", ONCE(same_directory_twice_is_fine), ONCE(another_versions_trace_is_left_alone),
      ONCE(text_of_another_length_is_another_version), ONCE(many_processes_at_once_agree_on_one),
      ONCE(directory_that_is_none_says_why),
      EACH(limit_on_files_is_an_error_and_no_signal, sizeof limits / sizeof *limits),
      ONCE(format_is_the_contracts_version), ONCE(calls_have_the_numbers_that_are_recorded),
      ONCE(it_begins_as_ctf_readers_expect), EACH(fields_are_where_the_structs_have_them, GROUPS),
      ONCE(every_event_is_described))
