/*
 * A process that lives until SIGTERM and waits all the time, for greq's commands to look at.
 * Prints "young PID" at once, and "old PID" when it is older than a second.
 *
 *     lives [child | held | hung | knot | twice | contended | tasks [COUNT] | rooted | apart]
 *
 * child: what is old forks a child, which prints the same about itself.
 * held: before it is old it has installed a handler, taken a lock that a thread waits for, filled
 * an epoll set and connected; it uses them all, for ever.
 * hung: it has taken the same, and waits for what nobody sends, as its thread does for the lock.
 * knot: two threads wait for each other's lock.
 * twice: a thread waits for a lock that it has.
 * contended: threads take turns at a lock.
 * rooted: when it is old /tmp becomes its root.
 * apart: what is young has a child in a pid namespace of its own, or says that it may not.
 * tasks: before it is old ten tasks, or so many, wait for what nobody sends.
 */
#include "facts.h"

#include <greq/greq.h>

#include <dirent.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t is_over, handled;

static void end(int number)
{
    (void)number;
    is_over = 1;
}

static void note(int number)
{
    (void)number;
    handled++;
}

static void set_handler(int number, void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler};
    sigaction(number, &action, NULL);
}

static int count_descriptors(void)
{
    int count = 0;
    DIR *folder = opendir("/proc/self/fd");
    while (readdir(folder))
        count++;
    closedir(folder);
    return count;
}

static void wait_a_little(void)
{
    usleep(5000);
}

static void get_old(const char *who)
{
    double begin = now_s();
    printf("young%s %d\n", who, (int)getpid());
    fflush(stdout);
    while (now_s() - begin < 1.1 && !is_over)
        wait_a_little();
    wait_a_little();
    printf("old%s %d\n", who, (int)getpid());
    fflush(stdout);
}

/* ---- what was there before ---- */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int waiting_set, connection[2];

static void *contend(void *unused)
{
    (void)unused;
    while (!is_over) {
        pthread_mutex_lock(&lock);
        pthread_mutex_unlock(&lock);
        wait_a_little();
    }
    return NULL;
}

static pthread_t take_all(void)
{
    pthread_t thread;
    set_handler(SIGUSR1, note);
    pthread_mutex_lock(&lock);
    pthread_create(&thread, NULL, contend, NULL);
    waiting_set = epoll_create1(0);
    must(socketpair(AF_UNIX, SOCK_STREAM, 0, connection), "socketpair");
    struct epoll_event event = {.events = EPOLLIN, .data.fd = connection[1]};
    epoll_ctl(waiting_set, EPOLL_CTL_ADD, connection[1], &event);
    return thread;
}

/* Returns whether all of it does what it is for. */
static bool use_all(void)
{
    struct epoll_event event;
    char byte = 'x';
    sig_atomic_t before = handled;
    raise(SIGUSR1);
    pthread_mutex_unlock(&lock);
    usleep(2000);
    pthread_mutex_lock(&lock);
    return handled == before + 1 && send(connection[0], &byte, 1, 0) == 1 &&
           epoll_wait(waiting_set, &event, 1, -1) == 1 && event.data.fd == connection[1] &&
           recv(connection[1], &byte, 1, 0) == 1;
}

static void hold(void)
{
    bool is_well = true;
    pthread_t thread = take_all();
    get_old("");
    while (!is_over)
        is_well &= use_all();
    pthread_mutex_unlock(&lock);
    pthread_join(thread, NULL);
    fact(is_well ? "all is well" : "something is not as it was");
}

static void hang(void)
{
    char byte;
    pthread_t thread = take_all();
    fact("young %d", (int)getpid());
    recv(connection[0], &byte, 1, 0);
    pthread_mutex_unlock(&lock);
    pthread_join(thread, NULL);
    fact("interrupted");
}

/* ---- a deadlock ---- */

static pthread_mutex_t other = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t both_have_one;

static void *lock_both(void *mine)
{
    pthread_mutex_lock(mine);
    pthread_barrier_wait(&both_have_one);
    pthread_mutex_lock(mine == &lock ? &other : &lock);
    return NULL;
}

