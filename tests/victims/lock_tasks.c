/* lock_tasks: what tasks do to each other by locks; for runs under the preload. Each case checks
 * that a lock keeps out who it should, that nobody waits for ever, and that the thread goes on
 * meanwhile.
 */
#include "facts.h"

#include <errno.h>
#include <greq/greq.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

enum { TASKS = 20, HANDOVERS = 1000 };

static void run_tasks(void *(*run)(void *), int count)
{
    void *items[TASKS];
    for (intptr_t i = 0; i < count; i++)
        items[i] = (void *)i;
    must(-greq_map(run, items, NULL, (size_t)count, 0), "greq_map");
}

/* ---- one mutex, held over a wait ---- */

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int inside, collisions, entries;

static void stay_inside(void)
{
    collisions += inside++ != 0;
    entries++;
    usleep(5000);
    inside--;
}

static void *enter_by_mutex(void *unused)
{
    pthread_mutex_lock(&mutex);
    stay_inside();
    pthread_mutex_unlock(&mutex);
    return unused;
}

static void one_mutex(void)
{
    run_tasks(enter_by_mutex, TASKS);
    fact("entries %d, collisions %d", entries, collisions);
}

/* ---- locks that libc would let every task of the thread into ---- */

static void make(pthread_mutex_t *made, int type)
{
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, type);
    pthread_mutex_init(made, &attributes);
    pthread_mutexattr_destroy(&attributes);
}

static void *enter_twice(void *unused)
{
    pthread_mutex_lock(&mutex);
    usleep(1000);
    pthread_mutex_lock(&mutex);
    stay_inside();
    pthread_mutex_unlock(&mutex);
    usleep(1000);
    pthread_mutex_unlock(&mutex);
    return unused;
}

/* ---- a lock whose owner is the thread: no other task runs but while its owner waits for a lock */

static int went_on;

static void *wait_with_priority(void *unused)
{
    pthread_mutexattr_t attributes;
    pthread_mutex_t prior;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT);
    pthread_mutex_init(&prior, &attributes);
    pthread_mutex_lock(&prior);
    enter_by_mutex(NULL);
    went_on = 1;
    pthread_mutex_unlock(&prior);
    pthread_mutex_destroy(&prior);
    pthread_mutexattr_destroy(&attributes);
    return unused;
}

static void *sleep_till_it_goes_on(void *unused)
{
    enter_by_mutex(NULL);
    for (int i = 0; i < 300 && !went_on; i++)
        usleep(1000);
    fact("the owner went on %d", went_on);
    return unused;
}

static void with_priority(void)
{
    greq_task *sleeper = greq_spawn(sleep_till_it_goes_on, NULL);
    greq_join(greq_spawn(wait_with_priority, NULL), NULL);
    greq_join(sleeper, NULL);
}

static void recursive(void)
{
    make(&mutex, PTHREAD_MUTEX_RECURSIVE);
    run_tasks(enter_twice, TASKS);
    fact("entries %d, collisions %d", entries, collisions);
}

/* Who took it by trying is its owner as well. */
static void *enter_tried(void *unused)
{
    if (pthread_mutex_trylock(&mutex) != 0)
        pthread_mutex_lock(&mutex);
    stay_inside();
    pthread_mutex_unlock(&mutex);
    return unused;
}

static void recursive_tried(void)
{
    make(&mutex, PTHREAD_MUTEX_RECURSIVE);
    run_tasks(enter_tried, TASKS);
    fact("entries %d, collisions %d", entries, collisions);
}

static mtx_t mtx;

static void *enter_mtx(void *item)
{
    if ((intptr_t)item % 2 || mtx_trylock(&mtx) != thrd_success)
        mtx_lock(&mtx);
    stay_inside();
    mtx_unlock(&mtx);
    return NULL;
}

static void recursive_mtx(void)
{
    mtx_init(&mtx, mtx_plain | mtx_recursive);
    run_tasks(enter_mtx, TASKS);
    fact("entries %d, collisions %d", entries, collisions);
}

static void *enter_checked(void *unused)
{
    fact("lock %s", error_name(pthread_mutex_lock(&mutex)));
    stay_inside();
    fact("again %s", error_name(pthread_mutex_lock(&mutex)));
    fact("unlock %s", error_name(pthread_mutex_unlock(&mutex)));
    return unused;
}

