/*
 * GREQ_TRACE: what babeltrace2, which shares no code with us, finds in a trace; and that nothing a
 * trace meets with (kill, a full disk, a limit) harms the program or what has been recorded.
 */
#include "expect.h"
#include "peer.h"
#include "scratch.h"
#include "suite.h"
#include "trace_text.h"

#include <dirent.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static struct scratch scratch;
static char trace_variable[256]; /* GREQ_TRACE=... */

static const char *trace_dir(void)
{
    return strchr(trace_variable, '=') + 1;
}

static void trace_begin(const char *name)
{
    scratch_make(&scratch);
    snprintf(trace_variable, sizeof trace_variable, "GREQ_TRACE=%s", scratch_path(&scratch, name));
}

static void trace_end(void)
{
    scratch_remove(&scratch);
}

/* ---- what is in it ---- */

static void record(struct victim victim)
{
    victim.preload = true;
    free(expect_success(&victim, NULL));
}

START_TEST(every_call_is_there)
{
    struct victim_result text;
    trace_begin("trace");
    record((struct victim){.argv = WORDS("chatter", "5000"), .env = WORDS(trace_variable)});
    trace_text_read(&text, trace_dir());
    ck_assert_int_eq(trace_text_count_calls(&text, "write"), 5000);
    ck_assert_int_eq(trace_text_count_calls(&text, "read"), 5000);
    ck_assert_int_eq(trace_text_count(&text, " process_start: "), 1);
    ck_assert_int_eq(trace_text_count(&text, " process_end: "), 1);
    ck_assert_msg(strstr(text.out.data, "/chatter"), "no program");
    ck_assert_msg(strstr(text.out.data, "libc.so.6"), "no module");
    victim_result_free(&text);
    trace_end();
}
END_TEST

START_TEST(tasks_and_waits_are_there)
{
    static const char *const patches[] = {"GREQ_PATCH=all", "GREQ_PATCH=none"};
    static const int tasks[] = {10, 0};
    struct victim_result text;
    trace_begin("trace");
    peer_start();
    record((struct victim){.argv = WORDS("overlap_receive", "recv", "10", "20"),
                           .env = WORDS(trace_variable, patches[_i])});
    peer_stop();
    trace_text_read(&text, trace_dir());
    ck_assert_int_eq(trace_text_count_calls(&text, "recv"), 10);
    ck_assert_int_eq(trace_text_count_calls(&text, "connect"), 10);
    ck_assert_int_eq(trace_text_count(&text, " peer: "), 10);
    ck_assert_int_ge(trace_text_count(&text, " long_call: "), 10);
    ck_assert_int_eq(trace_text_count(&text, " task_start: "), tasks[_i]);
    ck_assert_int_eq(trace_text_count(&text, " task_end: "), tasks[_i]);
    victim_result_free(&text);
    trace_end();
}
END_TEST

/* babeltrace2 shows the text of an earlier event in the place of an empty one. */
static void expect_marks(const struct victim_result *text, const char *name, int count)
{
    char what[64];
    snprintf(what, sizeof what, "text = \"%s\" }", name);
    ck_assert_msg(trace_text_count(text, what) >= count, "%s: %d times, not %d", name,
                  trace_text_count(text, what), count);
}

START_TEST(marks_are_there)
{
    struct victim_result text;
    trace_begin("trace");
    record((struct victim){.argv = WORDS("marks"), .env = WORDS(trace_variable)});
    trace_text_read(&text, trace_dir());
    expect_marks(&text, "alone", 2);
    expect_marks(&text, "with tasks", 1);
    expect_marks(&text, "visit", 2);
    ck_assert_int_eq(trace_text_count(&text, " mark: { "), 10); /* with those that end a part */
    victim_result_free(&text);
    trace_end();
}
END_TEST

