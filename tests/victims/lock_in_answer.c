/* lock_in_answer: a task waits for an answer, and another one takes a lock with which its thread
 * does not park. Then the first one finds no answer, for the number names another socket. */
#include "facts.h"
#include "must_tasks.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

static int asked[2], other[2];
static pthread_mutex_t mutex;
static bool over;

static void *ask(void *unused)
{
    char byte;
    for (int i = 0; i < 2; i++) {
        must((int)send(asked[0], "?", 1, 0), "send");
        errno = 0;
        const char *got = outcome(recv(asked[0], &byte, 1, 0));
        fact("recv %s, errno %s", got, error_name(errno));
    }
    over = true;
    return unused;
}

static void *answer_once(void *unused)
{
    char byte;
    void *libc = dlopen("libc.so.6", RTLD_NOW);
    __typeof__(&dup2) copy_unseen = (__typeof__(&dup2))dlsym(libc, "dup2");
    must((int)recv(asked[1], &byte, 1, 0), "recv");
    usleep(20000); /* so that the first one waits, for whatever comes */
    must((int)send(asked[1], "!", 1, 0), "send");
    must((int)recv(asked[1], &byte, 1, 0), "recv");
    pthread_mutex_lock(&mutex);
    must(copy_unseen(other[0], asked[0]), "dup2");
    while (!over)
        greq_yield();
    pthread_mutex_unlock(&mutex);
    return unused;
}

static void *answer_late(void *unused)
{
    raw_sleep_ms(200);
    must((int)write(other[1], "!", 1), "write");
    return unused;
}

int main(void)
{
    pthread_mutexattr_t attributes;
    pthread_t thread;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT);
    pthread_mutex_init(&mutex, &attributes);
    must(socketpair(AF_UNIX, SOCK_STREAM, 0, asked), "socketpair");
    must(socketpair(AF_UNIX, SOCK_STREAM, 0, other), "socketpair");
    must(-pthread_create(&thread, NULL, answer_late, NULL), "pthread_create");
    greq_task *tasks[] = {must_spawn(ask, NULL), must_spawn(answer_once, NULL)};
    greq_join(tasks[0], NULL);
    greq_join(tasks[1], NULL);
    pthread_join(thread, NULL);
}
