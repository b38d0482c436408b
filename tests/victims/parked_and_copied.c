/* parked_and_copied: tasks are parked in recv while their process is copied by fork, another
 * program is started from it, a child makes their socket non-blocking, and while another thread's
 * tasks wait for the same descriptor. Needs tasks that overlap. */
#include "must_tasks.h"

#include <pthread.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAIRS = 20, BYTES = 4000, READERS = 3 };

static struct pair {
    int mine, other;
} pairs[PAIRS];
static greq_task *tasks[PAIRS];

static void make_pair(struct pair *pair)
{
    int ends[2];
    must(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), "socketpair");
    *pair = (struct pair){ends[0], ends[1]};
}

/* By no function that libgreq.so knows. */
static void send_raw(int fd, char byte)
{
    must((int)syscall(SYS_write, fd, &byte, (size_t)1), "write");
}

static void *receive_one(void *pair)
{
    char byte = 0;
    must((int)recv(((struct pair *)pair)->mine, &byte, 1, 0), "recv");
    return (void *)(intptr_t)byte;
}

/* All are parked, on descriptors that were waited for before. */
static void park_all(void)
{
    for (int i = 0; i < PAIRS; i++) {
        make_pair(&pairs[i]);
        tasks[i] = must_spawn(receive_one, &pairs[i]);
    }
    usleep(1000);
    for (int i = 0; i < PAIRS; i++)
        send_raw(pairs[i].other, 'a');
    for (int i = 0; i < PAIRS; i++) {
        greq_join(tasks[i], NULL);
        tasks[i] = must_spawn(receive_one, &pairs[i]);
    }
    usleep(1000);
}

static void expect_all(const char *what, char byte)
{
    int right = 0;
    for (int i = 0; i < PAIRS; i++) {
        void *got;
        greq_join(tasks[i], &got);
        right += (char)(intptr_t)got == byte;
        close(pairs[i].mine);
        close(pairs[i].other);
    }
    fact("%s: %d of %d", what, right, PAIRS);
}

static int end_of(pid_t child)
{
    int status;
    must(waitpid(child, &status, 0), "waitpid");
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* ---- fork ---- */

/* Has tasks of its own, and then wakes those of its parent. */
static int be_child(void)
{
    struct pair own;
    void *got;
    make_pair(&own);
    greq_task *task = must_spawn(receive_one, &own);
    usleep(20000);
    send_raw(own.other, 'c');
    greq_join(task, &got);
    for (int i = 0; i < PAIRS; i++)
        send_raw(pairs[i].other, 'p');
    return (char)(intptr_t)got == 'c' ? 7 : 8;
}

static void forked(void)
{
    park_all();
    pid_t child = must(fork(), "fork");
    if (child == 0)
        _exit(be_child());
    expect_all("woken by a child", 'p');
    fact("the child ended with %d", end_of(child));
}

/* ---- other programs ---- */

static void started_by_spawn(void)
{
    extern char **environ;
    char *words[] = {"sh", "-c", "printf s", NULL};
    pid_t children[PAIRS];
    park_all();
    for (int i = 0; i < PAIRS; i++) {
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, pairs[i].other, STDOUT_FILENO);
        must(-posix_spawn(&children[i], "/bin/sh", &actions, NULL, words, environ), "posix_spawn");
        posix_spawn_file_actions_destroy(&actions);
    }
    expect_all("woken by programs", 's');
    for (int i = 0; i < PAIRS; i++)
        end_of(children[i]);
}

/* A copy with parked tasks of its own becomes another program. */
static void become_program(int out)
{
    struct pair own;
    make_pair(&own);
    must_spawn(receive_one, &own);
    usleep(1000);
    must(dup2(out, STDOUT_FILENO), "dup2");
    execl("/bin/sh", "sh", "-c", "printf e", (char *)NULL);
    _exit(9);
}

static void executed(void)
{
    park_all();
    for (int i = 0; i < PAIRS; i++) {
        pid_t child = must(fork(), "fork");
        if (child == 0)
            become_program(pairs[i].other);
        end_of(child);
    }
    expect_all("woken by what children became", 'e');
}

/* ---- a flag that a child sets ---- */

static void made_nonblocking(void)
{
    struct pair pair;
    char byte;
    int on = 1;
    make_pair(&pair);
    for (int i = 0; i < 3; i++) { /* known by heart */
        greq_task *task = must_spawn(receive_one, &pair);
        usleep(1000);
        send_raw(pair.other, 'x');
        greq_join(task, NULL);
    }
    pid_t child = must(fork(), "fork");
    if (child == 0)
        _exit(ioctl(pair.mine, FIONBIO, &on) == 0 ? 0 : 1);
    fact("the child ended with %d", end_of(child));
    double start = now_s();
    fact("recv: %s", outcome(recv(pair.mine, &byte, 1, 0)));
    fact("at once: %d", now_s() - start < 2);
    close(pair.mine);
    close(pair.other);
}

/* ---- two schedulers ---- */

static struct pair shared;
static unsigned taken;

static void *receive_many(void *unused)
{
    char bytes[3];
    for (ssize_t got; (got = recv(shared.mine, bytes, sizeof bytes, 0)) > 0;)
        __atomic_fetch_add(&taken, (unsigned)got, __ATOMIC_RELAXED);
    return unused;
}

static void *have_readers(void *unused)
{
    greq_task *readers[READERS];
    for (int i = 0; i < READERS; i++)
        readers[i] = must_spawn(receive_many, NULL);
    for (int i = 0; i < READERS; i++)
        greq_join(readers[i], NULL);
    return unused;
}

static void in_two_schedulers(void)
{
    pthread_t other;
    make_pair(&shared);
    must(-pthread_create(&other, NULL, have_readers, NULL), "pthread_create");
    greq_task *here = must_spawn(have_readers, NULL);
    for (int i = 0; i < BYTES; i++) {
        send_raw(shared.other, 'x');
        if (i % 64 == 0)
            usleep(200);
    }
    close(shared.other);
    greq_join(here, NULL);
    pthread_join(other, NULL);
    fact("two threads took %u of %d", taken, BYTES);
    close(shared.mine);
}

int main(void)
{
    setvbuf(stdout, NULL, _IONBF, 0);
    forked();
    started_by_spawn();
    executed();
    made_nonblocking();
    in_two_schedulers();
}