/* Whose descriptor a duplicate is, however it was made. */
START_TEST(duplicates_are_there)
{
    struct victim_result text;
    trace_begin("trace");
    peer_start();
    record((struct victim){.argv = WORDS("duplicates"), .env = WORDS(trace_variable)});
    peer_stop();
    trace_text_read(&text, trace_dir());
    /* Twice: three by dup, and two by fcntl, which is tried on a bad descriptor each time too. */
    ck_assert_int_eq(trace_text_count_calls(&text, "dup"), 2 * (3 + 2 * 2));
    victim_result_free(&text);
    trace_end();
}
END_TEST

static void expect_descriptor(const struct victim_result *text, const char *what, int count)
{
    char pattern[512];
    snprintf(pattern, sizeof pattern, "what = 1, text = \"%s", what);
    ck_assert_msg(trace_text_count(text, pattern) == count, "%d times %s, and not %d",
                  trace_text_count(text, pattern), what, count);
}

/* Once, until its number is another file's, or another process's or thread's. */
START_TEST(what_a_descriptor_is_is_told_once)
{
    struct victim_result text;
    char a[512], b[512];
    trace_begin("trace");
    snprintf(a, sizeof a, "%s", scratch_path(&scratch, "a"));
    snprintf(b, sizeof b, "%s", scratch_path(&scratch, "b"));
    struct victim victim = {
        .argv = WORDS("named", a, b), .env = WORDS(trace_variable), .preload = true};
    char *facts = expect_success(&victim, NULL);
    ck_assert_str_eq(facts, "errno is EDOM\nerrno is EDOM\nthe same number: 1\nerrno is EDOM\n"
                            "the same number: 1\nerrno is EDOM\n");
    free(facts);
    trace_text_read(&text, trace_dir());
    expect_descriptor(&text, a, 2);
    expect_descriptor(&text, b, 1);
    expect_descriptor(&text, "anon_inode:[eventpoll]", 1);
    expect_descriptor(&text, "anon_inode:[timerfd]", 5);
    expect_descriptor(&text, "socket:[", 1);
    victim_result_free(&text);
    trace_end();
}
END_TEST

/* Nobody is asked who is not there any more, also not by the last record. */
START_TEST(python_may_be_unloaded)
{
    char library[512];
    trace_begin("trace");
    snprintf(library, sizeof library, "%s", victim_path("libfake_python.so"));
    record(
        (struct victim){.argv = WORDS("python_unloaded", library), .env = WORDS(trace_variable)});
    trace_end();
}
END_TEST

/* What a thread has used is told before it becomes another program, but not before each of the 200
 * attempts in a search for it: these are milliseconds in all. */
START_TEST(a_search_for_a_program_is_sampled_once)
{
    struct victim_result text;
    trace_begin("trace");
    record((struct victim){.argv = WORDS("exec_search"), .env = WORDS(trace_variable)});
    trace_text_read(&text, trace_dir());
    int count = trace_text_count(&text, "before = ( \"execve\"");
    ck_assert_int_ge(count, 1);
    ck_assert_int_lt(count, 100);
    victim_result_free(&text);
    trace_end();
}
END_TEST

/* At the end of the process, though the main thread has the only stream. */
START_TEST(what_an_unseen_thread_used_is_there)
{
    struct victim_result text;
    trace_begin("trace");
    record((struct victim){.argv = WORDS("unseen_thread"), .env = WORDS(trace_variable)});
    trace_text_read(&text, trace_dir());
    int threads = access("/proc/self/schedstat", R_OK) == 0 ? 2 : 0;
    ck_assert_int_eq(trace_text_count(&text, "reason = 3"), threads);
    victim_result_free(&text);
    trace_end();
}
END_TEST

/* It shares its parent's memory, and so its trace, but no descriptors. */
START_TEST(what_a_child_of_vfork_closes_its_parent_keeps)
{
    struct victim_result text;
    trace_begin("trace");
    record((struct victim){.argv = WORDS("vfork_closes"), .env = WORDS(trace_variable)});
    trace_text_read(&text, trace_dir());
    ck_assert_int_eq(trace_text_count_calls(&text, "close"), 1);
    ck_assert_int_eq(trace_text_count_calls(&text, "dup2"), 0);
    victim_result_free(&text);
    trace_end();
}
END_TEST

