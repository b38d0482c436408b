/* Running processes: what /proc tells of them. */
#include "ask.h"
#include "scratch.h"
#include "suite.h"

#include <check.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static json_t *ask_process(pid_t pid, int status)
{
    char number[16];
    snprintf(number, sizeof number, "%d", (int)pid);
    return ask(number, status, NULL);
}

/* Starts a victim that says "ready" and stays. */
static void start(struct victim_running *running, const struct victim *victim)
{
    victim_start(running, victim);
    free(victim_wait_line(running, "ready"));
}

static void stop(struct victim_running *running)
{
    struct victim_result result;
    kill(running->pid, SIGKILL);
    victim_finish(running, &result);
    victim_result_free(&result);
}

static json_t *ask_victim(const struct victim *victim, int status)
{
    struct victim_running running;
    start(&running, victim);
    json_t *answer = ask_process(running.pid, status);
    ck_assert_int_eq(json_integer_value(json_object_get(answer, "pid")), running.pid);
    stop(&running);
    return answer;
}

START_TEST(a_process_with_the_preload)
{
    const struct victim victim = {
        .argv = WORDS("doctor_calls", "stay"), .env = WORDS("GREQ_PATCH=none"), .preload = true};
    json_t *answer = ask_victim(&victim, 0);
    expect_verdict(answer, "reached");
    const json_t *library = json_object_get(answer, "library");
    ck_assert(json_is_true(json_object_get(library, "loaded")));
    ck_assert(json_is_false(json_object_get(library, "other_than_own")));
    ck_assert_int_ge(json_integer_value(json_object_get(library, "trace_format")), 2);
    const char *patch =
        json_string_value(json_object_get(json_object_get(answer, "environment"), "GREQ_PATCH"));
    ck_assert_str_eq(patch, "none");
    expect_texts(json_object_get(answer, "steps"), WORDS(victim_path("doctor_calls")));
    ck_assert(imports(module_of(answer, "doctor_calls"), "hooked", "socket", "recv"));
    ck_assert_str_eq(json_string_value(json_object_get(module_of(answer, "libgreq.so"), "role")),
                     "preloaded");
    ck_assert_str_eq(json_string_value(json_object_get(module_of(answer, "libc.so.6"), "role")),
                     "needed");
    json_decref(answer);
}
END_TEST

START_TEST(a_process_without_the_preload)
{
    struct victim victim = {.argv = WORDS("doctor_calls", "stay")};
    json_t *answer = ask_victim(&victim, 1);
    expect_verdict(answer, "not");
    expect_finding(answer, "obstacle", "not_loaded", "start it anew by greq run");
    ck_assert(imports(module_of(answer, "doctor_calls"), "not_hooked", "ipc", "msgrcv"));
    json_decref(answer);

    victim.env = WORDS("LD_PRELOAD=/nowhere/libgreq.so");
    answer = ask_victim(&victim, 1);
    expect_finding(answer, "obstacle", "refused", "/nowhere/libgreq.so, but the loader");
    json_decref(answer);
}
END_TEST

/* An upgrade puts other files in the place of those that a process has. */
START_TEST(a_process_whose_program_was_removed)
{
    struct scratch scratch;
    char path[256], copy[9000];
    struct victim_running running;
    scratch_make(&scratch);
    snprintf(path, sizeof path, "%s", scratch_path(&scratch, "program"));
    snprintf(copy, sizeof copy, "cp '%s' '%s'", victim_path("doctor_calls"), path);
    ck_assert_int_eq(system(copy), 0);
    const struct victim victim = {.argv = WORDS(path, "stay"), .preload = true};
    start(&running, &victim);
    scratch_remove(&scratch);
    json_t *answer = ask_process(running.pid, 0);
    expect_texts(json_object_get(answer, "steps"), WORDS(path));
    ck_assert(imports(module_of(answer, "program"), "hooked", "socket", "recv"));
    json_decref(answer);
    stop(&running);
}
END_TEST

START_TEST(an_interposer_that_comes_first_in_a_process)
{
    char preload[9000];
    snprintf(preload, sizeof preload, "LD_PRELOAD=%s:%s", victim_path("libdoctor_interposer.so"),
             victim_preload());
    const struct victim victim = {.argv = WORDS("doctor_calls", "stay"), .env = WORDS(preload)};
    json_t *answer = ask_victim(&victim, 1);
    expect_verdict(answer, "in_part");
    expect_finding(answer, "bypass", "interposed",
                   "libdoctor_interposer.so defines recv and comes before libgreq.so");
    expect_texts(json_object_get(json_object_get(answer, "interposed"), "recv"),
                 WORDS("libdoctor_interposer.so", "libgreq.so", "libc.so.6"));
    json_decref(answer);
}
END_TEST

