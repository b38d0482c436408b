/* Finding a program, refusing it, and running it under a preload. */
#include "launch/launch.h"

#include "launch/capture.h"
#include "launch/child_end.h"
#include "launch/obstacle.h"
#include "launch/preload.h"
#include "launch/temporary.h"
#include "launch/trace_directory.h"
#include "scratch.h"
#include "suite.h"
#include "trace/ending.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

static struct scratch scratch;
static struct error error;

static void says(const char *part)
{
    ck_assert_msg(strstr(error.text, part), "'%s' does not say '%s'", error.text, part);
}

static void write_file(const char *path, const void *bytes, size_t size, mode_t mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, bytes, size), size);
    ck_assert_int_eq(fchmod(fd, mode), 0);
    close(fd);
}

static void write_text(const char *path, const char *text, mode_t mode)
{
    write_file(path, text, strlen(text), mode);
}

static void copy_file(const char *from, const char *to, mode_t mode)
{
    static char bytes[1 << 22];
    int fd = open(from, O_RDONLY | O_CLOEXEC);
    ssize_t size = read(fd, bytes, sizeof bytes);
    ck_assert_int_gt(size, 0);
    close(fd);
    write_file(to, bytes, size, mode);
}

/* --- LD_PRELOAD --- */

START_TEST(the_library_comes_first_and_once)
{
    static const struct {
        const char *old, *runtime, *list;
    } cases[] = {
        {NULL, "", "/x/libgreq.so"},
        {"", "", "/x/libgreq.so"},
        {"a.so", "", "/x/libgreq.so:a.so"},
        {"a.so:/b/c.so", "", "/x/libgreq.so:a.so:/b/c.so"},
        {" a.so  b.so : c.so:", "", "/x/libgreq.so:a.so:b.so:c.so"},
        {"/x/libgreq.so", "", "/x/libgreq.so"},
        {"a.so:libgreq.so:/elsewhere/libgreq.so:b.so", "", "/x/libgreq.so:a.so:b.so"},
        {"notlibgreq.so:libgreq.so.old", "", "/x/libgreq.so:notlibgreq.so:libgreq.so.old"},
        {NULL, "libasan.so.8", "libasan.so.8:/x/libgreq.so"},
        {"a.so", "libasan.so.8", "libasan.so.8:/x/libgreq.so:a.so"},
        {"a.so:/lib/libasan.so.8:b.so", "libasan.so.8",
         "/lib/libasan.so.8:/x/libgreq.so:a.so:b.so"},
    };
    char *list = preload_list(cases[_i].old, cases[_i].runtime, "/x/libgreq.so");
    ck_assert_str_eq(list, cases[_i].list);
    free(list);
}
END_TEST

START_TEST(the_names_in_a_list_are_told_apart)
{
    struct preload_names names = {0};
    preload_names_add(&names, NULL);
    preload_names_add(&names, " a.so:/b/c.so  d.so:");
    ck_assert_uint_eq(names.count, 3);
    ck_assert(preload_names_have(&names, "a.so") && preload_names_have(&names, "/b/c.so"));
    ck_assert(preload_names_have(&names, "d.so") && !preload_names_have(&names, "c.so"));
    preload_names_finish(&names);
}
END_TEST

/* --- finding --- */

