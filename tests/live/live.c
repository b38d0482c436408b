/*
 * The page that a preloaded process shares with greq's commands, what `greq on` and `greq off` do
 * by it, and what `greq dump` reads.
 */
#include "expect.h"
#include "scratch.h"
#include "suite.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct scratch scratch;
static char runtime[256]; /* XDG_RUNTIME_DIR=... */

static void begin(void)
{
    scratch_make(&scratch);
    mkdir(scratch_path(&scratch, "greq"), 0700);
    snprintf(runtime, sizeof runtime, "XDG_RUNTIME_DIR=%s", scratch.path);
}

/* ---- a victim that lives ---- */

struct living {
    const char *argv[3];
    struct victim victim;
    struct victim_running running;
    struct victim_result result;
    pid_t pid;
};

static pid_t number_in(struct living *living, const char *line)
{
    char *found = victim_wait_line(&living->running, line);
    pid_t pid = (pid_t)atoi(found + strlen(line));
    free(found);
    return pid;
}

static void start(struct living *living, const char *mode, const char *const *env)
{
    living->argv[0] = "lives";
    living->argv[1] = mode;
    living->argv[2] = NULL;
    living->victim = (struct victim){.argv = living->argv, .env = env, .preload = true};
    victim_start(&living->running, &living->victim);
    living->pid = number_in(living, "young ");
}

static void get_old(struct living *living)
{
    number_in(living, "old ");
}

/* It ends well, having said `facts` last. */
static void end(struct living *living, const char *facts)
{
    kill(living->pid, SIGTERM);
    victim_finish(&living->running, &living->result);
    expect_that(living->result.exit_status == 0 && strstr(living->result.out.data, facts),
                &living->victim, &living->result, "it did not end with '%s'", facts);
    victim_result_free(&living->result);
}

/* PID.NAMESPACE */
static void name_page(char name[64], pid_t pid)
{
    struct stat namespace;
    ck_assert_int_eq(stat("/proc/self/ns/pid", &namespace), 0);
    snprintf(name, 64, "%d.%lu", (int)pid, (unsigned long)namespace.st_ino);
}

static const char *page_of(pid_t pid)
{
    char name[64], path[80];
    name_page(name, pid);
    snprintf(path, sizeof path, "greq/%s", name);
    return scratch_path(&scratch, path);
}

static bool has_page(pid_t pid)
{
    return access(page_of(pid), F_OK) == 0;
}

/* ---- a command ---- */

/* Returns what it says, both streams, to be freed; its status must be this. */
static char *command(int status, const char *const *argv)
{
    struct victim_result result;
    struct victim victim = {.argv = argv, .env = WORDS(runtime), .directory = scratch.path};
    victim_run(&result, &victim);
    expect_that(result.exit_status == status, &victim, &result, "its status is not %d", status);
    char *text = NULL;
    ck_assert_int_ge(asprintf(&text, "%s%s", result.out.data, result.err.data), 0);
    victim_result_free(&result);
    return text;
}

static void expect_says(int status, const char *const *argv, const char *what)
{
    char *text = command(status, argv);
    ck_assert_msg(strstr(text, what), "no '%s' in: %s", what, text);
    free(text);
}

/* A recording begins with the process's next call, which comes late on a busy machine. */
static void wait_for_record(const char *directory, const char *call)
{
    bool is_there = false;
    for (int i = 0; i < 200 && !is_there; i++) {
        struct victim_result result;
        struct victim victim = {.argv = WORDS(GREQ_COMMAND, "report", directory),
                                .directory = scratch.path};
        usleep(30000);
        victim_run(&result, &victim);
        is_there = result.exit_status == 0 && strstr(result.out.data, call);
        victim_result_free(&result);
    }
    ck_assert_msg(is_there, "no %s in %s", call, directory);
}

static const char *number(pid_t pid)
{
    static char text[16];
    snprintf(text, sizeof text, "%d", (int)pid);
    return text;
}

/* ---- the page ---- */

