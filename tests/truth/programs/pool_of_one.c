/* Five threads make a request each on one connection. Usage: pool_of_one pool | row. They wait for
 * it to be free, in a pool; or each is started when the one before is done. */
#include "client.h"

#include <pthread.h>
#include <string.h>
#include <unistd.h>

enum { THREADS = 5 };
static int queue[2]; /* the connection lies there while it is free */

static void *work(void *nothing)
{
    int fd;
    must(read(queue[0], &fd, sizeof fd) == sizeof fd ? 0 : -1, "read");
    client_ask(fd, 0.2);
    client_take(fd);
    must(write(queue[1], &fd, sizeof fd) == sizeof fd ? 0 : -1, "write");
    return nothing;
}

int main(int argc, char **argv)
{
    pthread_t threads[THREADS];
    bool row = argc > 1 && !strcmp(argv[1], "row");
    int fd = client_open();
    must(pipe(queue), "pipe");
    must(write(queue[1], &fd, sizeof fd) == sizeof fd ? 0 : -1, "write");
    for (int i = 0; i < THREADS; i++) {
        must(-pthread_create(&threads[i], NULL, work, NULL), "pthread_create");
        if (row)
            pthread_join(threads[i], NULL);
    }
    for (int i = 0; i < THREADS && !row; i++)
        pthread_join(threads[i], NULL);
    close(fd);
    truth_tell();
}
