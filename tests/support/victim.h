/*
 * victim.h: runs a program as a test's victim and collects what it did.
 *
 * The runner is never preloaded itself. A victim inherits the runner's environment, reads
 * /dev/null, and leads a process group of its own: whatever is left of the group when its leader
 * has ended, or its time is up, is killed. A fault of the harness (no such program, no pipe) fails
 * the test at once; what the victim did wrong is for the test to judge.
 */
#ifndef SUPPORT_VICTIM_H
#define SUPPORT_VICTIM_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* A NULL-terminated list of words, as `argv` and `env` below want it. */
#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

struct victim {
    const char *const *argv; /* [0]: a program of tests/victims, or a path */
    const char *const *env;  /* NAME=VALUE, set on top of what is inherited; may be NULL */
    const char *directory;   /* where it starts; NULL: where the runner is */
    bool preload;            /* libgreq.so, behind the sanitizer's runtime if there is one */
    bool terminal;           /* standard error is a terminal */
    double timeout_s;        /* 0: half a minute, with a sanitizer a minute */
    void (*prepare)(void);   /* called in the child before it execs, for limits and the like */
};

struct victim_text {
    char *data; /* NUL-terminated; never NULL in a result */
    size_t size;
};

struct victim_result {
    struct victim_text out, err;
    int exit_status;   /* -1 when it did not exit by itself */
    int signal;        /* that ended it, or 0 */
    bool timed_out;    /* its group was killed because its time was up */
    bool left_someone; /* a process of its group outlived it */
    double elapsed_s;
};

/* A victim that has been started; its members are victim.c's own. */
struct victim_running {
    const struct victim *victim;
    pid_t pid;
    int pidfd, out_fd, err_fd;
    double started, deadline;
    struct victim_text out, err;
};

/* Runs a victim to its end. The result is released with victim_result_free(). */
void victim_run(struct victim_result *result, const struct victim *victim);
void victim_result_free(struct victim_result *result);

/* The same in two halves; every victim that was started must be finished. `victim` must live as
 * long. Between them: waits until a line of standard output starts with `line`, and returns that
 * line without its end, to be freed by the caller; fails the test if that does not happen. */
void victim_start(struct victim_running *running, const struct victim *victim);
char *victim_wait_line(struct victim_running *running, const char *line);
void victim_finish(struct victim_running *running, struct victim_result *result);

/* The path of a program of tests/victims. Valid until the next call. */
const char *victim_path(const char *name);

/* The LD_PRELOAD value with which victims are run. */
const char *victim_preload(void);

#endif
