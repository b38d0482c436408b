/*
 * soak: many tasks that do all that tasks do, for a while. Usage: soak SECONDS SCENES [SEED]
 *
 * 1. What scenes use (soak.h).
 * 2. The watchdog, a thread that needs no hook: it ends the program when a task waits for longer
 *    than MOST_S, time without a processor left out, and says what each such task waits for.
 * 3. The stage: scenes are played in tasks, one ends, another begins.
 * 4. The balance: no task is left, no descriptor, and memory was flat from the first quarter on.
 */
#include "soak.h"

#include "facts.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>

enum {
    MOST_S = 20,
    MOST_SCENES = 2000,
    PAUSE_MS = 600, /* between scenes: tasks wait most of the time */
};

/* What the allocator of a sanitizer keeps back is no leak. */
#ifdef __SANITIZE_ADDRESS__
enum { MORE_KIB = 300 * 1024 };
#else
enum { MORE_KIB = 16 * 1024 };
#endif

enum {
    ECHO,
    STREAM,
    CLOSED,
    RAW_CLOSE,
    SLEEP,
    TIMEOUT,
    HAND_OVER,
    CROWD,
    NAME,
    SIGNAL,
    FORK,
    DROP,
    KINDS
};

static long done[KINDS];
static const struct scene_kind kinds[KINDS] = {
    [ECHO] = {"echo", scene_echo, 20, &done[ECHO]},
    [STREAM] = {"stream", scene_stream, 12, &done[STREAM]},
    [CLOSED] = {"closed", scene_closed, 15, &done[CLOSED]},
    [RAW_CLOSE] = {"raw-close", scene_raw_close, 10, &done[RAW_CLOSE]},
    [SLEEP] = {"sleep", scene_sleep, 15, &done[SLEEP]},
    [TIMEOUT] = {"timeout", scene_timeout, 20, &done[TIMEOUT]},
    [HAND_OVER] = {"hand-over", scene_hand_over, 10, &done[HAND_OVER]},
    [CROWD] = {"crowd", scene_crowd, 5, &done[CROWD]},
    [NAME] = {"name", scene_name, 5, &done[NAME]},
    [SIGNAL] = {"signal", scene_signal, 5, &done[SIGNAL]},
    [FORK] = {"fork", scene_fork, 2, &done[FORK]},
    [DROP] = {"drop", scene_drop, 2, &done[DROP]},
};

static struct scene scenes[MOST_SCENES];
static int scene_count;
static uint64_t seed;
static long partners_started;
static int at_once, most_at_once; /* tasks */

/* ---- what scenes use ---- */

static double
    starved_s; /* how long the main thread, whose tasks these are, waited for a processor */

/* Stands still meanwhile: on a busy machine nobody is to blame for what is not done in time. */
static double fair_now_s(void)
{
    double starved;
    __atomic_load(&starved_s, &starved, __ATOMIC_RELAXED);
    return now_s() - starved;
}

void doing(struct side *side, const char *what)
{
    side->since = fair_now_s();
    __atomic_store_n(&side->waits_for, what, __ATOMIC_RELEASE);
}

void check(bool right, const struct side *side, const char *what)
{
    int error = errno;
    if (right)
        return;
    const char *wait = side ? side->waits_for : NULL;
    fact("wrong: %s, after %s, errno %s, seed %llu", what, wait ? wait : "nothing",
         error_name(error), (unsigned long long)seed);
    _exit(1);
}

uint64_t draw(struct side *side, uint64_t below)
{
    side->random ^= side->random << 13;
    side->random ^= side->random >> 7;
    side->random ^= side->random << 17;
    return (side->random >> 8) % below;
}

void sleep_us(struct side *side, int64_t us)
{
    struct timespec left = {.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};
    doing(side, "nanosleep");
    double start = now_s();
    while (nanosleep(&left, &left) < 0)
        check(errno == EINTR, side, "a sleep fails");
    check(now_s() - start >= (double)us / 1e6 - 0.001, side, "a sleep ends early");
}