/* A sanitizer's runtime needs variables itself. */
START_TEST(children_without_variables_end_as_alone)
{
    const char *const *argv = WORDS("no_variables");
    expect_same(argv);
    trace_begin("trace");
    struct victim alone = {.argv = argv};
    struct victim recorded = {.argv = argv, .env = WORDS(trace_variable), .preload = true};
    char *truth = expect_success(&alone, NULL), *facts = expect_success(&recorded, NULL);
    expect_same_facts(argv, truth, facts);
    free(truth);
    free(facts);
    trace_end();
}
END_TEST

/* Its waits for a futex are there, not patched, and nobody is said to have it. */
START_TEST(waits_by_syscall_are_there)
{
    struct victim_result text;
    trace_begin("trace");
    record((struct victim){.argv = WORDS("raw_calls"), .env = WORDS(trace_variable)});
    trace_text_read(&text, trace_dir());
    int waits = trace_text_count_calls(&text, "syscall");
    ck_assert_int_ge(waits, 4 * 2 + 1);
    ck_assert_int_eq(trace_text_count(&text, " lock: "), waits);
    ck_assert_int_eq(trace_text_count(&text, "holder = 0, waker = 0"), waits);
    victim_result_free(&text);
    trace_end();
}
END_TEST

/* It is no call inside of the one that was left. */
START_TEST(the_call_after_one_that_was_left_is_there)
{
    struct victim_result text;
    trace_begin("trace");
    record((struct victim){.argv = WORDS("left_call"), .env = WORDS(trace_variable)});
    trace_text_read(&text, trace_dir());
    ck_assert_int_eq(trace_text_count_calls(&text, "poll"), 1);
    ck_assert_int_eq(trace_text_count_calls(&text, "usleep"), 1);
    victim_result_free(&text);
    trace_end();
}
END_TEST

/* A forked child that makes no call has no trace, and leaves its parent's alone. */
START_TEST(a_quiet_child_ends_nothing)
{
    struct victim_result text;
    trace_begin("trace");
    record((struct victim){.argv = WORDS("quiet_child"), .env = WORDS(trace_variable)});
    trace_text_read(&text, trace_dir());
    ck_assert_int_eq(trace_text_count(&text, " process_start: "), 1);
    ck_assert_int_eq(trace_text_count(&text, " process_end: "), 1);
    ck_assert_int_eq(trace_text_count_calls(&text, "recv"), 4);
    victim_result_free(&text);
    trace_end();
}
END_TEST

/* Nor does one that leaves a call which its parent has begun. */
START_TEST(a_child_made_in_a_call_ends_nothing)
{
    struct victim_result text;
    trace_begin("trace");
    record((struct victim){.argv = WORDS("fork_in_handler"), .env = WORDS(trace_variable)});
    trace_text_read(&text, trace_dir());
    ck_assert_int_eq(trace_text_count_calls(&text, "ppoll"), 1);
    ck_assert_int_eq(trace_text_count_calls(&text, "usleep"), 5);
    victim_result_free(&text);
    trace_end();
}
END_TEST

START_TEST(folder_is_private)
{
    struct stat status;
    trace_begin("trace");
    record((struct victim){.argv = WORDS("chatter", "1"), .env = WORDS(trace_variable)});
    ck_assert_int_eq(stat(trace_dir(), &status), 0);
    ck_assert_int_eq(status.st_mode & 0777, 0700);
    DIR *dir = opendir(trace_dir());
    for (struct dirent *entry; (entry = readdir(dir));)
        if (fstatat(dirfd(dir), entry->d_name, &status, 0) == 0 && S_ISREG(status.st_mode))
            ck_assert_msg((status.st_mode & 0777) == 0600, "%s has mode %o", entry->d_name,
                          status.st_mode & 0777);
    closedir(dir);
    trace_end();
}
END_TEST

START_TEST(relative_path)
{
    struct victim_result text;
    trace_begin("trace");
    record((struct victim){.argv = WORDS("chatter", "10", "chdir"),
                           .env = WORDS("GREQ_TRACE=trace"),
                           .directory = scratch.path});
    trace_text_read(&text, trace_dir());
    ck_assert_int_eq(trace_text_count_calls(&text, "read"), 10);
    victim_result_free(&text);
    trace_end();
}
END_TEST

