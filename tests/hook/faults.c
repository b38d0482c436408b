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
#include <unistd.h>

static const char *const victims[][3] = {
    {"api_fork"},
    {"descriptor_theft", "dup2"},
    {"tls_waits"},
    {"api_nested"},
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
    RUNS = VICTIMS * KINDS * MODES,
    FEW = 3,            /* victims of a run that is not full: fork and TLS are among them */
    INTERRUPTIONS = 20, /* in a row */
    MOST_TRIES = 3,
};

struct scene {
    const char *const *argv;
    bool traced;
    char *truth; /* the output alone */
    struct scratch scratch;
    char order_variable[160], trace_variable[160];
    struct fault_order *order;
};

/* ---- the order, in a file that the victim maps as well ---- */

static void order_make(struct scene *scene)
{
    const char *path = scratch_path(&scene->scratch, "order");
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    ck_assert_int_eq(ftruncate(fd, sizeof *scene->order), 0);
    scene->order = mmap(NULL, sizeof *scene->order, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    ck_assert_ptr_ne(scene->order, MAP_FAILED);
    close(fd);
    snprintf(scene->order_variable, sizeof scene->order_variable, "GREQ_FAULT=%s", path);
    snprintf(scene->trace_variable, sizeof scene->trace_variable, "GREQ_TRACE=%s",
             scratch_path(&scene->scratch, "trace"));
}

static void run(const struct scene *scene, bool alone, struct victim *victim,
                struct victim_result *result)
{
    *victim = (struct victim){.argv = scene->argv, .preload = !alone};
    const char *env[] = {scene->order_variable, scene->traced ? scene->trace_variable : NULL, NULL};
    if (!alone)
        victim->env = env;
    victim_run(result, victim);
    victim->env = NULL;
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

static void judge(const struct scene *scene, const struct victim *victim,
                  const struct victim_result *result, const char *what)
{
    const char *errors = own_words(result->err.data);
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

/* Runs it while calls `first` to `last` fail. Returns whether there were so many. */
static bool fails_well(struct scene *scene, int error, uint32_t first, uint32_t last)
{
    struct victim victim;
    struct victim_result result;
    char what[80];
    for (int tries = 1;; tries++) {
        *scene->order = (struct fault_order){.error = error, .first = first, .last = last};
        run(scene, false, &victim, &result);
        if (tries == MOST_TRIES || !may_be_late(scene, &result))
            break;
        victim_result_free(&result);
    }
    snprintf(what, sizeof what, "%s%s, call %u%s of those",
             error == FAULT_CUT ? "cut short" : strerrorname_np(error),
             scene->traced ? ", traced" : "", first, last > first ? " and later" : "");
    judge(scene, &victim, &result, what);
    victim_result_free(&result);
    return scene->order->seen >= first;
}

static void learn_truth(struct scene *scene)
{
    struct victim victim;
    struct victim_result result;
    run(scene, true, &victim, &result);
    expect_that(result.exit_status == 0, &victim, &result, "it fails alone");
    scene->truth = strdup(result.out.data);
    victim_result_free(&result);
}

/* What is short stays short; but who is interrupted for ever is right not to end. */
static bool runs_out(int error)
{
    return error == ENOMEM || error == EMFILE || error == ENOSPC;
}

/* Each call in a full run; else the first ones, and then ever fewer. */
static uint32_t next_call(uint32_t call)
{
    return getenv("CK_GREQ_FULL") ? call + 1 : 16 * call;
}

static bool is_wanted(int victim, const char *kind)
{
    const char *only = getenv("CK_GREQ_KIND");
    return (victim < FEW || getenv("CK_GREQ_FULL")) && (!only || !strcmp(only, kind));
}

START_TEST(program_is_right_or_fails_itself)
{
    struct scene scene = {.argv = victims[_i % VICTIMS], .traced = _i / VICTIMS % MODES};
    int error = kinds[_i / VICTIMS / MODES];
    if (!is_wanted(_i % VICTIMS, kind_names[_i / VICTIMS / MODES]))
        return;
    peer_start();
    scratch_make(&scene.scratch);
    order_make(&scene);
    learn_truth(&scene);
    fails_well(&scene, error, 1, runs_out(error) ? UINT32_MAX : INTERRUPTIONS);
    for (uint32_t call = 1; fails_well(&scene, error, call, call);)
        call = next_call(call);
    munmap(scene.order, sizeof *scene.order);
    free(scene.truth);
    scratch_remove(&scene.scratch);
    peer_stop();
}
END_TEST

SUITE("faults", EACH(program_is_right_or_fails_itself, RUNS))
