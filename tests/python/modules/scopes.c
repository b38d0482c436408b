/*
 * A library that notes per thread in which scope it is, as runtimes do, and waits in there. Built
 * once for each way to keep it:
 *
 *   SCOPES_VARIABLE  a thread-local variable
 *   SCOPES_FOREIGN   a thread-local variable of another library
 *   SCOPES_KEY       thread-specific data
 *   SCOPES_TSS       the same of C11
 */
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <threads.h>
#include <time.h>

#define EXPORT __attribute__((visibility("default")))

#if defined SCOPES_VARIABLE
static __thread const void *current;
#    define get()      current
#    define set(value) (current = (value))
#elif defined SCOPES_FOREIGN
extern __thread const void *scopes_owned_elsewhere;
#    define get()      scopes_owned_elsewhere
#    define set(value) (scopes_owned_elsewhere = (value))
#elif defined SCOPES_KEY
static pthread_key_t key;
__attribute__((constructor)) static void make_key(void)
{
    pthread_key_create(&key, NULL);
}
#    define get()      pthread_getspecific(key)
#    define set(value) pthread_setspecific(key, value)
#elif defined SCOPES_TSS
static tss_t key;
__attribute__((constructor)) static void make_key(void)
{
    tss_create(&key, NULL);
}
#    define get()      tss_get(key)
#    define set(value) tss_set(key, (void *)(value))
#endif

/* Enters a scope, lets `wait` be called in it, and leaves it. Returns whether it was the thread's
 * current one all the time, and is so again on return. */
static int stay(void (*wait)(int), int argument)
{
    const void *outer = get();
    int scope, is_own;
    set(&scope);
    wait(argument);
    is_own = get() == &scope;
    set(outer);
    return is_own;
}

static void nap(int ms)
{
    struct timespec time = {ms / 1000, ms % 1000 * 1000000L};
    nanosleep(&time, NULL);
}

EXPORT int scope_nap(int ms)
{
    return stay(nap, ms);
}

/* `call` may be an interpreter's function that comes back to where others may run. */
EXPORT int scope_call(void (*call)(int), int argument)
{
    return stay(call, argument);
}

EXPORT void wait_readable(int fd)
{
    struct pollfd one = {fd, POLLIN, 0};
    const void *outer = get();
    set(&one);
    poll(&one, 1, -1);
    set(outer);
}