/* ---- many at once ---- */

START_TEST(several_processes)
{
    char script[1024], path[256];
    struct victim_result text;
    strcpy(path, victim_path("chatter"));
    snprintf(script, sizeof script, "%s 100 & %s 200 & exec %s 300 & wait", path, path, path);
    trace_begin("trace");
    record((struct victim){.argv = WORDS("/bin/bash", "-c", script), .env = WORDS(trace_variable)});
    trace_text_read(&text, trace_dir());
    ck_assert_int_ge(trace_text_count_calls(&text, "write"), 600);
    ck_assert_int_ge(trace_text_count_calls(&text, "read"), 600);
    ck_assert_int_ge(trace_text_count(&text, " process_start: "), 4);
    victim_result_free(&text);
    trace_end();
}
END_TEST

START_TEST(several_threads)
{
    struct victim_result text;
    trace_begin("trace");
    record((struct victim){.argv = WORDS("api_threads"), .env = WORDS(trace_variable)});
    trace_text_read(&text, trace_dir());
    ck_assert_int_ge(trace_text_count_calls(&text, "usleep"), 4 * 10);
    ck_assert_int_ge(trace_text_count(&text, " thread_start: "), 5);
    victim_result_free(&text);
    trace_end();
}
END_TEST

START_TEST(forked_children)
{
    struct victim_result text;
    trace_begin("trace");
    peer_start();
    record((struct victim){.argv = WORDS("api_fork"), .env = WORDS(trace_variable)});
    peer_stop();
    trace_text_read(&text, trace_dir());
    /* Twice five in the parent, five in the child. */
    ck_assert_int_eq(trace_text_count_calls(&text, "recv"), 15);
    ck_assert_int_eq(trace_text_count(&text, " process_start: "), 2);
    victim_result_free(&text);
    trace_end();
}
END_TEST

/* What the child does first is in its own trace, and nothing of it in its parent's. */
START_TEST(a_childs_first_connection_is_its_own)
{
    struct victim_result text;
    trace_begin("trace");
    record((struct victim){.argv = WORDS("connecting_child"), .env = WORDS(trace_variable)});
    trace_text_read(&text, trace_dir());
    ck_assert_int_eq(trace_text_count(&text, " process_start: "), 2);
    ck_assert_int_eq(trace_text_count(&text, " peer: "), 1);
    ck_assert_int_eq(trace_text_count(&text, "\"127.0.0.1:9\""), 1);
    victim_result_free(&text);
    trace_end();
}
END_TEST

START_TEST(a_task_that_ends_in_a_child_ends_once_in_each)
{
    struct victim_result text;
    trace_begin("trace");
    record((struct victim){.argv = WORDS("api_fork_end"), .env = WORDS(trace_variable)});
    trace_text_read(&text, trace_dir());
    ck_assert_int_eq(trace_text_count(&text, " process_start: "), 2);
    ck_assert_int_eq(trace_text_count(&text, " task_start: "), 4);
    ck_assert_int_eq(trace_text_count(&text, " task_end: "), 5);
    victim_result_free(&text);
    trace_end();
}
END_TEST

/* Not one of whoever has become its parent: its addresses are of modules that others have named. */
START_TEST(orphan_is_a_fork_of_who_forked_it)
{
    struct victim_result text;
    char first[64];
    unsigned pid = 0;
    trace_begin("trace");
    record((struct victim){.argv = WORDS("orphan"), .env = WORDS(trace_variable)});
    trace_text_read(&text, trace_dir());
    ck_assert_int_eq(trace_text_count(&text, " process_start: "), 3);
    ck_assert_int_eq(trace_text_count_calls(&text, "usleep"), 1);
    ck_assert_int_eq(sscanf(strstr(text.out.data, " pid = "), " pid = %u", &pid), 1);
    snprintf(first, sizeof first, " parent_pid = %u,", pid);
    ck_assert_int_eq(trace_text_count(&text, first), 1);
    victim_result_free(&text);
    trace_end();
}
END_TEST

