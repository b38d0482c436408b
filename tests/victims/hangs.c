/*
 * Threads that hang in calls of libc's, each in the same way down: thread_begin, three times
 * descend, sort, qsort, compare, and the function that calls. They are named after it. Between
 * what they are in there are frames of functions that returned before: a large buffer lies there.
 *
 * Compiled with frame pointers, without, and not optimised. Prints "young PID"; ends by SIGTERM.
 */
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define APART __attribute__((noinline))

static int ends[2];
static volatile int done; /* what is counted behind a call makes that no jump */
static pthread_mutex_t taken = PTHREAD_MUTEX_INITIALIZER, lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t never = PTHREAD_COND_INITIALIZER;

APART static void hang_read(void)
{
    char large[16384];
    done += (int)read(ends[0], large, sizeof large);
}

APART static void hang_poll(void)
{
    struct pollfd set = {.fd = ends[0], .events = POLLIN};
    done += poll(&set, 1, -1);
}

APART static void hang_fgets(void)
{
    char line[64];
    FILE *stream = fdopen(ends[0], "r");
    done += stream && fgets(line, sizeof line, stream);
}

APART static void hang_mutex(void)
{
    done += pthread_mutex_lock(&taken);
}

APART static void hang_cond(void)
{
    pthread_mutex_lock(&lock);
    done += pthread_cond_wait(&never, &lock);
}

static const char *const ways[] = {"hang_read", "hang_poll", "hang_fgets", "hang_mutex",
                                   "hang_cond"};
enum { WAYS = sizeof ways / sizeof *ways };

static __thread int way;

APART static void left_over(volatile int depth)
{
    volatile char some[256];
    memset((char *)some, depth, sizeof some);
    if (depth)
        left_over(depth - 1);
    done += some[0];
}

static int compare(const void *left, const void *right)
{
    (void)left, (void)right;
    left_over(20);
    switch (way) {
    case 0:
        hang_read();
        break;
    case 1:
        hang_poll();
        break;
    case 2:
        hang_fgets();
        break;
    case 3:
        hang_mutex();
        break;
    default:
        hang_cond();
    }
    return ++done;
}

APART static void sort(void)
{
    int some[] = {3, 1, 2};
    qsort(some, 3, sizeof *some, compare);
    done++;
}

APART static void descend(volatile int depth)
{
    if (depth)
        descend(depth - 1);
    else
        sort();
    done++;
}

static void *thread_begin(void *number)
{
    way = *(int *)number;
    pthread_setname_np(pthread_self(), ways[way]);
    descend(2);
    done++;
    return NULL;
}

int main(void)
{
    pthread_t threads[WAYS];
    int numbers[WAYS], number;
    sigset_t ends_it;
    sigemptyset(&ends_it);
    sigaddset(&ends_it, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &ends_it, NULL);
    if (pipe(ends) != 0)
        return 1;
    pthread_mutex_lock(&taken);
    for (int i = 0; i < WAYS; i++) {
        numbers[i] = i;
        pthread_create(&threads[i], NULL, thread_begin, &numbers[i]);
    }
    printf("young %d\n", (int)getpid());
    fflush(stdout);
    sigwait(&ends_it, &number);
    _exit(0);
}
