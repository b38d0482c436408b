#include "early_library.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char facts[4096];

const char *early_library_facts(void)
{
    return facts;
}

static void note(const char *call, long result)
{
    size_t used = strlen(facts);
    snprintf(facts + used, sizeof facts - used, "%s: %ld %s\n", call, result,
             result < 0 ? strerrorname_np(errno) : "");
}

static void call_with_pipe(void)
{
    int ends[2];
    char byte = 'x';
    struct iovec part = {&byte, 1};
    note("pipe", pipe(ends));
    note("write", write(ends[1], &byte, 1));
    note("writev", writev(ends[1], &part, 1));
    note("read", read(ends[0], &byte, 1));
    note("readv", readv(ends[0], &part, 1));
    note("dup2", dup2(ends[0], 50) == 50);
    note("close", close(50));
    note("close", close(ends[0]));
    note("close", close(ends[1]));
}

static void call_with_sockets(void)
{
    int ends[2];
    char byte = 'x';
    struct iovec part = {&byte, 1};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    struct mmsghdr messages = {.msg_hdr = message};
    note("socketpair", socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
    note("send", send(ends[0], &byte, 1, 0));
    note("recv", recv(ends[1], &byte, 1, 0));
    note("sendto", sendto(ends[0], &byte, 1, 0, NULL, 0));
    note("recvfrom", recvfrom(ends[1], &byte, 1, 0, NULL, NULL));
    note("sendmsg", sendmsg(ends[0], &message, 0));
    note("recvmsg", recvmsg(ends[1], &message, 0));
    note("sendmmsg", sendmmsg(ends[0], &messages, 1, 0));
    note("recvmmsg", recvmmsg(ends[1], &messages, 1, 0, NULL));
    note("accept", accept(ends[0], NULL, NULL));
    note("accept4", accept4(-1, NULL, NULL, 0));
    struct sockaddr_in nowhere = {.sin_family = AF_INET};
    note("connect", connect(-1, (struct sockaddr *)&nowhere, sizeof nowhere));
    close(ends[0]);
    close(ends[1]);
}

static void call_readiness(void)
{
    struct timeval soon = {0, 1000};
    struct timespec shortly = {0, 1000000};
    struct epoll_event event;
    note("poll", poll(NULL, 0, 1));
    note("ppoll", ppoll(NULL, 0, &shortly, NULL));
    note("select", select(0, NULL, NULL, NULL, &soon));
    note("pselect", pselect(0, NULL, NULL, NULL, &shortly, NULL));
    note("epoll_wait", epoll_wait(-1, &event, 1, 0));
    note("epoll_pwait", epoll_pwait(-1, &event, 1, 0, NULL));
    note("epoll_pwait2", epoll_pwait2(-1, &event, 1, &shortly, NULL));
}

static void call_others(void)
{
    struct timespec shortly = {0, 1000};
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST}, *found = NULL;
    note("nanosleep", nanosleep(&shortly, NULL));
    note("clock_nanosleep", clock_nanosleep(CLOCK_MONOTONIC, 0, &shortly, NULL));
    note("usleep", usleep(1));
    note("sleep", sleep(0));
    note("getaddrinfo", getaddrinfo("127.0.0.1", "80", &hints, &found));
    freeaddrinfo(found);
    note("gethostbyname", gethostbyname("127.0.0.1") != NULL);
    note("signal", signal(SIGUSR2, SIG_IGN) == SIG_DFL);
    struct sigaction action;
    note("sigaction", sigaction(SIGUSR2, NULL, &action));
    note("its handler", action.sa_handler == SIG_IGN);
    note("closefrom", (closefrom(1000), 0));
    note("close_range", close_range(1000, 1000, 0));
}

static void call_locks(void)
{
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
    pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
    struct timespec past = {1, 0};
    sem_t semaphore;
    sem_init(&semaphore, 0, 1);
    note("mutex", pthread_mutex_lock(&mutex));
    note("timedlock", pthread_mutex_timedlock(&mutex, &past));
    note("clocklock", pthread_mutex_clocklock(&mutex, CLOCK_MONOTONIC, &past));
    note("cond", pthread_cond_timedwait(&cond, &mutex, &past));
    note("cond", pthread_cond_clockwait(&cond, &mutex, CLOCK_MONOTONIC, &past));
    note("signal", pthread_cond_signal(&cond));
    note("broadcast", pthread_cond_broadcast(&cond));
    note("unlock", pthread_mutex_unlock(&mutex));
    note("rdlock", pthread_rwlock_rdlock(&rwlock));
    note("timedwrlock", pthread_rwlock_timedwrlock(&rwlock, &past));
    note("clockrdlock", pthread_rwlock_clockrdlock(&rwlock, CLOCK_MONOTONIC, &past));
    note("unlock", pthread_rwlock_unlock(&rwlock));
    note("sem_wait", sem_wait(&semaphore));
    note("sem_timedwait", sem_timedwait(&semaphore, &past));
    note("sem_clockwait", sem_clockwait(&semaphore, CLOCK_MONOTONIC, &past));
    note("sem_post", sem_post(&semaphore));
}

static void call_about_files_and_children(void)
{
    struct flock lock = {.l_type = F_WRLCK};
    int status;
    note("fsync", fsync(-1));
    note("fdatasync", fdatasync(-1));
    note("syncfs", syncfs(-1));
    note("flock", flock(-1, LOCK_EX));
    note("lockf", lockf(-1, F_LOCK, 0));
    note("fcntl", fcntl(-1, F_SETLKW, &lock));
    note("F_GETFD", fcntl(0, F_GETFD));
    note("wait", wait(&status));
    note("waitpid", waitpid(-1, &status, 0));
    note("wait3", wait3(&status, 0, NULL));
    note("wait4", wait4(-1, &status, 0, NULL));
    note("waitid", waitid(P_ALL, 0, NULL, WEXITED));
    note("system", system(NULL));
}

static __attribute__((constructor)) void early_library_start(void)
{
    call_with_pipe();
    call_with_sockets();
    call_readiness();
    call_others();
    call_locks();
    call_about_files_and_children();
}