struct cost {
    int files;
    long long bytes;
};

static struct cost cost_of_trace(void)
{
    struct cost cost = {0};
    char path[512];
    struct dirent *entry;
    struct stat status;
    DIR *directory = opendir(trace_dir());
    ck_assert_ptr_nonnull(directory);
    while ((entry = readdir(directory))) {
        if (*entry->d_name < '0' || *entry->d_name > '9')
            continue;
        snprintf(path, sizeof path, "%s/%s", trace_dir(), entry->d_name);
        ck_assert_int_eq(stat(path, &status), 0);
        cost.files++;
        cost.bytes += status.st_size;
    }
    closedir(directory);
    return cost;
}

/* A process and the child that it forks. */
START_TEST(process_that_does_little_costs_little)
{
    struct victim_result text;
    trace_begin("trace");
    record((struct victim){.argv = WORDS("writing_child", "3"), .env = WORDS(trace_variable)});
    struct cost cost = cost_of_trace();
    ck_assert_int_eq(cost.files, 2);
    ck_assert_int_le(cost.bytes, 2 * 8192);
    trace_text_read(&text, trace_dir());
    ck_assert_int_eq(trace_text_count(&text, " process_start: "), 2);
    ck_assert_int_eq(trace_text_count(&text, " host: "), 1);
    ck_assert_int_gt(trace_text_count(&text, " module: "), 2);
    ck_assert_int_eq(trace_text_count(&text, " process_end: "), 2);
    ck_assert_int_eq(trace_text_count_calls(&text, "write"), 3);
    victim_result_free(&text);
    trace_end();
}
END_TEST

/* Its first chunk has been deleted by then. */
START_TEST(child_that_does_much_is_still_known)
{
    struct victim_result text;
    trace_begin("trace");
    record((struct victim){.argv = WORDS("writing_child", "5000"),
                           .env = WORDS(trace_variable, "GREQ_TRACE_LIMIT=64K")});
    trace_text_read(&text, trace_dir());
    ck_assert_int_lt(trace_text_count_calls(&text, "write"), 5000);
    ck_assert_int_eq(trace_text_count(&text, " process_start: "), 2);
    ck_assert_int_eq(trace_text_count(&text, " process_end: "), 2);
    victim_result_free(&text);
    trace_end();
}
END_TEST

/* ---- sudden ends ---- */

START_TEST(killed_in_mid_flight)
{
    struct victim victim = {
        .argv = WORDS("chatter", "5000", "hang"), .env = WORDS(trace_variable), .preload = true};
    struct victim_running running;
    struct victim_result result, text;
    trace_begin("trace");
    victim_start(&running, &victim);
    free(victim_wait_line(&running, "hanging"));
    usleep(50000); /* it has said so before it hangs */
    kill(running.pid, SIGKILL);
    victim_finish(&running, &result);
    ck_assert_int_eq(result.signal, SIGKILL);
    trace_text_read(&text, trace_dir());
    ck_assert_int_eq(trace_text_count_calls(&text, "write"), 5000);
    ck_assert_int_eq(trace_text_count_calls(&text, "read"), 5001);
    ck_assert_int_eq(trace_text_count(&text, "duration = 18446744073709551615"), 1);
    ck_assert_int_eq(trace_text_count(&text, " process_end: "), 0);
    victim_result_free(&text);
    victim_result_free(&result);
    trace_end();
}
END_TEST

START_TEST(killed_anywhere)
{
    struct victim victim = {
        .argv = WORDS("chatter", "10000000"), .env = WORDS(trace_variable), .preload = true};
    trace_begin("trace");
    for (int ms = 0; ms < 30; ms += 6) {
        struct victim_running running;
        struct victim_result result;
        victim_start(&running, &victim);
        usleep(1000u * (unsigned)ms);
        kill(running.pid, SIGKILL);
        victim_finish(&running, &result);
        victim_result_free(&result);
    }
    struct victim_result text;
    if (scratch_count(trace_dir()) > 0) {
        trace_text_read(&text, trace_dir());
        victim_result_free(&text);
    }
    trace_end();
}
END_TEST