static void checked(void)
{
    make(&mutex, PTHREAD_MUTEX_ERRORCHECK);
    run_tasks(enter_checked, 2);
    fact("entries %d, collisions %d", entries, collisions);
}

static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static int readers, most_readers;

static void *read_or_write(void *item)
{
    if ((intptr_t)item % 5 == 0) {
        pthread_rwlock_wrlock(&rwlock);
        collisions += readers != 0;
        stay_inside();
    } else {
        pthread_rwlock_rdlock(&rwlock);
        collisions += inside != 0;
        if (++readers > most_readers)
            most_readers = readers;
        usleep(5000);
        readers--;
        entries++;
    }
    pthread_rwlock_unlock(&rwlock);
    return NULL;
}

static void *write_tried(void *unused)
{
    int error = pthread_rwlock_trywrlock(&rwlock);
    if (error)
        error = pthread_rwlock_wrlock(&rwlock);
    if (error)
        fact("wrlock %s", error_name(error));
    stay_inside();
    pthread_rwlock_unlock(&rwlock);
    return unused;
}

static void writers_that_tried(void)
{
    run_tasks(write_tried, TASKS);
    fact("entries %d, collisions %d", entries, collisions);
}

static void readers_and_writers(void)
{
    run_tasks(read_or_write, TASKS);
    fact("entries %d, collisions %d, readers together %d", entries, collisions, most_readers > 1);
}

/* ---- a pool of three ---- */

static sem_t pool;

static void *enter_pool(void *unused)
{
    sem_wait(&pool);
    collisions += ++inside > 3;
    usleep(20000);
    inside--;
    entries++;
    sem_post(&pool);
    return unused;
}

static void semaphore(void)
{
    double start = now_s();
    sem_init(&pool, 0, 3);
    run_tasks(enter_pool, TASKS);
    fact("entries %d, collisions %d, three at a time %d", entries, collisions,
         now_s() - start < 0.02 * TASKS);
}

/* ---- a queue of one place, between tasks and between a task and a thread ---- */

static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static bool full;
static intptr_t parcel;
static long sum;

static void *produce(void *unused)
{
    for (intptr_t i = 1; i <= HANDOVERS; i++) {
        pthread_mutex_lock(&mutex);
        while (full)
            pthread_cond_wait(&changed, &mutex);
        parcel = i;
        full = true;
        pthread_cond_signal(&changed);
        pthread_mutex_unlock(&mutex);
    }
    return unused;
}

static void *consume(void *unused)
{
    for (int i = 0; i < HANDOVERS; i++) {
        pthread_mutex_lock(&mutex);
        while (!full)
            pthread_cond_wait(&changed, &mutex);
        sum += parcel;
        full = false;
        pthread_cond_signal(&changed);
        pthread_mutex_unlock(&mutex);
    }
    return unused;
}

static void tell_sum(double start)
{
    fact("sum %ld", sum);
    /* A lost signal costs ten seconds, until the wait ends by itself. */
    fact("no signal was lost %d", now_s() - start < 5);
}

static void *produce_or_consume(void *item)
{
    return (intptr_t)item ? produce(NULL) : consume(NULL);
}

static void queue_of_tasks(void)
{
    double start = now_s();
    run_tasks(produce_or_consume, 2);
    tell_sum(start);
}

static void *linger(void *stop)
{
    while (!*(bool *)stop)
        usleep(1000);
    return NULL;
}

/* A task that keeps the thread cooperative, while main is one side and a thread the other. */
static void with_thread(void *(*in_thread)(void *), void *(*here)(void *))
{
    pthread_t thread;
    bool stop = false;
    greq_task *lingering = greq_spawn(linger, &stop);
    double start = now_s();
    must(-pthread_create(&thread, NULL, in_thread, NULL), "pthread_create");
    here(NULL);
    pthread_join(thread, NULL);
    tell_sum(start);
    stop = true;
    greq_join(lingering, NULL);
}

static void queue_from_thread(void)
{
    with_thread(produce, consume);
}

static void queue_to_thread(void)
{
    with_thread(consume, produce);
}

/* ---- broadcast ---- */

