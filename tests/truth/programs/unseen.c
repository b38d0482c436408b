/* Sleeps in a system call that no hook sees: in a thread that makes no other call ("thread"), or
 * between two writes ("between"); or in usleep ("seen"). */
#include "client.h"

#include <pthread.h>
#include <string.h>
#include <unistd.h>

enum { SLEEP_MS = 400 };

static void *sleep_unseen(void *unused)
{
    raw_sleep_ms(SLEEP_MS);
    return unused;
}

static void *sleep_seen(void *unused)
{
    usleep(SLEEP_MS * 1000);
    return unused;
}

static void run_thread(void *(*run)(void *))
{
    pthread_t thread;
    must(-pthread_create(&thread, NULL, run, NULL), "pthread_create");
    must(-pthread_join(thread, NULL), "pthread_join");
}

int main(int argc, char **argv)
{
    const char *how = argc > 1 ? argv[1] : "thread";
    int pipe_ends[2];
    must(pipe(pipe_ends), "pipe");
    must((int)write(pipe_ends[1], "a", 1), "write");
    if (!strcmp(how, "between"))
        sleep_unseen(NULL);
    else
        run_thread(strcmp(how, "seen") ? sleep_unseen : sleep_seen);
    must((int)write(pipe_ends[1], "b", 1), "write");
}
