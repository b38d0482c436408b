/*
 * What a program does while libgreq.so's own calls fail: memory, descriptors or room run out, calls
 * are interrupted or cut short. One call fails in each run, the first, the second and so on up to
 * the last that the program's run has; and once all from there on.
 *
 * The program does what it does alone, or meets the error itself: then only lines that name an
 * error differ, or its output ends early, with an error on standard error. It never crashes, hangs
 * or leaves somebody behind. The calls can fail in builds with checks only (shim/sys/fault.h).
 */
#include "expect.h"
#include "peer.h"
#include "scratch.h"
#include "suite.h"
#include "sys/fault.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

static const char *const victims[][3] = {
    {"api_fork"},
    {"descriptor_theft", "dup2"},
    {"tls_waits"},
    {"api_nested", "3"},
    {"exceptions"},
    {"dns_outcomes"},
    {"descriptor_theft", "closefrom"},
    {"stdio_program"},
    {"thread_exit_hooks"},
    {"chatter", "20"},
};

static const int kinds[] = {ENOMEM, EMFILE, ENOSPC, EINTR, EAGAIN, FAULT_CUT};
static const char *const kind_names[] = {"ENOMEM", "EMFILE", "ENOSPC", "EINTR", "EAGAIN", "cut"};

enum {
    VICTIMS = sizeof victims / sizeof *victims,
    KINDS = sizeof kinds / sizeof *kinds,
    MODES = 2, /* preloaded, and recorded besides */
    FEW = 3,   /* victims of a run that is not full, recorded: fork and TLS are among them */
    DESCRIPTORS = 1024,
    AT_ONCE = 6, /* runs side by side: victims wait most of their time */
    FEW_AT_ONCE = 3,
    INTERRUPTIONS = 20, /* in a row */
    MOST_TRIES = 3,
};

/* How late a victim calls too late: on a machine as busy as this, not before it counts as hung. */
#define PATIENCE "VICTIM_LATE_S=30"

/* What is the same in all runs of a test. */
struct scene {
    const char *const *argv;
    bool traced;
    char *truth; /* the output alone */
};

/* One run, and which of its calls fail. */
struct attempt {
    int error;
    uint32_t first, last;
    struct scratch scratch;
    char order_variable[160], trace_variable[160];
    const char *env[4];
    struct fault_order *order;
    struct victim victim;
    struct victim_running running;
    struct victim_result result;
};

/* One victim does something for each descriptor that there may be. */
static void limit_descriptors(void)
{
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = DESCRIPTORS;
    setrlimit(RLIMIT_NOFILE, &limit);
}

/* ---- an attempt, and its order, in a file that the victim maps as well ---- */