static bool go;

static void *await_go(void *unused)
{
    pthread_mutex_lock(&mutex);
    while (!go)
        pthread_cond_wait(&changed, &mutex);
    entries++;
    pthread_mutex_unlock(&mutex);
    return unused;
}

static void broadcast(void)
{
    greq_task *tasks[TASKS];
    for (int i = 0; i < TASKS; i++)
        tasks[i] = greq_spawn(await_go, NULL);
    usleep(20000);
    double start = now_s();
    pthread_mutex_lock(&mutex);
    go = true;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&mutex);
    for (int i = 0; i < TASKS; i++)
        greq_join(tasks[i], NULL);
    fact("entries %d, at once %d", entries, now_s() - start < 0.5);
}

/* ---- two threads with tasks, two mutexes ---- */

static pthread_mutex_t pair[2] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER};
static int done;

/* Holds its mutex over a wait, so that the other thread's task comes to want it. */
static void *hold_and_wait(void *which)
{
    for (int i = 0; i < 50; i++) {
        pthread_mutex_lock(which);
        usleep(1000);
        pthread_mutex_unlock(which);
        greq_yield();
    }
    __atomic_fetch_add(&done, 1, __ATOMIC_RELAXED);
    return NULL;
}

static void *thread_with_tasks(void *unused)
{
    void *items[2] = {&pair[0], &pair[1]};
    greq_map(hold_and_wait, items, NULL, 2, 0);
    return unused;
}

static void two_threads(void)
{
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        must(-pthread_create(&threads[i], NULL, thread_with_tasks, NULL), "pthread_create");
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    fact("done %d", done);
}

/* ---- everything at once, in three threads of ten tasks ---- */

enum { STORM_THREADS = 3, STORM_TASKS = 10, STORM_ROUNDS = 60 };

static struct {
    pthread_mutex_t mutex;
    pthread_rwlock_t rwlock;
    sem_t semaphore;
    int in_mutex, writers, readers, in_pool; /* atomic */
} places[2];
static int storm_collisions, storm_rounds; /* atomic */

static int add(int *count, int by)
{
    return __atomic_add_fetch(count, by, __ATOMIC_SEQ_CST);
}

static void collide_unless(bool condition)
{
    if (!condition)
        add(&storm_collisions, 1);
}

static void linger_shortly(unsigned random)
{
    if (random % 3 == 0)
        usleep(random % 7 * 100);
}

static struct timespec very_soon(unsigned random)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += random % 1000 * 1000;
    if (until.tv_nsec >= 1000000000)
        until = (struct timespec){until.tv_sec + 1, until.tv_nsec - 1000000000};
    return until;
}

static void storm_mutex(int place, unsigned random)
{
    struct timespec until = very_soon(random);
    if (random % 2)
        pthread_mutex_lock(&places[place].mutex);
    else if (pthread_mutex_timedlock(&places[place].mutex, &until) != 0)
        return;
    collide_unless(add(&places[place].in_mutex, 1) == 1);
    linger_shortly(random);
    add(&places[place].in_mutex, -1);
    pthread_mutex_unlock(&places[place].mutex);
}

static void storm_rwlock(int place, unsigned random)
{
    if (random % 4 == 0) {
        pthread_rwlock_wrlock(&places[place].rwlock);
        collide_unless(add(&places[place].writers, 1) == 1 && places[place].readers == 0);
        linger_shortly(random);
        add(&places[place].writers, -1);
    } else {
        pthread_rwlock_rdlock(&places[place].rwlock);
        add(&places[place].readers, 1);
        collide_unless(__atomic_load_n(&places[place].writers, __ATOMIC_SEQ_CST) == 0);
        linger_shortly(random);
        add(&places[place].readers, -1);
    }
    pthread_rwlock_unlock(&places[place].rwlock);
}

static void storm_semaphore(int place, unsigned random)
{
    struct timespec until = very_soon(random);
    if (random % 2)
        sem_wait(&places[place].semaphore);
    else if (sem_timedwait(&places[place].semaphore, &until) != 0)
        return;
    collide_unless(add(&places[place].in_pool, 1) <= 2);
    linger_shortly(random);
    add(&places[place].in_pool, -1);
    sem_post(&places[place].semaphore);
}