START_TEST(programs_are_searched_as_execvp_does)
{
    char path[PATH_MAX], search[1024], expected[PATH_MAX];
    scratch_make(&scratch);
    mkdir(scratch_path(&scratch, "one"), 0700);
    mkdir(scratch_path(&scratch, "two"), 0700);
    mkdir(scratch_path(&scratch, "one/tool"), 0700); /* a directory is no program */
    write_text(scratch_path(&scratch, "two/tool"), "#!/bin/sh\n", 0700);
    write_text(scratch_path(&scratch, "one/data"), "", 0600);
    snprintf(search, sizeof search, "%s/none:%s/one:%s/two", scratch.path, scratch.path,
             scratch.path);
    snprintf(expected, sizeof expected, "%s/two/tool", scratch.path);

    ck_assert_int_eq(target_find(path, "tool", search, &error), 0);
    ck_assert_str_eq(path, expected);
    ck_assert_int_eq(target_find(path, expected, "", &error), 0);
    ck_assert_str_eq(path, expected);
    ck_assert_int_eq(target_find(path, "sh", NULL, &error), 0);
    ck_assert_str_eq(path, "/bin/sh");

    ck_assert_int_eq(target_find(path, "data", search, &error), LAUNCH_REFUSED);
    says("data: Permission denied");
    ck_assert_int_eq(target_find(path, "toolx", search, &error), LAUNCH_NOT_FOUND);
    says("toolx: command not found");
    ck_assert_int_eq(target_find(path, "", search, &error), LAUNCH_NOT_FOUND);
    ck_assert_int_eq(target_find(path, "/no/such/program", search, &error), LAUNCH_NOT_FOUND);
    ck_assert_int_eq(target_find(path, scratch.path, search, &error), LAUNCH_REFUSED);

    ck_assert_int_eq(chdir(scratch_path(&scratch, "two")), 0);
    ck_assert_int_eq(target_find(path, "tool", "/nowhere:", &error), 0);
    ck_assert_str_eq(path, "./tool");
    ck_assert_int_eq(chdir("/"), 0);
    scratch_remove(&scratch);
}
END_TEST

/* --- refusing --- */

static struct target target;

/* Follows scripts, with `search` as PATH, and looks for what is in the way at their end. Returns 0;
 * or LAUNCH_REFUSED with `error` set. */
static int check_in(const char *path, const char *search)
{
    struct elf_facts library;
    elf_facts_read(&library, FAKE_PRELOAD);
    int status = target_follow(&target, path, search, &error);
    if (status)
        return status;
    enum obstacle obstacle = obstacle_find(target_program(&target), &library, &target.facts);
    error_set(&error, "%s %s", obstacle_word(obstacle), obstacle_text(obstacle));
    return obstacle ? LAUNCH_REFUSED : 0;
}

static int check(const char *path)
{
    return check_in(path, NULL);
}

START_TEST(scripts_are_judged_by_their_interpreter)
{
    scratch_make(&scratch);
    const char *script = scratch_path(&scratch, "script");
    write_text(script, "#! /bin/sh -e\nexit 0\n", 0700);
    ck_assert_int_eq(check(script), 0);
    write_text(script, "exit 0\n", 0700); /* execvp gives it to the shell */
    ck_assert_int_eq(check(script), 0);
    write_text(script, "#!/no/such/interpreter\n", 0700);
    ck_assert_int_eq(check(script), LAUNCH_REFUSED);
    says("its interpreter /no/such/interpreter: No such file");
    char again[600];
    snprintf(again, sizeof again, "#!%s\n", script);
    write_text(script, again, 0700);
    ck_assert_int_eq(check(script), LAUNCH_REFUSED);
    says("too many times");
    scratch_remove(&scratch);
}
END_TEST

static void expect_program(const char *script, const char *line, const char *search,
                           const char *program)
{
    write_text(script, line, 0700);
    ck_assert_msg(check_in(script, search) == 0, "%s: %s", line, error.text);
    ck_assert_str_eq(target_program(&target), program);
}

/* env(1) starts the program that matters, where its name is plain to see. */
START_TEST(env_is_followed_to_what_it_starts)
{
    scratch_make(&scratch);
    const char *script = scratch_path(&scratch, "script");
    expect_program(script, "#!/usr/bin/env sh\n", "/bin", "/bin/sh");
    ck_assert_uint_eq(target.step_count, 3);
    ck_assert_str_eq(target.steps[0], script);
    ck_assert_str_eq(target.steps[1], "/usr/bin/env");
    expect_program(script, "#!/usr/bin/env -S sh -e\n", "/bin", "/bin/sh");
    expect_program(script, "#!/usr/bin/env -i sh\n", "/bin", "/usr/bin/env");
    expect_program(script, "#!/usr/bin/env -S A=1 sh\n", "/bin", "/usr/bin/env");
    expect_program(script, "#!/usr/bin/env\n", "/bin", "/usr/bin/env");
    write_text(script, "#!/usr/bin/env sh\n", 0700);
    ck_assert_int_eq(check_in(script, "/no/such/place"), LAUNCH_REFUSED);
    says("its interpreter sh: command not found");
    write_text(script, "#!/usr/bin/env sh -e\n", 0700); /* one word to env */
    ck_assert_int_eq(check_in(script, "/bin"), LAUNCH_REFUSED);
    says("its interpreter sh -e: command not found");
    scratch_remove(&scratch);
}
END_TEST