/* ---- no room ---- */

/* Says what it should although the trace could not be written, or not all of it. */
static void expect_unharmed(struct victim victim, bool complains)
{
    struct victim_result result;
    victim.preload = true;
    victim_run(&result, &victim);
    expect_that(result.exit_status == 0, &victim, &result, "the program was harmed");
    expect_that(strcmp(result.out.data, "20000 rounds\n") == 0, &victim, &result, "wrong output");
    bool complained = strncmp(result.err.data, "greq: ", 6) == 0 &&
                      strchr(result.err.data, '\n') == result.err.data + result.err.size - 1;
    expect_that(complained || (!complains && result.err.size == 0), &victim, &result,
                "not one line of complaint");
    victim_result_free(&result);
}

START_TEST(folder_that_cannot_be)
{
    static const char *const variables[] = {"GREQ_TRACE=/proc/greq", "GREQ_TRACE=/dev/null/greq",
                                            "GREQ_TRACE=/dev/null"};
    expect_unharmed((struct victim){.argv = WORDS("chatter", "20000"), .env = WORDS(variables[_i])},
                    true);
}
END_TEST

static void limit_files(void)
{
    struct rlimit limit = {100000, 100000};
    setrlimit(RLIMIT_FSIZE, &limit);
}

START_TEST(file_size_limit)
{
    struct victim_result text;
    trace_begin("trace");
    expect_unharmed((struct victim){.argv = WORDS("chatter", "20000"),
                                    .env = WORDS(trace_variable),
                                    .prepare = limit_files},
                    false);
    trace_text_read(&text, trace_dir());
    ck_assert_int_gt(trace_text_count_calls(&text, "read"), 0);
    victim_result_free(&text);
    trace_end();
}
END_TEST

static void limit_descriptors(void)
{
    struct rlimit limit = {5, 5};
    setrlimit(RLIMIT_NOFILE, &limit);
}

START_TEST(descriptor_limit)
{
    trace_begin("trace");
    expect_unharmed((struct victim){.argv = WORDS("chatter", "20000"),
                                    .env = WORDS(trace_variable),
                                    .prepare = limit_descriptors},
                    false);
    trace_end();
}
END_TEST

/* What there is to tell of the process has its file already, or does without; the rest goes on. */
static const char *const users[] = {"thread", "module"};
enum { USERS = sizeof users / sizeof *users };

START_TEST(no_descriptor_is_left)
{
    struct victim_result result, text;
    trace_begin("trace");
    struct victim victim = {.argv = WORDS("descriptors_used_up", users[_i]),
                            .env = WORDS(trace_variable),
                            .preload = true};
    free(expect_success(&victim, &result));
    ck_assert_str_eq(result.err.data ? result.err.data : "", "");
    trace_text_read(&text, trace_dir());
    ck_assert_int_eq(trace_text_count_calls(&text, "usleep"), _i ? 3 : 1);
    ck_assert_int_eq(trace_text_count(&text, " process_end: "), 1);
    victim_result_free(&text);
    victim_result_free(&result);
    trace_end();
}
END_TEST

/* A file system of a few pages, in a mount namespace of this test's own; needs to be root. */
START_TEST(full_disk)
{
    static const char *const sizes[] = {"size=8k", "size=64k", "size=300k"};
    struct victim_result text;
    trace_begin("disk/trace");
    const char *disk = scratch_path(&scratch, "disk");
    mkdir(disk, 0700);
    bool mounted = unshare(CLONE_NEWNS) == 0 &&
                   mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
                   mount("tmpfs", disk, "tmpfs", 0, sizes[_i]) == 0;
    if (mounted) {
        expect_unharmed(
            (struct victim){.argv = WORDS("chatter", "20000"), .env = WORDS(trace_variable)}, true);
        if (scratch_count(trace_dir()) > 1) {
            trace_text_read(&text, trace_dir());
            victim_result_free(&text);
        }
        ck_assert_int_eq(umount(disk), 0);
    }
    trace_end();
}
END_TEST

