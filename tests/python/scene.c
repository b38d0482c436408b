#include "scene.h"

#include "scratch.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST_ENTRIES = 32, MOST_SERVERS = 4, START_LIMIT_S = 60 };

/* ---- where the servers are, as environment entries ---- */

static char places[4096];
static const char *environment[MOST_ENTRIES + 1];
static size_t entry_count;

static void give_up(const char *what)
{
    perror(what);
    exit(1);
}

static void places_take(void)
{
    /* eventlet asks for distutils; setuptools' own take half a second to load. */
    environment[entry_count++] = "SETUPTOOLS_USE_DISTUTILS=stdlib";
    for (char *word = strtok(places, " \n"); word; word = strtok(NULL, " \n")) {
        if (entry_count == MOST_ENTRIES)
            give_up("too many places");
        environment[entry_count++] = word;
    }
}

const char *const *scene_environment(void)
{
    return environment;
}

const char *const *scene_environment_with(const char *const *entries)
{
    static const char *extended[2 * MOST_ENTRIES + 1];
    size_t count = entry_count;
    memcpy(extended, environment, entry_count * sizeof *environment);
    for (; *entries && count < 2 * MOST_ENTRIES; entries++)
        extended[count++] = *entries;
    extended[count] = NULL;
    return extended;
}

/* ---- the servers; Check's assertions and victim.h are for tests, and these outlive them ---- */

struct servers {
    struct scratch scratch;
    pid_t pid;
    int input; /* they run until it is closed */
};

static _Noreturn void child_become(const char *directory, const char *const *servers)
{
    const char *argv[MOST_SERVERS + 6] = {"/usr/bin/python3", "-B", FOLDER "/servers/serve.py",
                                          directory, DELAY_SERVER};
    for (int i = 0; servers[i] && i < MOST_SERVERS; i++)
        argv[5 + i] = servers[i];
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    execv(argv[0], (char *const *)argv);
    give_up(argv[0]);
    _exit(1);
}

static void servers_start(struct servers *started, const char *const *servers)
{
    int input[2], output[2];
    scratch_make(&started->scratch);
    if (pipe(input) < 0 || pipe(output) < 0 || (started->pid = fork()) < 0)
        give_up("starting servers");
    if (started->pid == 0) {
        dup2(input[0], STDIN_FILENO);
        dup2(output[1], STDOUT_FILENO);
        close_range(STDERR_FILENO + 1, ~0u, 0);
        child_become(started->scratch.path, servers);
    }
    started->input = input[1];
    close(input[0]);
    close(output[1]);
    FILE *lines = fdopen(output[0], "r");
    if (!lines || !fgets(places, sizeof places, lines))
        give_up("the servers did not start");
    fclose(lines);
    places_take();
}

static void servers_stop(struct servers *started)
{
    close(started->input);
    waitpid(started->pid, NULL, 0);
    scratch_remove(&started->scratch);
}

int scene_run(const char *name, const char *const *servers, const struct suite_test *tests,
              size_t count)
{
    struct servers started = {0};
    alarm(START_LIMIT_S);
    servers_start(&started, servers);
    alarm(0);
    int status = suite_run(name, tests, count);
    servers_stop(&started);
    return status;
}

/* ---- victims ---- */

void scene_expect_same(const char *const *argv)
{
    const struct victim plain = {.argv = argv, .env = environment};
    const struct victim preloaded = {.argv = argv, .env = environment, .preload = true};
    char *truth = expect_success(&plain, NULL);
    ck_assert_msg(*truth, "%s prints no facts", argv[2]);
    char *facts = expect_success(&preloaded, NULL);
    expect_same_facts(argv, truth, facts);
    free(truth);
    free(facts);
}

void scene_expect_preloaded(const char *const *argv, const char *expected)
{
    const struct victim preloaded = {.argv = argv, .env = environment, .preload = true};
    char *facts = expect_success(&preloaded, NULL);
    ck_assert_str_eq(facts, expected);
    free(facts);
}