/* The kernel may have been told what to do with such a file. */
START_TEST(what_is_neither_elf_nor_text_is_left_to_execve)
{
    scratch_make(&scratch);
    const char *program = scratch_path(&scratch, "program");
    write_file(program, "MZ\0\3\n", 5, 0700);
    ck_assert_int_eq(target_follow(&target, program, NULL, &error), 0);
    ck_assert(!target.facts.is_elf);
    ck_assert_uint_eq(target.step_count, 1);
    expect_program(program, "", NULL, "/bin/sh");
    write_file(program, "exit 0\n\0\1", 9, 0700); /* a script with data behind it */
    ck_assert_int_eq(target_follow(&target, program, NULL, &error), 0);
    ck_assert_str_eq(target_program(&target), "/bin/sh");
    scratch_remove(&scratch);
}
END_TEST

/* An ELF file of which only the header is there. */
static void write_elf(const char *path, int class, int machine)
{
    Elf64_Ehdr header = {.e_type = ET_EXEC, .e_machine = machine, .e_version = EV_CURRENT};
    memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = class;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_ident[EI_VERSION] = EV_CURRENT;
    header.e_ehsize = class == ELFCLASS64 ? sizeof header : sizeof(Elf32_Ehdr);
    write_file(path, &header, sizeof header, 0700);
}

/* As much of one as names a dynamic loader. */
static void write_with_loader(const char *path, int machine, const char *loader)
{
    struct {
        Elf64_Ehdr header;
        Elf64_Phdr segment;
        char loader[64];
    } file = {
        .header = {.e_type = ET_DYN,
                   .e_machine = machine,
                   .e_version = EV_CURRENT,
                   .e_phoff = sizeof file.header,
                   .e_ehsize = sizeof file.header,
                   .e_phentsize = sizeof file.segment,
                   .e_phnum = 1},
        .segment = {.p_type = PT_INTERP,
                    .p_offset = sizeof file.header + sizeof file.segment,
                    .p_filesz = strlen(loader) + 1},
    };
    memcpy(file.header.e_ident, ELFMAG, SELFMAG);
    file.header.e_ident[EI_CLASS] = ELFCLASS64;
    file.header.e_ident[EI_DATA] = ELFDATA2LSB;
    file.header.e_ident[EI_VERSION] = EV_CURRENT;
    strcpy(file.loader, loader);
    write_file(path, &file, sizeof file, 0700);
}

START_TEST(what_a_preload_cannot_reach_is_refused)
{
    struct elf_facts own;
    elf_facts_read(&own, FAKE_PRELOAD);
    scratch_make(&scratch);
    const char *program = scratch_path(&scratch, "program");

    write_elf(program, ELFCLASS32, own.machine);
    ck_assert_int_eq(check(program), LAUNCH_REFUSED);
    says("32-bit");
    write_elf(program, ELFCLASS64, own.machine == EM_S390 ? EM_X86_64 : EM_S390);
    ck_assert_int_eq(check(program), LAUNCH_REFUSED);
    says("another kind of processor");
    write_elf(program, ELFCLASS64, own.machine);
    ck_assert_int_eq(check(program), LAUNCH_REFUSED);
    says("statically linked");

    write_with_loader(program, own.machine, "/elsewhere/ld-linux-x86-64.so.2");
    ck_assert_int_eq(truncate(program, sizeof(Elf64_Ehdr) + 1), 0);
    ck_assert_int_eq(check(program), LAUNCH_REFUSED);
    says("the file ends within its headers");

    write_with_loader(program, own.machine, "/lib/ld-musl-x86_64.so.1");
    ck_assert_int_eq(check(program), LAUNCH_REFUSED);
    says("other_libc");
    ck_assert_str_eq(target.facts.loader, "/lib/ld-musl-x86_64.so.1");
    write_with_loader(program, own.machine, "/elsewhere/ld-linux-x86-64.so.2");
    ck_assert_int_eq(check(program), 0);

    copy_file("/bin/true", program, 0700);
    ck_assert_int_eq(check(program), 0);
    ck_assert_int_eq(chmod(program, 04700), 0);
    ck_assert_int_eq(check(program), LAUNCH_REFUSED);
    says("setuid");
    ck_assert_int_eq(chmod(program, 02750), 0);
    ck_assert_int_eq(check(program), LAUNCH_REFUSED);
    scratch_remove(&scratch);
}
END_TEST