START_TEST(page)
{
    struct living living;
    struct stat file, folder;
    begin();
    start(&living, NULL, WORDS(runtime));
    ck_assert(!has_page(living.pid));
    get_old(&living);
    ck_assert_int_eq(stat(page_of(living.pid), &file), 0);
    ck_assert_uint_eq(file.st_mode & 07777, 0600);
    ck_assert_int_eq(stat(scratch_path(&scratch, "greq"), &folder), 0);
    ck_assert_uint_eq(folder.st_mode & 07777, 0700);
    end(&living, "0 descriptors more\ndirectory kept\n");
    ck_assert(!has_page(living.pid));
    scratch_remove(&scratch);
}
END_TEST

static void forbid_files(void)
{
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){0, 0});
}

/* A folder that others may write to, or that is a link, is not taken: another is. */
START_TEST(not_made)
{
    struct living off, excluded, limited, elsewhere;
    char link[] = "/tmp/greq-XXXXXX", own[128], run[128], name[64];
    begin();
    start(&off, NULL, WORDS(runtime, "GREQ_LIVE=0"));
    start(&excluded, NULL, WORDS(runtime, "GREQ_EXCLUDE=lives"));
    limited.victim = (struct victim){
        .argv = WORDS("lives"), .env = WORDS(runtime), .preload = true, .prepare = forbid_files};
    victim_start(&limited.running, &limited.victim);
    limited.pid = number_in(&limited, "young ");
    get_old(&off);
    get_old(&excluded);
    get_old(&limited);
    ck_assert_int_le(scratch_count(scratch_path(&scratch, "greq")), 0);
    expect_says(2, WORDS(GREQ_COMMAND, "on", number(off.pid)), "shares no page");
    end(&off, "0 descriptors more");
    end(&excluded, "0 descriptors more");
    end(&limited, "0 descriptors more");
    rmdir(scratch_path(&scratch, "greq"));
    ck_assert_ptr_nonnull(mkdtemp(link));
    ck_assert_int_eq(symlink(link, scratch_path(&scratch, "greq")), 0);
    start(&elsewhere, NULL, WORDS(runtime));
    get_old(&elsewhere);
    ck_assert_int_eq(scratch_count(link), 0);
    name_page(name, elsewhere.pid);
    snprintf(own, sizeof own, "/tmp/greq-%u/%s", (unsigned)geteuid(), name);
    snprintf(run, sizeof run, "/run/user/%u/greq/%s", (unsigned)geteuid(), name);
    ck_assert_msg(access(own, F_OK) == 0 || access(run, F_OK) == 0, "neither %s nor %s", own, run);
    end(&elsewhere, "0 descriptors more");
    ck_assert(access(own, F_OK) != 0 && access(run, F_OK) != 0);
    rmdir(link);
    unlink(scratch_path(&scratch, "greq"));
    scratch_remove(&scratch);
}
END_TEST

/* Who has made a runtime directory removes it, and must find it empty. */
START_TEST(in_a_folder_of_the_programs_own)
{
    struct living living;
    begin();
    rmdir(scratch_path(&scratch, "greq"));
    start(&living, NULL, WORDS(runtime));
    get_old(&living);
    ck_assert_int_eq(scratch_count(scratch.path), 0);
    end(&living, "0 descriptors more");
    scratch_remove(&scratch);
}
END_TEST

/* What sudo -E leaves in the environment. */
START_TEST(in_another_users_folder)
{
    struct living living;
    begin();
    ck_assert(geteuid() || !chown(scratch.path, 1, 1));
    start(&living, NULL, WORDS(runtime));
    get_old(&living);
    ck_assert_int_eq(scratch_count(scratch_path(&scratch, "greq")), geteuid() != 0);
    end(&living, "0 descriptors more");
    scratch_remove(&scratch);
}
END_TEST