static void be_in_a_knot(void)
{
    pthread_t threads[2];
    pthread_barrier_init(&both_have_one, NULL, 2);
    pthread_create(&threads[0], NULL, lock_both, &lock);
    pthread_create(&threads[1], NULL, lock_both, &other);
    fact("young %d", (int)getpid());
    while (!is_over)
        wait_a_little();
    fact("interrupted");
    _exit(0);
}

static void *lock_twice(void *unused)
{
    pthread_mutex_lock(&lock);
    pthread_mutex_lock(&lock);
    return unused;
}

static void *take_turns(void *unused)
{
    while (!is_over) {
        pthread_mutex_lock(&lock);
        usleep(300);
        pthread_mutex_unlock(&lock);
        usleep(100);
    }
    return unused;
}

static void have_threads(int count, void *(*run)(void *))
{
    pthread_t thread;
    for (int i = 0; i < count; i++)
        pthread_create(&thread, NULL, run, NULL);
    fact("young %d", (int)getpid());
    while (!is_over)
        wait_a_little();
    fact("interrupted");
    _exit(0);
}

/* ---- the others ---- */

static void have_child(void)
{
    get_old("");
    pid_t child = fork();
    if (!child)
        get_old(" child");
    while (!is_over)
        wait_a_little();
    if (!child)
        _exit(0);
    kill(child, SIGTERM);
    waitpid(child, NULL, 0);
}

static void be_rooted(void)
{
    get_old("");
    must(chroot("/tmp"), "chroot");
    fact("rooted %d", (int)getpid());
    while (!is_over)
        wait_a_little();
}

static void be_apart(void)
{
    fact("young %d", (int)getpid());
    pid_t child = unshare(CLONE_NEWPID) ? -1 : fork();
    if (!child) {
        get_old(" child");
        while (!is_over)
            wait_a_little();
        _exit(0);
    }
    fact("apart %d", (int)child);
    while (!is_over)
        wait_a_little();
    if (child > 0) {
        kill(child, SIGTERM);
        waitpid(child, NULL, 0);
    }
    fact("over");
}

static void *wait_in_task(void *unused)
{
    char byte;
    recv(connection[0], &byte, 1, 0);
    return unused;
}

static void have_tasks(int count)
{
    must(socketpair(AF_UNIX, SOCK_STREAM, 0, connection), "socketpair");
    for (int i = 0; i < count; i++)
        must(greq_spawn(wait_in_task, NULL) ? 0 : -1, "greq_spawn");
    get_old("");
    while (!is_over)
        wait_a_little();
    _exit(0);
}

static void live(void)
{
    char before[256], after[256];
    int descriptors = count_descriptors();
    must(getcwd(before, sizeof before) ? 0 : -1, "getcwd");
    get_old("");
    while (!is_over)
        wait_a_little();
    must(getcwd(after, sizeof after) ? 0 : -1, "getcwd");
    fact("%d descriptors more", count_descriptors() - descriptors);
    fact("directory %s", strcmp(before, after) ? "changed" : "kept");
}

int main(int argc, char *argv[])
{
    set_handler(SIGTERM, end);
    if (argc > 1 && !strcmp(argv[1], "held"))
        hold();
    else if (argc > 1 && !strcmp(argv[1], "hung"))
        hang();
    else if (argc > 1 && !strcmp(argv[1], "knot"))
        be_in_a_knot();
    else if (argc > 1 && !strcmp(argv[1], "twice"))
        have_threads(1, lock_twice);
    else if (argc > 1 && !strcmp(argv[1], "contended"))
        have_threads(6, take_turns);
    else if (argc > 1 && !strcmp(argv[1], "tasks"))
        have_tasks(argc > 2 ? atoi(argv[2]) : 10);
    else if (argc > 1 && !strcmp(argv[1], "rooted"))
        be_rooted();
    else if (argc > 1 && !strcmp(argv[1], "apart"))
        be_apart();
    else if (argc > 1)
        have_child();
    else
        live();
    return 0;
}
