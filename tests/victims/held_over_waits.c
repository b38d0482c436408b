/* held_over_waits SCENE: three tasks of a thread that wait with a lock in hand. Each scene is of a
 * lock that a library holds over a wait; where a coroutine library met it, its tracker is named. */
#include "facts.h"
#include "must_tasks.h"
#include "nss_nap.h"

#include <pthread.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sem.h>
#include <sys/wait.h>
#include <threads.h>
#include <unistd.h>

enum { TASKS = 3 };

static int inside, met; /* who has the lock; how often two had it */

/* With the lock in hand. */
static void wait_inside(void)
{
    met += inside++ > 0;
    usleep(5000);
    inside--;
}

static pthread_mutex_t plain = PTHREAD_MUTEX_INITIALIZER, recursive;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_spinlock_t spin;
static mtx_t mtx;
static int set;

/* apache/brpc 1741: bthreads of one worker, a mutex held over bthread_yield. */
static void *with_mutex(void *none)
{
    pthread_mutex_lock(&plain);
    wait_inside();
    pthread_mutex_unlock(&plain);
    return none;
}

/* apache/brpc 1229: a recursive mutex, whose owner is the thread. */
static void *with_recursive(void *none)
{
    pthread_mutex_lock(&recursive);
    pthread_mutex_lock(&recursive);
    wait_inside();
    pthread_mutex_unlock(&recursive);
    pthread_mutex_unlock(&recursive);
    return none;
}

/* yyzybb537/libgo 62 has such locks of its own instead. */
static void *with_rwlock(void *none)
{
    pthread_rwlock_wrlock(&rwlock);
    wait_inside();
    pthread_rwlock_unlock(&rwlock);
    return none;
}

/* lsds/sgx-lkl 360: threads in user space that yield with a ticket lock, which spins. */
static void *with_spin(void *none)
{
    pthread_spin_lock(&spin);
    wait_inside();
    pthread_spin_unlock(&spin);
    return none;
}

static void *with_mtx(void *none)
{
    mtx_lock(&mtx);
    wait_inside();
    mtx_unlock(&mtx);
    return none;
}

/* apache/brpc 252: semaphores between processes. */
static void change(short by)
{
    struct sembuf change = {0, by, SEM_UNDO};
    must(semop(set, &change, 1), "semop");
}

static void *with_set(void *none)
{
    change(-1);
    wait_inside();
    change(1);
    return none;
}

/* libc's own, around a plug-in that waits. */
static void *with_names(void *none)
{
    struct passwd entry, *found;
    char room[256];
    int count = 0;
    setpwent();
    while (getpwent_r(&entry, room, sizeof room, &found) == 0)
        count++;
    endpwent();
    met += count > NSS_NAP_ENTRIES;
    return none;
}

/* ---- a fork that wants it: nss_ldap's ldap-nss.c takes its lock in pthread_atfork's first
 * handler, and has it while it asks the server; so have allocators (gperftools/gperftools 904) ----
 */

static void lock_plain(void)
{
    pthread_mutex_lock(&plain);
}

static void unlock_plain(void)
{
    pthread_mutex_unlock(&plain);
}

static void *forking(void *none)
{
    usleep(1000);
    pid_t child = must(fork(), "fork");
    if (child == 0) {
        pthread_mutex_lock(&plain);
        usleep(1000);
        _exit(3);
    }
    int status;
    must(waitpid(child, &status, 0), "waitpid");
    met += !WIFEXITED(status) || WEXITSTATUS(status) != 3;
    return none;
}

static void *fork_or_wait(void *forks)
{
    return forks ? forking(forks) : with_mutex(forks);
}

/* ---- the scenes ---- */

static void run(void *(*function)(void *), void *const items[TASKS])
{
    void *copies[TASKS], *results[TASKS];
    memcpy(copies, items, sizeof copies);
    must_map(function, copies, results, TASKS, 0);
}

static const struct scene {
    const char *name;
    void *(*function)(void *);
} scenes[] = {
    {"mutex", with_mutex},   {"recursive", with_recursive},
    {"rwlock", with_rwlock}, {"spin", with_spin},
    {"mtx", with_mtx},       {"set", with_set},
    {"names", with_names},   {"fork", fork_or_wait},
};
enum { SCENES = sizeof scenes / sizeof *scenes };

static void prepare(void)
{
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&recursive, &attributes);
    pthread_mutexattr_destroy(&attributes);
    pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE);
    mtx_init(&mtx, mtx_plain);
    set = must(semget(IPC_PRIVATE, 1, 0600), "semget");
    change(1);
    nss_nap_use();
}

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "";
    prepare();
    if (!strcmp(name, "fork"))
        pthread_atfork(lock_plain, unlock_plain, unlock_plain);
    for (int i = 0; i < SCENES; i++)
        if (!strcmp(name, scenes[i].name))
            run(scenes[i].function,
                (void *[TASKS]){NULL, scenes[i].function == fork_or_wait ? &set : NULL, NULL});
    semctl(set, 0, IPC_RMID);
    fact("%s: %d met", name, met);
}