START_TEST(file_capabilities_are_refused)
{
    /* struct vfs_ns_cap_data, revision 2: CAP_NET_RAW permitted */
    static const uint32_t capabilities[] = {0x02000000, 1 << 13, 0, 0, 0};
    scratch_make(&scratch);
    const char *program = scratch_path(&scratch, "program");
    copy_file("/bin/true", program, 0700);
    int set = setxattr(program, "security.capability", capabilities, sizeof capabilities, 0);
    if (set == 0) { /* not everywhere: it takes a privilege and a file system */
        ck_assert_int_eq(check(program), LAUNCH_REFUSED);
        says("file capabilities");
    }
    scratch_remove(&scratch);
}
END_TEST

START_TEST(the_loader_itself_can_be_preloaded_into)
{
    static const char *const loaders[] = {"/lib64/ld-linux-x86-64.so.2",
                                          "/lib/ld-linux-aarch64.so.1"};
    for (size_t i = 0; i < 2; i++)
        if (access(loaders[i], X_OK) == 0)
            ck_assert_msg(check(loaders[i]) == 0, "%s", error.text);
}
END_TEST

/* --- running --- */

static int run(const char *library, int *status, char **argv)
{
    struct launch launch = {.argv = argv, .library = library};
    int failure = launch_check(&launch, &error);
    return failure ? failure : launch_run(&launch, status, &error);
}
#define RUN(library, status, ...) run(library, status, (char *[]){__VA_ARGS__, NULL})
#define SHELL(status, script)     RUN(FAKE_PRELOAD, status, "sh", "-c", script)

START_TEST(the_exit_status_is_the_programs_own)
{
    int status = -1;
    ck_assert_msg(SHELL(&status, "exit 0") == 0, "%s", error.text);
    ck_assert_int_eq(status, 0);
    ck_assert_int_eq(SHELL(&status, "exit 42"), 0);
    ck_assert_int_eq(status, 42);
    ck_assert_int_eq(SHELL(&status, "kill -KILL $$"), 0);
    ck_assert_int_eq(status, 128 + SIGKILL);
}
END_TEST

START_TEST(a_program_that_did_not_say_hello_is_a_failure)
{
    int status = -1;
    struct elf_facts facts;
    elf_facts_read(&facts, "/bin/true");
    ck_assert(facts.is_elf && facts.uses_loader);
    /* the program itself is a file that the loader cannot preload */
    ck_assert_int_eq(RUN("/bin/true", &status, "sh", "-c", "exit 3"), LAUNCH_FAILED);
    says("ran to its end (status 3), but without libgreq.so");
    ck_assert_int_eq(RUN("/dev/null", &status, "sh", "-c", "exit 3"), LAUNCH_FAILED);
    says("/dev/null: not a library");
}
END_TEST

/* Nothing can be written to a file. That is no reason to say that the preload failed. */
START_TEST(where_nobody_can_say_hello_silence_is_no_failure)
{
    struct rlimit old, none;
    int status = -1;
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &old), 0);
    none = (struct rlimit){0, old.rlim_max};
    setrlimit(RLIMIT_FSIZE, &none);
    int failure = SHELL(&status, "exit 3");
    setrlimit(RLIMIT_FSIZE, &old);
    ck_assert_msg(failure == 0, "%s", error.text);
    ck_assert_int_eq(status, 3);
}
END_TEST

START_TEST(nothing_is_left_of_the_hello)
{
    int status;
    scratch_make(&scratch);
    setenv("TMPDIR", scratch.path, 1);
    ck_assert_int_eq(SHELL(&status, "test -f \"$GREQ_HELLO\" && grep -qx $$ \"$GREQ_HELLO\""), 0);
    ck_assert_int_eq(status, 0);
    ck_assert_int_eq(scratch_count(scratch.path), 0);
    setenv("TMPDIR", "/no/such/directory", 1);
    ck_assert_int_eq(SHELL(&status, "exit 0"), LAUNCH_FAILED);
    says("TMPDIR");
    unsetenv("TMPDIR");
    scratch_remove(&scratch);
}
END_TEST

