/* dup2_fails: a dup2 or dup3 that fails takes nothing from the task that waits for the descriptor
 * it was to replace. */
#include "facts.h"

#include <errno.h>
#include <fcntl.h>
#include <greq/greq.h>
#include <sys/socket.h>
#include <unistd.h>

enum { NO_FILE = 9999, ROUNDS = 2 };

static int ends[2];

/* Each asks first, so that the wait is one for an answer. */
static void *ask(void *unused)
{
    char byte;
    (void)unused;
    for (int i = 0; i < ROUNDS; i++) {
        must((int)send(ends[0], "q", 1, 0), "send");
        fact("recv %s", outcome(recv(ends[0], &byte, 1, 0)));
    }
    return NULL;
}

int main(void)
{
    must(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), "socketpair");
    greq_task *task = greq_spawn(ask, NULL);
    usleep(20000);
    must((int)send(ends[1], "a", 1, 0), "send");
    usleep(20000);
    fact("dup2 %s", outcome(dup2(NO_FILE, ends[0])));
    fact("dup3 %s", outcome(dup3(ends[1], ends[0], O_APPEND)));
    must((int)send(ends[1], "a", 1, 0), "send");
    greq_join(task, NULL);
}