static void order_make(struct attempt *attempt)
{
    const char *path = scratch_path(&attempt->scratch, "order");
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    ck_assert_int_eq(ftruncate(fd, sizeof *attempt->order), 0);
    attempt->order = mmap(NULL, sizeof *attempt->order, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    ck_assert_ptr_ne(attempt->order, MAP_FAILED);
    close(fd);
    *attempt->order = (struct fault_order){
        .error = attempt->error, .first = attempt->first, .last = attempt->last};
    snprintf(attempt->order_variable, sizeof attempt->order_variable, "GREQ_FAULT=%s", path);
}

/* `attempt` says which calls fail. */
static void attempt_start(struct attempt *attempt, const struct scene *scene)
{
    scratch_make(&attempt->scratch);
    order_make(attempt);
    snprintf(attempt->trace_variable, sizeof attempt->trace_variable, "GREQ_TRACE=%s",
             scratch_path(&attempt->scratch, "trace"));
    attempt->env[0] = PATIENCE;
    attempt->env[1] = attempt->order_variable;
    attempt->env[2] = scene->traced ? attempt->trace_variable : NULL;
    attempt->victim = (struct victim){
        .argv = scene->argv, .env = attempt->env, .preload = true, .prepare = limit_descriptors};
    victim_start(&attempt->running, &attempt->victim);
}

static void attempt_free(struct attempt *attempt)
{
    munmap(attempt->order, sizeof *attempt->order);
    victim_result_free(&attempt->result);
    scratch_remove(&attempt->scratch);
}

/* ---- the judgement ---- */

/* "nothing" is what dns_outcomes says where libc has no answer. */
static bool names_an_error(const char *line, size_t size)
{
    if (size > 9 && memcmp(line + size - 9, " nothing\n", 9) == 0)
        return true;
    for (size_t i = 0; i + 2 < size; i++)
        if (line[i] == 'E' && line[i + 1] >= 'A' && line[i + 1] <= 'Z' && line[i + 2] >= 'A' &&
            line[i + 2] <= 'Z')
            return true;
    return false;
}

static size_t line_size(const char *text)
{
    size_t size = strcspn(text, "\n");
    return size + (text[size] == '\n');
}

static const char *skip_timings(const char *text)
{
    while (*text == '~')
        text += line_size(text);
    return text;
}

/* Whether the lines are those of the truth but for such that name an error; it may end early. */
static bool is_truth_or_error(const char *said, const char *truth, bool may_end_early)
{
    for (;;) {
        said = skip_timings(said), truth = skip_timings(truth);
        size_t size = line_size(said), wanted = line_size(truth);
        if (!size)
            return !wanted || may_end_early;
        if ((size != wanted || memcmp(said, truth, size) != 0) && !names_an_error(said, size))
            return false;
        said += size, truth += wanted;
    }
}

/* What libgreq.so says of itself at the start is no word of the program. */
static const char *own_words(const char *errors)
{
    while (strncmp(errors, "greq: ", 6) == 0)
        errors += line_size(errors);
    return errors;
}

/* By must() of facts.h, for an error of its own. */
static bool gave_up(const struct victim_result *result)
{
    return result->exit_status == 3 && *own_words(result->err.data);
}

static bool says_the_truth(const struct scene *scene, const struct victim_result *result)
{
    return is_truth_or_error(result->out.data, scene->truth, gave_up(result));
}

static void judge(const struct scene *scene, const struct attempt *attempt)
{
    const struct victim *victim = &attempt->victim;
    const struct victim_result *result = &attempt->result;
    const char *errors = own_words(result->err.data);
    char what[80];
    snprintf(what, sizeof what, "%s%s, call %u%s of those",
             attempt->error == FAULT_CUT ? "cut short" : strerrorname_np(attempt->error),
             scene->traced ? ", traced" : "", attempt->first,
             attempt->last > attempt->first ? " and later" : "");
    expect_that(!result->timed_out, victim, result, "%s: it did not end", what);
    expect_that(!result->left_someone, victim, result, "%s: it left a process behind", what);
    expect_that(gave_up(result) || (result->exit_status == 0 && !*errors), victim, result,
                "%s: neither right nor an error of its own", what);
    expect_that(says_the_truth(scene, result), victim, result,
                "%s: it says something else\n-- alone:\n%s", what, scene->truth);
}

/* ---- the runs ---- */

/* On a busy machine a line may differ because something came late. A crash is one at once. */
static bool may_be_late(const struct scene *scene, const struct victim_result *result)
{
    return (result->exit_status == 0 || gave_up(result)) && !result->timed_out &&
           !says_the_truth(scene, result);
}

/* Returns whether the run had the call that was to fail. */
static bool attempt_ends_well(struct attempt *attempt, const struct scene *scene)
{
    for (int tries = 1; tries < MOST_TRIES && may_be_late(scene, &attempt->result); tries++) {
        attempt_free(attempt);
        attempt_start(attempt, scene);
        victim_finish(&attempt->running, &attempt->result);
    }
    judge(scene, attempt);
    bool reached = attempt->order->seen >= attempt->first;
    attempt_free(attempt);
    return reached;
}

/* Side by side. Returns whether one at least had the call that was to fail. */
static bool attempts_end_well(struct attempt *attempts, int count, const struct scene *scene)
{
    bool reached = false;
    for (int i = 0; i < count; i++)
        attempt_start(&attempts[i], scene);
    for (int i = 0; i < count; i++)
        victim_finish(&attempts[i].running, &attempts[i].result);
    for (int i = 0; i < count; i++)
        reached |= attempt_ends_well(&attempts[i], scene);
    return reached;
}

static void learn_truth(struct scene *scene)
{
    const struct victim victim = {
        .argv = scene->argv, .env = WORDS(PATIENCE), .prepare = limit_descriptors};
    struct victim_result result;
    victim_run(&result, &victim);
    expect_that(result.exit_status == 0, &victim, &result, "it fails alone");
    scene->truth = strdup(result.out.data);
    victim_result_free(&result);
}

/* What is short stays short; but who is interrupted for ever is right not to end. */
static bool runs_out(int error)
{
    return error == ENOMEM || error == EMFILE || error == ENOSPC;
}

/* Each call in a full run; else the first one, and then ever fewer. */
static uint32_t next_call(uint32_t call)
{
    return getenv("CK_GREQ_FULL") ? call + 1 : 16 * call;
}

static void try_kind(const struct scene *scene, int error)
{
    struct attempt all = {
        .error = error, .first = 1, .last = runs_out(error) ? UINT32_MAX : INTERRUPTIONS};
    bool reached = attempts_end_well(&all, 1, scene);
    ck_assert_msg(reached || error != ENOMEM, "libgreq.so is not there, or its calls cannot fail");
    reached = true;
    int at_once = getenv("CK_GREQ_FULL") ? AT_ONCE : FEW_AT_ONCE;
    for (uint32_t call = 1; reached;) {
        struct attempt attempts[AT_ONCE];
        for (int i = 0; i < at_once; i++, call = next_call(call))
            attempts[i] = (struct attempt){.error = error, .first = call, .last = call};
        reached = attempts_end_well(attempts, at_once, scene);
    }
}

static bool is_wanted(const char *kind)
{
    const char *only = getenv("CK_GREQ_KIND");
    return !only || strcmp(only, kind) == 0;
}

START_TEST(program_is_right_or_fails_itself)
{
    struct scene scene = {.argv = victims[_i % VICTIMS], .traced = _i / VICTIMS};
    if (!getenv("CK_GREQ_FULL") && (_i % VICTIMS >= FEW || !scene.traced))
        return;
    peer_start();
    learn_truth(&scene);
    for (int i = 0; i < KINDS; i++)
        if (is_wanted(kind_names[i]))
            try_kind(&scene, kinds[i]);
    free(scene.truth);
    peer_stop();
}
END_TEST

SUITE("faults", EACH(program_is_right_or_fails_itself, VICTIMS *MODES))