START_TEST(child)
{
    struct living living;
    begin();
    start(&living, "child", WORDS(runtime));
    get_old(&living);
    pid_t copy = number_in(&living, "young child ");
    ck_assert(has_page(living.pid));
    free(command(0, WORDS(GREQ_COMMAND, "on", "-o", "parents", number(living.pid))));
    number_in(&living, "old child ");
    ck_assert(has_page(living.pid) && has_page(copy));
    expect_says(2, WORDS(GREQ_COMMAND, "off", number(copy)), "is not being recorded");
    free(command(0, WORDS(GREQ_COMMAND, "on", "-o", "copys", number(copy))));
    free(command(0, WORDS(GREQ_COMMAND, "off", number(living.pid))));
    expect_says(2, WORDS(GREQ_COMMAND, "on", number(copy)), "is being recorded already");
    end(&living, "old");
    ck_assert_int_eq(scratch_count(scratch_path(&scratch, "greq")), 0);
    scratch_remove(&scratch);
}
END_TEST

/* With another root, and with another number, which two have. A superuser's process only can be so.
 */
START_TEST(elsewhere)
{
    struct living rooted, apart, twin;
    begin();
    start(&apart, "apart", WORDS(runtime));
    start(&twin, "apart", WORDS(runtime));
    pid_t inner = number_in(&apart, "apart "), other = number_in(&twin, "apart ");
    if (inner > 0 && !geteuid()) {
        start(&rooted, "rooted", WORDS(runtime));
        number_in(&rooted, "rooted ");
        expect_says(2, WORDS(GREQ_COMMAND, "off", number(rooted.pid)), "is not being recorded");
        end(&rooted, "rooted");
        number_in(&apart, "old child ");
        number_in(&twin, "old child ");
        free(command(0, WORDS(GREQ_COMMAND, "on", "-o", "other", number(other))));
        free(command(0, WORDS(GREQ_COMMAND, "on", "-o", "inner", number(inner))));
        wait_for_record("inner", "usleep");
        expect_says(0, WORDS(GREQ_COMMAND, "off", number(inner)), "/inner\n");
        expect_says(0, WORDS(GREQ_COMMAND, "report", "inner"), "usleep");
    }
    end(&apart, "over");
    end(&twin, "over");
    scratch_remove(&scratch);
}
END_TEST

/* ---- on and off ---- */

START_TEST(on_off)
{
    struct living living;
    begin();
    start(&living, NULL, WORDS(runtime));
    get_old(&living);
    expect_says(0, WORDS(GREQ_COMMAND, "on", number(living.pid)), "/greq-lives.");
    expect_says(2, WORDS(GREQ_COMMAND, "on", "-o", "other", number(living.pid)),
                "is being recorded already, in ");
    char own[32];
    snprintf(own, sizeof own, "greq-lives.%d", (int)living.pid);
    wait_for_record(own, "usleep");
    char *directory = command(0, WORDS(GREQ_COMMAND, "off", number(living.pid)));
    directory[strcspn(directory, "\n")] = '\0';
    expect_says(0, WORDS(GREQ_COMMAND, "report", directory),
                "recording was ended while the process ran on");
    expect_says(0, WORDS(GREQ_COMMAND, "report", directory), "usleep");
    expect_says(2, WORDS(GREQ_COMMAND, "off", number(living.pid)), "is not being recorded");
    free(command(0, WORDS(GREQ_COMMAND, "on", "-o", "again", number(living.pid))));
    expect_says(2, WORDS(GREQ_COMMAND, "on", "1"), "1: ");
    wait_for_record("again", "usleep");
    kill(living.pid, SIGKILL);
    victim_finish(&living.running, &living.result);
    victim_result_free(&living.result);
    ck_assert(has_page(living.pid));
    expect_says(2, WORDS(GREQ_COMMAND, "off", number(living.pid)), "no such process");
    ck_assert(!has_page(living.pid));
    expect_says(0, WORDS(GREQ_COMMAND, "report", "again"), "usleep");
    free(directory);
    scratch_remove(&scratch);
}
END_TEST

