#include "cmd/progress.h"

#include "base/check.h"
#include "cmd/terminal.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

/* Of CLOCK_MONOTONIC. */
enum { PATIENCE_MS = 1000, STEP_MS = 200 };

/* All but `thread` are guarded by `lock`. */
static struct {
    pthread_mutex_t lock;
    pthread_cond_t ended;
    pthread_t thread;
    bool running;
    bool visible;
    const char *what;
    const uint64_t *done; /* NULL: nobody knows how far it is */
    uint64_t total;
    struct timespec begun;
} progress = {.lock = PTHREAD_MUTEX_INITIALIZER};

static struct timespec after(struct timespec time, long ms)
{
    time.tv_sec += ms / 1000;
    time.tv_nsec += ms % 1000 * 1000000;
    time.tv_sec += time.tv_nsec / 1000000000;
    time.tv_nsec %= 1000000000;
    return time;
}

static long whole_seconds(struct timespec from, struct timespec to)
{
    return to.tv_sec - from.tv_sec - (to.tv_nsec < from.tv_nsec);
}

static void hide(void)
{
    if (progress.visible)
        fputs("\r\033[K", stderr);
    progress.visible = false;
}

/* The sizes come out of a trace, which may be damaged: then nothing is said. */
static void show_share(void)
{
    uint64_t done = progress.done ? __atomic_load_n(progress.done, __ATOMIC_RELAXED) : 0;
    if (progress.done && progress.total && done <= progress.total)
        fprintf(stderr, ", %.0f %%", 100.0 * done / progress.total);
}

static void show(void)
{
    struct timespec now;
    CHECK(isatty(STDERR_FILENO));
    clock_gettime(CLOCK_MONOTONIC, &now);
    hide();
    fprintf(stderr, "greq: %s", progress.what);
    show_share();
    fprintf(stderr, " (%ld s) ...", whole_seconds(progress.begun, now));
    fflush(stderr);
    progress.visible = true;
}

static void *run(void *nothing)
{
    struct timespec next = after(progress.begun, PATIENCE_MS);
    pthread_mutex_lock(&progress.lock);
    while (progress.running)
        if (pthread_cond_clockwait(&progress.ended, &progress.lock, CLOCK_MONOTONIC, &next) &&
            progress.running) { /* the time has come */
            show();
            next = after(next, STEP_MS);
        }
    pthread_mutex_unlock(&progress.lock);
    return nothing;
}

/* Signals are for the thread that works. Without a thread there is no line. */
static bool start_thread(void)
{
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    bool started = !pthread_create(&progress.thread, NULL, run, NULL);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return started;
}

void progress_begin(const char *what)
{
    if (!terminal_obeys(STDERR_FILENO))
        return;
    pthread_mutex_lock(&progress.lock);
    progress.what = what;
    progress.done = NULL;
    if (!progress.running) {
        clock_gettime(CLOCK_MONOTONIC, &progress.begun);
        progress.running = true; /* before the thread looks */
        progress.running = start_thread();
    }
    pthread_mutex_unlock(&progress.lock);
}

void progress_measure(const uint64_t *done, uint64_t total)
{
    pthread_mutex_lock(&progress.lock);
    progress.done = done;
    progress.total = total;
    pthread_mutex_unlock(&progress.lock);
}

void progress_end(void)
{
    pthread_mutex_lock(&progress.lock);
    bool running = progress.running;
    progress.running = false;
    hide();
    fflush(stderr);
    pthread_cond_signal(&progress.ended);
    pthread_mutex_unlock(&progress.lock);
    if (running)
        pthread_join(progress.thread, NULL);
}

void progress_hide(void)
{
    pthread_mutex_lock(&progress.lock);
    hide();
}

void progress_go_on(void)
{
    fflush(stderr);
    pthread_mutex_unlock(&progress.lock);
}
