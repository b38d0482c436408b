/* overflow_handlers: stacks that overflow, and what a handler on a small alternate stack does about
 * it, as crash reporters and sandboxes do. Their trackers are named. */
#include "facts.h"

#include <greq/greq.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STACK = 64 << 10 };

/* What the kernel's frame takes, and little more. */
enum { HANDLER_ROOM = 4096 };

static sigjmp_buf out;
static volatile int depth;

static __attribute__((noinline)) int recurse(int level)
{
    volatile char room[512];
    room[0] = (char)level;
    depth = level;
    return recurse(level + 1) + room[0];
}

static void use_alternate_stack(void (*handler)(int))
{
    size_t size = (size_t)sysconf(_SC_MINSIGSTKSZ) + HANDLER_ROOM;
    stack_t stack = {.ss_sp = malloc(size), .ss_size = size};
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_ONSTACK | SA_NODEFER};
    must(sigaltstack(&stack, NULL), "sigaltstack");
    must(sigaction(SIGSEGV, &action, NULL), "sigaction");
}

/* ---- what handlers do ---- */

static char reported[32];
static int report_ends[2];

static void say(const char *text)
{
    (void)!write(report_ends[1], text, strlen(text));
}

/* tarantool/tarantool 9222, facebook/hhvm 9832: a line, and the default action. */
static void report(int number)
{
    say("overflow");
    signal(number, SIG_DFL);
    raise(number);
}

/* gwsystems/sledge-serverless-framework 398, sagemath/cysignals 67: the sandbox alone ends. */
static void leave(int number)
{
    (void)number;
    siglongjmp(out, 1);
}

/* xroche/httrack 962: another program looks at it. */
static void ask_another(int number)
{
    (void)number;
    int status = 0;
    pid_t child = _Fork();
    if (child == 0) {
        execl("/bin/true", "true", (char *)NULL);
        _exit(1);
    }
    while (waitpid(child, &status, 0) < 0)
        continue;
    say(WIFEXITED(status) && WEXITSTATUS(status) == 0 ? "looked at" : "not looked at");
    _exit(7);
}

/* ---- where it happens ---- */

static void *overflow(void *handler)
{
    use_alternate_stack((void (*)(int))handler);
    if (sigsetjmp(out, 1) == 0)
        recurse(0);
    usleep(1000); /* and calls go on */
    return NULL;
}

/* xroche/httrack 991: a worker thread, with an alternate stack of its own. */
static void *in_thread(void *handler)
{
    pthread_attr_t attributes;
    pthread_t thread;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK);
    must(-pthread_create(&thread, &attributes, overflow, handler), "pthread_create");
    pthread_join(thread, NULL);
    return NULL;
}

/* lailongwei/llbc 550: a coroutine, whose stack ends at a page that may not be touched. */
static void *in_task(void *handler)
{
    void *result;
    must(-greq_map(overflow, &handler, &result, 1, 1), "greq_map");
    return NULL;
}

static void *in_main(void *handler)
{
    struct rlimit limit = {512 << 10, 512 << 10};
    setrlimit(RLIMIT_STACK, &limit);
    return overflow(handler);
}

static void try(const char *name, void *(*place)(void *), void (*handler)(int))
{
    must(pipe(report_ends), "pipe");
    pid_t child = must(fork(), "fork");
    if (child == 0) {
        alarm(20);
        place((void *)handler);
        say("left");
        _exit(depth > 20 ? 8 : 1);
    }
    int status;
    must(waitpid(child, &status, 0), "waitpid");
    close(report_ends[1]);
    ssize_t got = read(report_ends[0], reported, sizeof reported - 1);
    reported[got > 0 ? got : 0] = '\0';
    close(report_ends[0]);
    fact("%s: %s, exit %d, signal %d", name, reported, WIFEXITED(status) ? WEXITSTATUS(status) : -1,
         WIFSIGNALED(status) ? WTERMSIG(status) : 0);
}

int main(void)
{
    static const struct {
        const char *name;
        void *(*place)(void *);
    } places[] = {{"main", in_main}, {"thread", in_thread}, {"task", in_task}};
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    for (int i = 0; i < 3; i++) {
        try(places[i].name, places[i].place, report);
        try(places[i].name, places[i].place, leave);
        try(places[i].name, places[i].place, ask_another);
    }
}