/* Mappings of files of a trace. */
static int count_mapped(pid_t pid, const char *name)
{
    char path[64], line[1024];
    int count = 0;
    snprintf(path, sizeof path, "/proc/%d/maps", (int)pid);
    FILE *maps = fopen(path, "r");
    ck_assert_ptr_nonnull(maps);
    while (fgets(line, sizeof line, maps))
        count += strstr(line, name) != NULL;
    fclose(maps);
    return count;
}

/* Each recording has files mapped by the process and by its thread, until the next one. */
START_TEST(earlier_recordings_are_unmapped)
{
    struct living living;
    begin();
    start(&living, NULL, WORDS(runtime));
    get_old(&living);
    for (int i = 0; i < 5; i++) {
        char name[] = {'m', 'a', 'n', 'y', (char)('0' + i), '\0'};
        free(command(0, WORDS(GREQ_COMMAND, "on", "-o", name, number(living.pid))));
        free(command(0, WORDS(GREQ_COMMAND, "off", number(living.pid))));
    }
    free(command(0, WORDS(GREQ_COMMAND, "on", "-o", "last", number(living.pid))));
    for (int i = 0; i < 200 && count_mapped(living.pid, "/many"); i++)
        usleep(50000);
    ck_assert_int_eq(count_mapped(living.pid, "/many"), 0);
    ck_assert_int_gt(count_mapped(living.pid, "/last"), 0);
    end(&living, "0 descriptors more");
    scratch_remove(&scratch);
}
END_TEST

/* What cannot be written is said, though it is done. */
START_TEST(output_that_is_full)
{
    struct living living;
    begin();
    start(&living, NULL, WORDS(runtime));
    get_old(&living);
    char on[512], off[512];
    snprintf(on, sizeof on, "exec %s on -o full %d > /dev/full", GREQ_COMMAND, (int)living.pid);
    snprintf(off, sizeof off, "exec %s off %d > /dev/full", GREQ_COMMAND, (int)living.pid);
    expect_says(2, WORDS("/bin/sh", "-c", on), "cannot write to standard output");
    expect_says(2, WORDS("/bin/sh", "-c", off), "cannot write to standard output");
    expect_says(2, WORDS(GREQ_COMMAND, "off", number(living.pid)), "is not being recorded");
    end(&living, "0 descriptors more");
    scratch_remove(&scratch);
}
END_TEST

/* A handler, a lock, an epoll set and a connection from before. */
START_TEST(mid_life)
{
    struct living living;
    begin();
    start(&living, "held", WORDS(runtime));
    get_old(&living);
    for (int i = 0; i < 2; i++) {
        char name[] = {'t', (char)('0' + i), '\0'};
        free(command(0, WORDS(GREQ_COMMAND, "on", "-o", name, number(living.pid))));
        wait_for_record(name, "epoll_wait");
        free(command(0, WORDS(GREQ_COMMAND, "off", number(living.pid))));
        char *report = command(0, WORDS(GREQ_COMMAND, "report", name));
        ck_assert_msg(strstr(report, "recording began while the process ran: of what it had done "
                                     "before") &&
                          strstr(report, "epoll_wait"),
                      "%s", report);
        free(report);
    }
    end(&living, "all is well");
    scratch_remove(&scratch);
}
END_TEST

/* ---- dump ---- */

/* Returns the part that a text has not, or NULL. */
static const char *missing(const char *text, const char *const *parts)
{
    for (; *parts; parts++)
        if (!strstr(text, *parts))
            return *parts;
    return NULL;
}

/* It may still be on the way to where it hangs. */
static void expect_dump(pid_t pid, const char *const *parts)
{
    char *text = NULL;
    for (int i = 0; i < 100 && (!text || missing(text, parts)); i++) {
        if (text)
            usleep(50000);
        free(text);
        text = command(0, WORDS(GREQ_COMMAND, "dump", number(pid)));
    }
    ck_assert_msg(!missing(text, parts), "no '%s' in: %s", missing(text, parts), text);
    free(text);
}