START_TEST(without_room_in_the_trace_hello_is_said_elsewhere)
{
    struct hello hello;
    scratch_make(&scratch);
    setenv("TMPDIR", scratch.path, 1);
    ck_assert_int_eq(hello_create(&hello, "/no/such/directory", &error), 0);
    ck_assert_int_eq(scratch_count(scratch.path), 1);
    ck_assert(hello_can_be_written(&hello) && !hello_is_from(&hello, getpid()));
    ck_assert_int_eq(hello_become(&hello, scratch_path(&scratch, "end"), "end\n"), -1);
    hello_remove(&hello);
    ck_assert_int_eq(scratch_count(scratch.path), 0);
    unsetenv("TMPDIR");
    scratch_remove(&scratch);
}
END_TEST

START_TEST(the_environment_is_what_was_asked_for)
{
    int status;
    char *argv[] = {"sh", "-c", "test \"$GREQ_PATCH,$GREQ_TRACE\" = 'all,-poll,/trace' || exit 1",
                    NULL};
    struct launch launch = {
        .argv = argv, .library = FAKE_PRELOAD, .patch = "all,-poll", .trace = "/trace"};
    ck_assert_int_eq(launch_check(&launch, &error), 0);
    ck_assert_int_eq(launch_run(&launch, &status, &error), 0);
    ck_assert_int_eq(status, 0);

    setenv("GREQ_PATCH", "none", 1);
    ck_assert_int_eq(SHELL(&status, "test \"$GREQ_PATCH,$GREQ_TRACE\" = none, || exit 1"), 0);
    ck_assert_int_eq(status, 0);
}
END_TEST

