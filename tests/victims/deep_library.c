/* A library that is opened with RTLD_DEEPBIND: it has one function of libc's name of its own, and
 * gets another one from a library that comes with it. */
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

void deep_wait(unsigned ms);
int deep_own(void);
int deep_other(void);

/* The loader needs a while for these, and makes them read-only then. */
int (*const deep_waits[1 << 13])(useconds_t us) = {[0 ...(1 << 13) - 1] = usleep};

/* Another one than libc's, as a caller that was bound to libc's would notice. */
int ppoll(struct pollfd *set, nfds_t count, const struct timespec *limit, const sigset_t *mask)
{
    (void)set, (void)count, (void)limit, (void)mask;
    return 42;
}

void deep_wait(unsigned ms)
{
    deep_waits[ms](ms * 1000);
}

int deep_own(void)
{
    struct pollfd none;
    return ppoll(&none, 0, NULL, NULL);
}

int deep_other(void)
{
    return pause();
}