static void expect_dump_of_hung(struct living *living, bool preload)
{
    char holder[64];
    living->victim = (struct victim){.argv = WORDS("lives", "hung"), .preload = preload};
    victim_start(&living->running, &living->victim);
    living->pid = number_in(living, "young ");
    snprintf(holder, sizeof holder, ", a mutex that thread %d (lives) has", (int)living->pid);
    expect_dump(living->pid, WORDS(holder, ", 2 threads", ", the main one, is in recvfrom on fd ",
                                   "contend  (lives.c:", "hang  (lives.c:",
                                   preload ? "libgreq.so is in it, and records nothing\n"
                                           : "libgreq.so is not in it\n"));
    end(living, "interrupted");
}

static void start_alone(struct living *living, const char *mode)
{
    living->argv[0] = "lives";
    living->argv[1] = mode;
    living->argv[2] = NULL;
    living->victim = (struct victim){.argv = living->argv};
    victim_start(&living->running, &living->victim);
    living->pid = number_in(living, "young ");
}

static void expect_dump_of_knot(struct living *living)
{
    start_alone(living, "knot");
    expect_dump(living->pid, WORDS("\ndeadlock: thread ", " (lives) waits for a mutex that thread ",
                                   " (lives) has; thread ", " (lives) has\n\n"));
    end(living, "interrupted");
}

/* One that has a lock and sleeps has often waited for that lock just before. */
START_TEST(deadlock)
{
    struct living living;
    begin();
    start_alone(&living, "twice");
    expect_dump(living.pid, WORDS("\ndeadlock: thread ", " (lives) waits for a mutex that thread ",
                                  " (lives) has\n\n", ", a mutex that thread "));
    end(&living, "interrupted");
    start_alone(&living, "contended");
    expect_dump(living.pid, WORDS(", 7 threads", " is in futex at "));
    for (int i = 0; i < 5; i++) {
        char *text = command(0, WORDS(GREQ_COMMAND, "dump", number(living.pid)));
        ck_assert_msg(!strstr(text, "deadlock"), "%s", text);
        free(text);
    }
    end(&living, "interrupted");
    scratch_remove(&scratch);
}
END_TEST

START_TEST(dump)
{
    struct living hung, tasks;
    begin();
    start(&tasks, "tasks", WORDS(runtime));
    expect_dump_of_hung(&hung, false);
    expect_dump_of_hung(&hung, true);
    expect_dump_of_knot(&hung);
    get_old(&tasks);
    expect_dump(tasks.pid,
                WORDS(" others in the same place: each is parked, waiting for descriptor: ",
                      "wait_in_task  (lives.c:"));
    free(command(0, WORDS(GREQ_COMMAND, "on", "-o", "tasks", number(tasks.pid))));
    expect_says(0, WORDS(GREQ_COMMAND, "dump", number(tasks.pid)),
                " in progress, by the recording:");
    static const char *const commands[] = {"dump", "top"};
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        expect_says(2,
                    WORDS("/bin/sh", "-c", "exec \"$0\" $1 $2 >/dev/full", GREQ_COMMAND,
                          commands[i], number(tasks.pid)),
                    "cannot write to standard output");
    kill(tasks.pid, SIGSTOP);
    expect_dump(tasks.pid, WORDS(", the main one, is stopped in "));
    kill(tasks.pid, SIGCONT);
    expect_says(2, WORDS(GREQ_COMMAND, "dump", "x1"), "'x1' is not the number of a process");
    end(&tasks, "old");
    scratch_remove(&scratch);
}
END_TEST

/* The part about the thread so named, or NULL; ends it. */
static char *section_of(char *text, const char *name)
{
    char head[64];
    snprintf(head, sizeof head, " (%s)", name);
    char *section = strstr(text, head);
    char *end = section ? strstr(section, "\n\n") : NULL;
    if (end)
        *end = '\0';
    return end ? section : NULL;
}

/* Whether it hangs in the function of its name, with all that led there and nothing that did not.
 */
