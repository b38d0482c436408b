#include "sys/thread.h"

#include "sys/kernel.h"

#include <pthread.h>
#include <stddef.h>

__thread struct thread this_thread;

static pthread_key_t exit_key;
static void (*exit_leave)(struct thread *thread);

/* The destructors of thread-specific data run in rounds. Ours gives way in the first, so that what
 * the program's own destructors do is still seen. */
static void at_exit(void *round)
{
    if (round == &exit_key && pthread_setspecific(exit_key, &exit_leave) == 0)
        return;
    exit_leave(&this_thread);
    this_thread.passing = true;
}

bool *thread_passing(void)
{
    static bool unused;
    return thread_has_variables() ? &this_thread.passing : &unused;
}

void thread_on_exit(void (*leave)(struct thread *thread))
{
    exit_leave = leave;
    if (FALLIBLE(pthread_key_create, ENOMEM, &exit_key, at_exit) != 0)
        exit_leave = NULL;
}

void thread_watch_exit(struct thread *thread)
{
    if (exit_leave && !thread->is_watched)
        thread->is_watched = pthread_setspecific(exit_key, &exit_key) == 0;
}