void rest(struct side *side, int most_ms)
{
    sleep_us(side, (int64_t)draw(side, (uint64_t)most_ms * 1000 + 1));
}

static void count_task(void)
{
    if (++at_once > most_at_once)
        most_at_once = at_once;
}

greq_task *partner_start(void *(*play)(void *), void *argument)
{
    greq_task *task = greq_spawn(play, argument);
    check(task, NULL, "greq_spawn");
    partners_started++;
    count_task();
    return task;
}

void partner_join(struct scene *scene, greq_task *task)
{
    doing(&scene->lead, "greq_join of its partner");
    errno = greq_join(task, NULL);
    check(errno == 0, &scene->lead, "greq_join");
    doing(&scene->partner, NULL);
    at_once--;
}

void close_well(struct side *side, int fd)
{
    check(close(fd) == 0, side, "close");
}

void pair_open(struct side *side, int ends[2])
{
    check(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0, side, "socketpair");
}

/* ---- the watchdog ---- */

static bool over;
static int schedule; /* the kernel's account of the main thread */

/* The number is high: low ones are the scenes'. */
static void schedule_open(void)
{
    int fd = open("/proc/self/schedstat", O_RDONLY);
    schedule = fcntl(fd, F_DUPFD, 500);
    close(fd);
}

/* "on the processor, waiting for it, turns", the first two in ns; none where the kernel keeps none.
 */
static void look_at_schedule(void)
{
    char text[80] = "";
    unsigned long long waiting = 0;
    syscall(SYS_pread64, schedule, text, sizeof text - 1, (off_t)0);
    sscanf(text, "%*u %llu", &waiting);
    double starved = (double)waiting / 1e9;
    __atomic_store(&starved_s, &starved, __ATOMIC_RELAXED);
}

static int tell_stuck(const struct scene *scene, const struct side *side, const char *which)
{
    const char *what = __atomic_load_n(&side->waits_for, __ATOMIC_ACQUIRE);
    if (!what || fair_now_s() - side->since < MOST_S)
        return 0;
    fact("stuck: scene %d, %s, its %s: %s", (int)(scene - scenes),
         scene->kind ? scene->kind->name : "pause", which, what);
    return 1;
}

static void *watch(void *none)
{
    while (!__atomic_load_n(&over, __ATOMIC_ACQUIRE)) {
        int stuck = 0;
        raw_sleep_ms(100);
        look_at_schedule();
        for (struct scene *each = scenes; each < scenes + scene_count; each++)
            stuck +=
                tell_stuck(each, &each->lead, "lead") + tell_stuck(each, &each->partner, "partner");
        check(stuck == 0, NULL, "tasks wait for too long");
    }
    return none;
}

/* ---- the stage ---- */

static sem_t ended;
static struct scene *queue[MOST_SCENES]; /* whose tasks have ended, in a ring */
static unsigned queue_first, queue_last;

static const struct scene_kind *draw_kind(struct side *side)
{
    int sum = 0;
    for (int i = 0; i < KINDS; i++)
        sum += kinds[i].weight;
    int at = (int)draw(side, (uint64_t)sum);
    const struct scene_kind *kind = kinds;
    while (at >= kind->weight)
        at -= kind++->weight;
    return kind;
}

static void *play(void *argument)
{
    struct scene *scene = argument;
    rest(&scene->lead, PAUSE_MS);
    scene->kind = draw_kind(&scene->lead);
    scene->kind->play(scene);
    scene->kind = NULL;
    doing(&scene->lead, NULL);
    queue[queue_last++ % MOST_SCENES] = scene;
    sem_post(&ended);
    return scene;
}

static void start(struct scene *scene)
{
    scene->task = greq_spawn(play, scene);
    check(scene->task, NULL, "greq_spawn");
    count_task();
}