/* Runs a script with a trace in the scratch directory. */
static void trace_script(const char *script)
{
    int status;
    char *argv[] = {"sh", "-c", (char *)script, NULL};
    struct launch launch = {.argv = argv, .library = FAKE_PRELOAD, .trace = scratch.path};
    ck_assert_int_eq(launch_check(&launch, &error), 0);
    ck_assert_int_eq(launch_run(&launch, &status, &error), 0);
}

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* What was noted of the end of the process whose number the script left in the file "pid". */
static struct ending noted(void)
{
    struct ending ending;
    char *pid = scratch_read(scratch_path(&scratch, "pid"));
    int directory = open(scratch.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ck_assert(ending_read(&ending, directory, atoi(pid)));
    close(directory);
    free(pid);
    return ending;
}

START_TEST(the_end_of_the_program_is_noted_in_its_trace)
{
    scratch_make(&scratch);
    uint64_t before = now_ns();
    trace_script("echo $$ >$GREQ_TRACE/pid; kill -KILL $$");
    struct ending ending = noted();
    ck_assert(ending.killed);
    ck_assert_uint_eq(ending.code, SIGKILL);
    ck_assert_uint_gt(ending.time, before);
    ck_assert_uint_le(ending.time, now_ns());
    ck_assert_uint_gt(ending.cpu, 0);
    trace_script("echo $$ >$GREQ_TRACE/pid; exit 7");
    ending = noted();
    ck_assert(!ending.killed);
    ck_assert_uint_eq(ending.code, 7);
    ck_assert_int_eq(access(scratch_path(&scratch, ".hello"), F_OK), -1);
    scratch_remove(&scratch);
}
END_TEST

START_TEST(an_end_that_cannot_be_noted_is_left_out)
{
    struct rlimit old, none;
    struct child_end end = {.time = 1};
    struct hello hello;
    scratch_make(&scratch);
    ck_assert_int_eq(hello_create(&hello, scratch.path, &error), 0);
    getrlimit(RLIMIT_FSIZE, &old);
    none = (struct rlimit){0, old.rlim_max};
    setrlimit(RLIMIT_FSIZE, &none);
    child_end_note(&end, 10, scratch.path, &hello);
    setrlimit(RLIMIT_FSIZE, &old);
    hello_remove(&hello);
    ck_assert_int_eq(scratch_count(scratch.path), 0);
    scratch_remove(&scratch);
}
END_TEST

START_TEST(what_is_sent_to_the_launcher_reaches_the_program)
{
    static const char *const names[] = {"TERM", "INT", "HUP", "QUIT"};
    char script[256];
    int status = -1;
    snprintf(script, sizeof script,
             "trap 'exit 7' %s; kill -%s $PPID; i=0; while [ $i -lt 200 ]; do sleep 0.05; "
             "i=$((i+1)); done",
             names[_i], names[_i]);
    ck_assert_int_eq(SHELL(&status, script), 0);
    ck_assert_int_eq(status, 7);
}
END_TEST

static bool is_blocked(int number)
{
    sigset_t mask;
    sigprocmask(SIG_BLOCK, NULL, &mask);
    return sigismember(&mask, number);
}

/* The program starts with the launcher's own mask and dispositions: seen in /proc by a child. */
START_TEST(signals_are_as_they_were)
{
    int status = -1;
    signal(SIGHUP, SIG_IGN);
    signal(SIGCHLD, SIG_IGN); /* the status must not be lost for that */
    sigset_t usr1;
    sigemptyset(&usr1);
    sigaddset(&usr1, SIGUSR1);
    sigprocmask(SIG_BLOCK, &usr1, NULL);
    ck_assert_int_eq(
        RUN(FAKE_PRELOAD, &status, "grep", "-q", "SigBlk:\t0000000000000200", "/proc/self/status"),
        0);
    ck_assert_int_eq(status, 0);
    ck_assert_int_eq(
        RUN(FAKE_PRELOAD, &status, "grep", "-q", "SigIgn:\t0000000000010001", "/proc/self/status"),
        0);
    ck_assert_int_eq(status, 0);
    ck_assert(!is_blocked(SIGTERM) && !is_blocked(SIGCHLD) && is_blocked(SIGUSR1));
    struct sigaction action;
    sigaction(SIGCHLD, NULL, &action);
    ck_assert(action.sa_handler == SIG_IGN);
    signal(SIGCHLD, SIG_DFL);
}
END_TEST

START_TEST(no_descriptor_is_passed_on)
{
    int status = -1;
    scratch_make(&scratch);
    char script[600];
    /* grep has its own, and that of the directory */
    snprintf(script, sizeof script, "ls -l /proc/self/fd | grep -c greq-hello >%s",
             scratch_path(&scratch, "count"));
    ck_assert_int_eq(SHELL(&status, script), 0);
    char *count = scratch_read(scratch_path(&scratch, "count"));
    ck_assert_str_eq(count, "0\n");
    free(count);
    scratch_remove(&scratch);
}
END_TEST

/* --- what is run to find out --- */

/* Runs a script, and expects it to have been started. */
static struct capture capture_script(const char *script)
{
    struct capture capture;
    char *argv[] = {"/bin/sh", "-c", (char *)script, NULL};
    char *envp[] = {"PATH=/usr/bin:/bin", NULL};
    ck_assert_int_eq(capture_run(&capture, argv, envp, &error), 0);
    return capture;
}

START_TEST(a_captured_command_has_no_input_and_two_outputs)
{
    struct capture capture = capture_script("cat; echo out; echo err >&2; exit 3");
    ck_assert_str_eq(capture.out, "out\n");
    ck_assert_str_eq(capture.err, "err\n");
    ck_assert_int_eq(WEXITSTATUS(capture.status), 3);
    ck_assert(!capture.timed_out);
    capture_finish(&capture);
    capture = capture_script("i=0; while [ $i -lt 5000 ]; do echo 0123456789; i=$((i+1)); done");
    ck_assert_uint_eq(strlen(capture.out), 55000);
    capture_finish(&capture);
    capture = capture_script("kill -KILL $$");
    ck_assert(WIFSIGNALED(capture.status));
    capture_finish(&capture);
}
END_TEST

START_TEST(a_captured_command_ends_in_time_with_all_that_it_started)
{
    struct capture capture = capture_script("sleep 60 & echo $!; sleep 60");
    ck_assert(capture.timed_out);
    pid_t left = atoi(capture.out);
    ck_assert_int_gt(left, 1);
    for (int i = 0; i < 500 && kill(left, 0) == 0; i++)
        usleep(10000); /* until somebody has waited for it */
    ck_assert_int_eq(kill(left, 0), -1);
    capture_finish(&capture);
}
END_TEST

/* --- the trace's directory --- */

START_TEST(a_trace_directory_is_made_or_must_be_empty)
{
    char absolute[PATH_MAX];
    struct stat status;
    scratch_make(&scratch);
    const char *path = scratch_path(&scratch, "trace");
    umask(0);
    ck_assert_int_eq(trace_directory_make(absolute, path, &error), 0);
    ck_assert_str_eq(absolute, path);
    ck_assert_int_eq(stat(path, &status), 0);
    ck_assert_int_eq(status.st_mode & 07777, 0700);
    ck_assert_int_eq(trace_directory_make(absolute, path, &error), 0); /* it is empty */
    write_text(scratch_path(&scratch, "trace/.hidden"), "", 0600);
    ck_assert_int_eq(trace_directory_make(absolute, path, &error), -1);
    says("not empty");
    trace_directory_drop(path);
    ck_assert_int_eq(stat(path, &status), 0);

    ck_assert_int_eq(
        trace_directory_make(absolute, scratch_path(&scratch, "trace/.hidden"), &error), -1);
    says("Not a directory");
    ck_assert_int_eq(trace_directory_make(absolute, "/no/such/place", &error), -1);
    says("cannot make the directory: No such file");
    scratch_remove(&scratch);
}
END_TEST

/* Whoever has it locked lives. */
START_TEST(what_a_killed_launcher_left_is_in_nobodys_way)
{
    char absolute[PATH_MAX];
    struct hello hello;
    scratch_make(&scratch);
    const char *path = scratch.path;
    ck_assert_int_eq(hello_create(&hello, path, &error), 0);
    usleep(200000);
    ck_assert_int_eq(trace_directory_make(absolute, path, &error), -1);
    says("not empty");
    close(hello.file.fd);
    write_text(scratch_path(&scratch, "data"), "", 0600);
    ck_assert_int_eq(trace_directory_make(absolute, path, &error), -1);
    ck_assert_int_eq(unlink(scratch_path(&scratch, "data")), 0);
    ck_assert_int_eq(trace_directory_make(absolute, path, &error), 0);
    ck_assert_int_eq(scratch_count(path), 0);
    ck_assert_int_eq(symlink("/dev/null", scratch_path(&scratch, ".hello")), 0);
    ck_assert_int_eq(trace_directory_make(absolute, path, &error), -1);
    scratch_remove(&scratch);
}
END_TEST

static void get_old(const char *path)
{
    static const struct timespec times[2];
    ck_assert_int_eq(utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW), 0);
}