START_TEST(what_a_process_opened_at_run_time_is_there)
{
    const struct victim victim = {
        .argv = WORDS("/usr/bin/python3", "-c",
                      "import _ctypes, time; print('ready', flush=True); time.sleep(30)"),
        .preload = true};
    json_t *answer = ask_victim(&victim, 0);
    size_t i;
    json_t *module, *opened = NULL;
    json_array_foreach(json_object_get(answer, "modules"), i, module)
    {
        if (!strncmp(json_string_value(json_object_get(module, "name")), "_ctypes.", 8))
            opened = module;
    }
    ck_assert_ptr_nonnull(opened);
    ck_assert_str_eq(json_string_value(json_object_get(opened, "role")), "opened");
    expect_no_finding(answer, "python");
    json_decref(answer);
}
END_TEST

START_TEST(the_host_of_greenlets_is_named)
{
    static const char program[] = "import sys\n"
                                  "try:\n"
                                  "    import gevent\n"
                                  "except ImportError:\n"
                                  "    print('ready', flush=True); sys.exit(0)\n"
                                  "print('ready', flush=True); gevent.sleep(30)\n";
    struct victim_running running;
    const struct victim victim = {.argv = WORDS("/usr/bin/python3", "-c", program),
                                  .preload = true};
    start(&running, &victim);
    if (system("/usr/bin/python3 -c 'import gevent' 2>/dev/null") == 0) {
        json_t *answer = ask_process(running.pid, 0);
        expect_finding(answer, "note", "host", "gevent");
        json_decref(answer);
    }
    stop(&running);
}
END_TEST

/* Asks, and expects one line and status 2. */
static void expect_refusal(const char *subject, const char *part, void (*prepare)(void))
{
    struct victim_result result;
    struct victim victim = {.argv = WORDS(GREQ_COMMAND, "doctor", subject), .prepare = prepare};
    victim_run(&result, &victim);
    if (result.exit_status == 127) { /* another user may not even run greq here */
        victim_result_free(&result);
        return;
    }
    ck_assert_int_eq(result.exit_status, 2);
    ck_assert_str_eq(result.out.data, "");
    ck_assert_msg(strstr(result.err.data, part), "no '%s' in %s", part, result.err.data);
    char *end = strchr(result.err.data, '\n');
    ck_assert_msg(end && !end[1], "not one line: %s", result.err.data);
    victim_result_free(&result);
}

START_TEST(a_process_that_is_not_there)
{
    char number[16];
    pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    snprintf(number, sizeof number, "%d", (int)pid);
    siginfo_t info;
    waitid(P_PID, pid, &info, WEXITED | WNOWAIT); /* it has ended, and is still listed */
    expect_refusal(number, "has ended", NULL);
    waitpid(pid, NULL, 0);
    expect_refusal(number, "no such process", NULL);
}
END_TEST

static void become_nobody(void)
{
    enum { NOBODY = 65534 };
    if (setgroups(0, NULL) || setgid(NOBODY) || setuid(NOBODY))
        _exit(127);
}

START_TEST(a_process_of_another_user)
{
    if (geteuid() != 0) { /* then there is one that belongs to root */
        expect_refusal("1", "ask as its owner or as root", NULL);
        return;
    }
    char number[16];
    snprintf(number, sizeof number, "%d", (int)getpid());
    expect_refusal(number, "ask as its owner or as root", become_nobody);
}
END_TEST

/* A sanitizer's runtime has to come first in a process, and finds fault with python. */
SUITE("doctor: processes", ONCE(a_process_with_the_preload), ONCE(a_process_without_the_preload),
      ONCE(a_process_whose_program_was_removed),
      EACH(an_interposer_that_comes_first_in_a_process, GREQ_PLAIN_BUILD),
      EACH(what_a_process_opened_at_run_time_is_there, GREQ_PLAIN_BUILD),
      EACH(the_host_of_greenlets_is_named, GREQ_PLAIN_BUILD), ONCE(a_process_that_is_not_there),
      ONCE(a_process_of_another_user))