static struct scene *wait_for_one(void)
{
    while (sem_wait(&ended) < 0)
        check(errno == EINTR, NULL, "sem_wait");
    struct scene *scene = queue[queue_first++ % MOST_SCENES];
    void *result;
    errno = greq_join(scene->task, &result);
    check(errno == 0 && result == scene, NULL, "a scene's result");
    at_once--;
    return scene;
}

static long resident_kib(void)
{
    char line[128];
    long kib = 0;
    FILE *status = fopen("/proc/self/status", "r");
    while (fgets(line, sizeof line, status))
        sscanf(line, "RssAnon: %ld", &kib);
    fclose(status);
    return kib;
}

/* Returns how much memory it has gained, with all tasks at work, since a quarter of the time. */
static long play_for(double seconds)
{
    double start_s = now_s();
    long warm = 0, late = 0;
    for (int i = 0; i < scene_count; i++)
        start(&scenes[i]);
    for (int left = scene_count; left > 0;) {
        struct scene *scene = wait_for_one();
        double passed = now_s() - start_s;
        if (!warm && passed > seconds / 4)
            warm = resident_kib();
        if (!late && passed > seconds)
            late = resident_kib();
        if (!late)
            start(scene);
        else
            left--;
    }
    return late - warm;
}

/* ---- the balance ---- */

static int count_descriptors(void)
{
    int count = 0;
    DIR *directory = opendir("/proc/self/fd");
    while (readdir(directory))
        count++;
    closedir(directory);
    return count;
}

/* One of each, so that whatever stays open is open. */
static void play_each_once(void)
{
    for (int i = 0; i < KINDS; i++) {
        scenes[0].kind = &kinds[i];
        kinds[i].play(&scenes[0]);
    }
    doing(&scenes[0].lead, NULL);
}

static void prepare(int count)
{
    struct rlimit limit;
    scene_count = count < MOST_SCENES ? count : MOST_SCENES;
    for (int i = 0; i < 2 * scene_count; i++) {
        struct side *side = i % 2 ? &scenes[i / 2].partner : &scenes[i / 2].lead;
        side->random = (seed + (uint64_t)i + 1) * 0x9e3779b97f4a7c15u | 1;
    }
    must(sem_init(&ended, 0, 0), "sem_init");
    must(getrlimit(RLIMIT_NOFILE, &limit), "getrlimit");
    limit.rlim_cur = limit.rlim_max;
    must(setrlimit(RLIMIT_NOFILE, &limit), "setrlimit");
}

static void tell(void)
{
    for (int i = 0; i < KINDS; i++)
        fact("~%s %ld", kinds[i].name, done[i]);
    fact("~tasks %d at once at most, of %ld partners", most_at_once, partners_started);
    for (int i = 0; i < KINDS; i++)
        check(done[i] > 0, NULL, kinds[i].name);
}

int main(int argc, char **argv)
{
    pthread_t watchdog;
    double seconds = argc > 1 ? atof(argv[1]) : 1;
    seed = argc > 3 ? strtoull(argv[3], NULL, 10) : (uint64_t)time(NULL) << 16 ^ (uint64_t)getpid();
    fact("~seed %llu", (unsigned long long)seed);
    prepare(argc > 2 ? atoi(argv[2]) : 2000);
    schedule_open();
    must(-pthread_create(&watchdog, NULL, watch, NULL), "pthread_create");
    play_each_once();
    int descriptors = count_descriptors();
    signals_begin();
    long more = play_for(seconds);
    signals_end();
    __atomic_store_n(&over, true, __ATOMIC_RELEASE);
    must(-pthread_join(watchdog, NULL), "pthread_join");
    tell();
    fact("~memory %ld KiB more", more);
    fact("descriptors left: %d", count_descriptors() - descriptors);
    fact("tasks left: %d", at_once);
    fact("memory is flat: %d", more < MORE_KIB);
}