static void leave(const char *name, bool is_directory)
{
    char path[400];
    snprintf(path, sizeof path, "%s/%s", scratch.path, name);
    if (is_directory) {
        ck_assert_int_eq(mkdir(path, 0700), 0);
        snprintf(path, sizeof path, "%s/%s/inside", scratch.path, name);
    }
    write_text(path, "", 0600);
    snprintf(path, sizeof path, "%s/%s", scratch.path, name);
    get_old(path);
}

static bool is_there(const char *name)
{
    struct stat status;
    return !lstat(scratch_path(&scratch, name), &status);
}

#define OURS "greq-temporary-"

START_TEST(what_a_killed_one_left_is_swept)
{
    struct temporary file, directory;
    scratch_make(&scratch);
    setenv("TMPDIR", scratch.path, 1);
    leave(OURS "hello.aaaaaa", false);
    leave(OURS "check.aaaaaa", true);
    leave(OURS "doctor.a0Z9aa", true);
    leave(OURS "check.a.aaaa", true);
    leave(OURS "check.aaaaaaa", true);
    leave("greq-check.before", true);
    leave("greq-doctor.report", false);
    leave(OURS "other.aaaaaa", false);
    ck_assert_int_eq(symlink("greq-check.before", scratch_path(&scratch, OURS "hello.bbbbbb")), 0);
    get_old(scratch_path(&scratch, OURS "hello.bbbbbb"));
    write_text(scratch_path(&scratch, OURS "hello.cccccc"), "", 0600); /* in the making */
    ck_assert_int_eq(temporary_make_file(&file, "hello", &error), 0);
    ck_assert_int_eq(temporary_make_directory(&directory, "check", &error), 0);
    get_old(file.path);
    get_old(directory.path);
    temporary_sweep();
    ck_assert(!is_there(OURS "hello.aaaaaa") && !is_there(OURS "check.aaaaaa"));
    ck_assert(!is_there(OURS "doctor.a0Z9aa"));
    ck_assert(is_there(OURS "check.a.aaaa") && is_there(OURS "check.aaaaaaa"));
    ck_assert(is_there("greq-check.before/inside") && is_there("greq-doctor.report"));
    ck_assert(is_there(OURS "other.aaaaaa"));
    ck_assert(is_there(OURS "hello.bbbbbb") && is_there(OURS "hello.cccccc"));
    ck_assert(is_there(strrchr(file.path, '/') + 1));
    ck_assert(is_there(strrchr(directory.path, '/') + 1));
    close(file.fd); /* as if it were killed */
    temporary_sweep();
    ck_assert(!is_there(strrchr(file.path, '/') + 1));
    temporary_remove(&directory);
    ck_assert_int_eq(scratch_count(scratch.path), 7);
    scratch_remove(&scratch);
}
END_TEST

