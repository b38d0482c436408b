/* api_fork: a task forks while others wait. The child goes on as that task alone, and can have new
 * tasks; the parent's tasks do not notice. A child that gives up, by must(), takes the parent
 * along. */
#include "facts.h"
#include "must_tasks.h"
#include "peer_client.h"

#include <greq/greq.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TASKS = 5, WAIT_MS = 100, GAVE_UP = 3 };

static void *receive_late(void *item)
{
    char letter = (char)('a' + (intptr_t)item), byte = 0;
    int fd = peer_open("wait %d say %c eof", WAIT_MS, letter);
    bool right = recv(fd, &byte, 1, 0) == 1 && byte == letter;
    close(fd);
    return (void *)(intptr_t)right;
}

static int map_right(void)
{
    void *items[TASKS], *results[TASKS];
    int right = 0;
    for (intptr_t i = 0; i < TASKS; i++)
        items[i] = (void *)i;
    must_map(receive_late, items, results, TASKS, 0);
    for (int i = 0; i < TASKS; i++)
        right += results[i] != NULL;
    return right;
}

static int child_run(void)
{
    usleep(1000);
    double start = now_s();
    int right = map_right();
    bool fast = now_s() - start < 0.9 * TASKS * WAIT_MS / 1e3;
    return (fast == greq_active() ? 20 : 10) + right;
}

static void *fork_and_wait(void *none)
{
    int status;
    pid_t child = must(fork(), "fork");
    if (child == 0)
        _exit(child_run());
    usleep(50000);
    must(waitpid(child, &status, 0), "waitpid");
    if (WIFEXITED(status) && WEXITSTATUS(status) == GAVE_UP)
        exit(GAVE_UP);
    fact("child exited %d, with %d", WIFEXITED(status), WEXITSTATUS(status));
    return none;
}

int main(void)
{
    greq_task *waiting[TASKS], *forking;
    int right = 0;
    for (intptr_t i = 0; i < TASKS; i++)
        waiting[i] = must_spawn(receive_late, (void *)i);
    forking = must_spawn(fork_and_wait, NULL);
    greq_join(forking, NULL);
    for (int i = 0; i < TASKS; i++) {
        void *result = NULL;
        greq_join(waiting[i], &result);
        right += result != NULL;
    }
    fact("parent's tasks right: %d", right);
    fact("and again: %d", map_right());
}