static void *storm_task(void *item)
{
    unsigned random = (unsigned)(uintptr_t)item;
    for (int i = 0; i < STORM_ROUNDS; i++) {
        random = random * 1103515245 + 12345;
        int place = random >> 16 & 1;
        unsigned choice = random >> 18;
        switch (choice % 3) {
        case 0:
            storm_mutex(place, choice);
            break;
        case 1:
            storm_rwlock(place, choice);
            break;
        default:
            storm_semaphore(place, choice);
        }
        add(&storm_rounds, 1);
    }
    return NULL;
}

static void *storm_thread(void *first)
{
    void *items[STORM_TASKS];
    for (intptr_t i = 0; i < STORM_TASKS; i++)
        items[i] = (void *)((intptr_t)first + i);
    greq_map(storm_task, items, NULL, STORM_TASKS, 0);
    return NULL;
}

static void storm(void)
{
    pthread_t threads[STORM_THREADS];
    for (int i = 0; i < 2; i++) {
        pthread_mutex_init(&places[i].mutex, NULL);
        pthread_rwlock_init(&places[i].rwlock, NULL);
        sem_init(&places[i].semaphore, 0, 2);
    }
    for (intptr_t i = 0; i < STORM_THREADS; i++)
        must(-pthread_create(&threads[i], NULL, storm_thread, (void *)(i * STORM_TASKS + 1)),
             "pthread_create");
    for (int i = 0; i < STORM_THREADS; i++)
        pthread_join(threads[i], NULL);
    fact("rounds %d, collisions %d", storm_rounds, storm_collisions);
}

/* ---- a fork while a task waits ---- */

static void *wait_for_mutex(void *unused)
{
    pthread_mutex_lock(&mutex);
    entries++;
    pthread_mutex_unlock(&mutex);
    return unused;
}

static void fork_meanwhile(void)
{
    pthread_mutex_lock(&mutex);
    greq_task *waiting = greq_spawn(wait_for_mutex, NULL);
    usleep(5000);
    pid_t child = must(fork(), "fork");
    pthread_mutex_unlock(&mutex);
    if (child == 0) {
        run_tasks(enter_by_mutex, 5);
        _exit(entries == 5 && collisions == 0 ? 7 : 8);
    }
    fact("join %s", error_name(greq_join(waiting, NULL)));
    int status = 0;
    must((int)waitpid(child, &status, 0), "waitpid");
    fact("entries %d, in the child %d", entries, WEXITSTATUS(status));
}

/* ---- a joined thread that waits for a task of the thread which joins it ---- */

static sem_t needed;

static void *need(void *unused)
{
    sem_wait(&needed);
    return unused;
}

static void *give(void *unused)
{
    usleep(10000);
    sem_post(&needed);
    return unused;
}

static void join_one_who_needs_us(void)
{
    pthread_t thread;
    sem_init(&needed, 0, 0);
    must(-pthread_create(&thread, NULL, need, NULL), "pthread_create");
    greq_task *giver = greq_spawn(give, NULL);
    fact("join %s", error_name(pthread_join(thread, NULL)));
    greq_join(giver, NULL);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*play)(void);
    } cases[] = {
        {"one_mutex", one_mutex},
        {"recursive", recursive},
        {"recursive_tried", recursive_tried},
        {"recursive_mtx", recursive_mtx},
        {"checked", checked},
        {"with_priority", with_priority},
        {"readers_and_writers", readers_and_writers},
        {"writers_that_tried", writers_that_tried},
        {"semaphore", semaphore},
        {"queue_of_tasks", queue_of_tasks},
        {"queue_from_thread", queue_from_thread},
        {"queue_to_thread", queue_to_thread},
        {"broadcast", broadcast},
        {"two_threads", two_threads},
        {"storm", storm},
        {"fork_meanwhile", fork_meanwhile},
        {"join_one_who_needs_us", join_one_who_needs_us},
    };
    for (size_t i = 0; argc == 2 && i < sizeof cases / sizeof *cases; i++)
        if (strcmp(cases[i].name, argv[1]) == 0) {
            cases[i].play();
            return 0;
        }
    fprintf(stderr, "usage: %s CASE\n", argv[0]);
    return 2;
}