START_TEST(where_others_may_rename_nothing_is_swept)
{
    scratch_make(&scratch);
    setenv("TMPDIR", scratch.path, 1);
    leave(OURS "check.aaaaaa", true);
    ck_assert_int_eq(chmod(scratch.path, 0777), 0);
    temporary_sweep();
    ck_assert(is_there(OURS "check.aaaaaa/inside"));
    ck_assert_int_eq(chmod(scratch.path, 01777), 0);
    if (!geteuid()) {
        ck_assert_int_eq(chown(scratch.path, 1, 1), 0);
        temporary_sweep();
        ck_assert(is_there(OURS "check.aaaaaa/inside"));
        ck_assert_int_eq(chown(scratch.path, 0, 0), 0);
    }
    temporary_sweep();
    ck_assert(!is_there(OURS "check.aaaaaa"));
    scratch_remove(&scratch);
}
END_TEST

START_TEST(a_temporary_directory_that_cannot_be_opened_is_not_left)
{
    struct temporary directory;
    struct rlimit limit;
    scratch_make(&scratch);
    setenv("TMPDIR", scratch.path, 1);
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    const struct rlimit none = {0, limit.rlim_max};
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
    int made = temporary_make_directory(&directory, "check", &error);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    ck_assert_int_eq(made, -1);
    says("Too many open files");
    ck_assert_int_eq(scratch_count(scratch.path), 0);
    scratch_remove(&scratch);
}
END_TEST

SUITE("tracer: launch", EACH(the_library_comes_first_and_once, 11),
      ONCE(the_names_in_a_list_are_told_apart), ONCE(programs_are_searched_as_execvp_does),
      ONCE(scripts_are_judged_by_their_interpreter), ONCE(env_is_followed_to_what_it_starts),
      ONCE(what_is_neither_elf_nor_text_is_left_to_execve),
      ONCE(what_a_preload_cannot_reach_is_refused), ONCE(file_capabilities_are_refused),
      ONCE(the_loader_itself_can_be_preloaded_into), ONCE(the_exit_status_is_the_programs_own),
      ONCE(a_program_that_did_not_say_hello_is_a_failure),
      ONCE(where_nobody_can_say_hello_silence_is_no_failure), ONCE(nothing_is_left_of_the_hello),
      ONCE(without_room_in_the_trace_hello_is_said_elsewhere),
      ONCE(the_environment_is_what_was_asked_for),
      ONCE(a_captured_command_has_no_input_and_two_outputs),
      ONCE(a_captured_command_ends_in_time_with_all_that_it_started),
      ONCE(the_end_of_the_program_is_noted_in_its_trace),
      ONCE(an_end_that_cannot_be_noted_is_left_out),
      EACH(what_is_sent_to_the_launcher_reaches_the_program, 4), ONCE(signals_are_as_they_were),
      ONCE(no_descriptor_is_passed_on), ONCE(a_trace_directory_is_made_or_must_be_empty),
      ONCE(what_a_killed_launcher_left_is_in_nobodys_way), ONCE(what_a_killed_one_left_is_swept),
      ONCE(where_others_may_rename_nothing_is_swept),
      ONCE(a_temporary_directory_that_cannot_be_opened_is_not_left))