static bool is_whole(const char *section, const char *name)
{
    const char *const way[] = {name,      "compare", "qsort",   "sort  (hangs.c:",
                               "descend", "descend", "descend", "thread_begin"};
    const char *at = section ? strchr(section, '\n') : NULL;
    for (size_t i = 0; at && i < sizeof way / sizeof *way; i++) {
        at = strstr(at, way[i]);
        at = at ? at + strlen(way[i]) : NULL;
    }
    return at && !strstr(section, "left_over") && !strstr(section, "the stack ends here");
}

static void expect_whole_stacks(pid_t pid)
{
    static const char *const names[] = {"hang_read", "hang_poll", "hang_fgets", "hang_mutex",
                                        "hang_cond"};
    enum { NAMES = sizeof names / sizeof *names };
    char *text = NULL;
    size_t whole = 0;
    for (int i = 0; i < 100 && whole < NAMES; i++) {
        if (text)
            usleep(50000);
        free(text);
        text = command(0, WORDS(GREQ_COMMAND, "dump", number(pid)));
        for (whole = 0; whole < NAMES; whole++) {
            char *copy = strdup(text);
            bool is_so = is_whole(section_of(copy, names[whole]), names[whole]);
            free(copy);
            if (!is_so)
                break;
        }
    }
    ck_assert_msg(whole == NAMES, "not the whole stack of %s: %s", names[whole], text);
    free(text);
}

/* Of what is compiled with frame pointers and without, where libc's function saves none; from
 * outside of a hook, and from within one. */
START_TEST(stacks)
{
    static const char *const programs[] = {"hangs_framed", "hangs_frameless", "hangs_unoptimised"};
    char trace[300];
    begin();
    snprintf(trace, sizeof trace, "GREQ_TRACE=%s", scratch_path(&scratch, "trace"));
    for (int is_recorded = 0; is_recorded < 2; is_recorded++) {
        struct living living;
        living.victim = (struct victim){.argv = WORDS(programs[_i]),
                                        .env = is_recorded ? WORDS(runtime, trace) : WORDS(runtime),
                                        .preload = is_recorded};
        victim_start(&living.running, &living.victim);
        living.pid = number_in(&living, "young ");
        expect_whole_stacks(living.pid);
        end(&living, "");
    }
    scratch_remove(&scratch);
}
END_TEST

static void be_nobody(void)
{
    if (!geteuid() && setuid(65534) != 0)
        _exit(1);
}

/* A process that has ended, and whose parent has not asked. */
START_TEST(ended)
{
    begin();
    pid_t pid = fork();
    if (!pid)
        _exit(0);
    siginfo_t info;
    ck_assert_int_eq(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
    static const char *const commands[] = {"on", "off", "dump", "top"};
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        expect_says(2, WORDS(GREQ_COMMAND, commands[i], number(pid)), ": has ended");
    waitpid(pid, NULL, 0);
    scratch_remove(&scratch);
}
END_TEST

/* Of another user: root's, asked by nobody, or the first process there is. */
START_TEST(refused)
{
    struct living living;
    begin();
    start(&living, NULL, WORDS(runtime));
    pid_t pid = geteuid() ? 1 : living.pid;
    static const char *const commands[] = {"on", "off", "dump"};
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        struct victim_result result;
        struct victim victim = {.argv = WORDS(GREQ_COMMAND, commands[i], number(pid)),
                                .directory = "/tmp",
                                .prepare = be_nobody};
        victim_run(&result, &victim);
        expect_that(result.exit_status == 2 &&
                        strstr(result.err.data, ": a process of another user (") &&
                        !*result.out.data,
                    &victim, &result, "it was not refused");
        victim_result_free(&result);
    }
    end(&living, "0 descriptors more");
    scratch_remove(&scratch);
}
END_TEST

SUITE("live", ONCE(dump), EACH(stacks, 3), ONCE(deadlock), ONCE(refused), ONCE(ended), ONCE(page),
      ONCE(not_made), ONCE(in_a_folder_of_the_programs_own), ONCE(in_another_users_folder),
      ONCE(child), ONCE(elsewhere), ONCE(on_off), ONCE(mid_life),
      ONCE(earlier_recordings_are_unmapped), ONCE(output_that_is_full))
