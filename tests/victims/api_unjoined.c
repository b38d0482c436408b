/* api_unjoined: a program that ends while its tasks wait, or after they ended, unjoined. The
 * argument is how main ends: "return", "exit", "quick" (_exit), "thread" (pthread_exit). */
#include "facts.h"
#include "peer_client.h"

#include <greq/greq.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TASKS = 10, SHORT_US = 1000, LONG_MS = 2000 };

static void *wait_shortly(void *none)
{
    usleep(SHORT_US);
    return none;
}

static void *wait_long(void *none)
{
    char byte;
    int fd = peer_open("wait %d say a", LONG_MS);
    (void)!recv(fd, &byte, 1, 0);
    fact("a long wait ended");
    return none;
}

static void at_exit(void)
{
    fact("exit handlers run");
}

int main(int argc, char **argv)
{
    const char *how = argc > 1 ? argv[1] : "return";
    atexit(at_exit);
    for (int i = 0; i < TASKS; i++)
        greq_spawn(wait_shortly, NULL);
    for (int i = 0; i < TASKS; i++)
        greq_spawn(wait_long, NULL);
    usleep(50000);
    fact("main ends");
    if (strcmp(how, "exit") == 0)
        exit(0);
    if (strcmp(how, "quick") == 0)
        _exit(0);
    if (strcmp(how, "thread") == 0)
        pthread_exit(NULL);
    return 0;
}
