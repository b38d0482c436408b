/*
 * A coroutine goes on in another thread than it waited in, though its runtime said that none does.
 */
#include <greq/greq.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <time.h>
#include <ucontext.h>

static ucontext_t loop, coroutine;
static char stack[1 << 18];
static int runs;

static void *current(void *data)
{
    (void)data;
    return runs ? &coroutine : NULL;
}

static int wait_by_loop(void *data, struct pollfd *set, size_t count, int64_t timeout_ns)
{
    (void)data, (void)set, (void)count, (void)timeout_ns;
    runs = 0;
    return swapcontext(&coroutine, &loop);
}

static void sleep_in_coroutine(void)
{
    struct timespec little = {0, 50000000};
    nanosleep(&little, NULL);
    puts("it went on");
}

static void *run(void *unused)
{
    ucontext_t here;
    coroutine.uc_link = &here;
    runs = 1;
    swapcontext(&here, &coroutine);
    return unused;
}

int main(void)
{
    const struct greq_host host = {.size = sizeof host, .current = current, .wait = wait_by_loop};
    pthread_t other;
    if (greq_host_set(&host, NULL) != 0)
        return 3;
    getcontext(&coroutine);
    coroutine.uc_stack = (stack_t){.ss_sp = stack, .ss_size = sizeof stack};
    makecontext(&coroutine, sleep_in_coroutine, 0);
    runs = 1;
    swapcontext(&loop, &coroutine);
    pthread_create(&other, NULL, run, NULL);
    pthread_join(other, NULL);
    return 0;
}