/* ---- handlers ---- */

/* As that of a child that closes its pipe and ends, when the read of that pipe is recorded. */
START_TEST(what_a_handler_calls_while_a_call_is_recorded_is_there)
{
    struct victim_result text;
    trace_begin("trace");
    record((struct victim){.argv = WORDS("handled_in_record"), .env = WORDS(trace_variable)});
    trace_text_read(&text, trace_dir());
    /* the handler's call may be a long one, too */
    ck_assert_int_ge(trace_text_count(&text, " long_call: "), 1);
    ck_assert_int_ge(trace_text_count_calls(&text, "waitpid"), 1);
    ck_assert_msg(!strstr(text.err.data ? text.err.data : "", "discarded"), "%s", text.err.data);
    victim_result_free(&text);
    trace_end();
}
END_TEST

/* ---- a bound ---- */

static long folder_size(void)
{
    long size = 0;
    struct stat status;
    DIR *dir = opendir(trace_dir());
    for (struct dirent *entry; (entry = readdir(dir));)
        if (entry->d_name[0] != '.' && strcmp(entry->d_name, "metadata") != 0 &&
            fstatat(dirfd(dir), entry->d_name, &status, 0) == 0)
            size += status.st_size;
    closedir(dir);
    return size;
}

START_TEST(bound_is_kept)
{
    struct victim_result text;
    trace_begin("trace");
    record((struct victim){.argv = WORDS("chatter", "50000"),
                           .env = WORDS(trace_variable, "GREQ_TRACE_LIMIT=512K")});
    /* One thread's stream, and the process's own. */
    ck_assert_int_le(folder_size(), 2 * 512 * 1024);
    trace_text_read(&text, trace_dir());
    int kept = trace_text_count(&text, " call: ");
    ck_assert_int_gt(kept, 1000);
    ck_assert_int_lt(kept, 100000);
    ck_assert_msg(strstr(text.err.data, "discarded"), "the loss is not counted: %s", text.err.data);
    /* What the first chunk said of the process has been kept. */
    ck_assert_int_eq(trace_text_count(&text, " process_start: "), 1);
    ck_assert_int_eq(trace_text_count(&text, " host: "), 1);
    ck_assert_int_gt(trace_text_count(&text, " module: "), 2);
    ck_assert_int_eq(trace_text_count(&text, " process_end: "), 1);
    victim_result_free(&text);
    trace_end();
}
END_TEST

SUITE("trace", ONCE(every_call_is_there), ONCE(duplicates_are_there),
      ONCE(what_a_descriptor_is_is_told_once), ONCE(python_may_be_unloaded),
      ONCE(what_an_unseen_thread_used_is_there), ONCE(a_search_for_a_program_is_sampled_once),
      ONCE(what_a_child_of_vfork_closes_its_parent_keeps),
      EACH(children_without_variables_end_as_alone, GREQ_PLAIN_BUILD),
      ONCE(waits_by_syscall_are_there), ONCE(the_call_after_one_that_was_left_is_there),
      EACH(tasks_and_waits_are_there, 2), ONCE(marks_are_there), ONCE(a_quiet_child_ends_nothing),
      ONCE(a_child_made_in_a_call_ends_nothing), ONCE(a_childs_first_connection_is_its_own),
      ONCE(a_task_that_ends_in_a_child_ends_once_in_each), ONCE(orphan_is_a_fork_of_who_forked_it),
      ONCE(folder_is_private), ONCE(relative_path), ONCE(several_processes), ONCE(several_threads),
      ONCE(forked_children), ONCE(process_that_does_little_costs_little),
      ONCE(child_that_does_much_is_still_known), ONCE(killed_in_mid_flight), ONCE(killed_anywhere),
      EACH(folder_that_cannot_be, 3), ONCE(file_size_limit), ONCE(descriptor_limit),
      EACH(no_descriptor_is_left, USERS), EACH(full_disk, 3),
      ONCE(what_a_handler_calls_while_a_call_is_recorded_is_there), ONCE(bound_is_kept))
