/*
 * nofile.h: room for thousands of connections.
 */
#ifndef EXAMPLES_NOFILE_H
#define EXAMPLES_NOFILE_H

#include <sys/resource.h>

/*
 * Raises the soft limit of open descriptors to the hard one. The soft limit is low only for
 * programs that use select() carelessly. Where it cannot be raised, the old limit stays, and who
 * runs into it says so.
 */
static inline void nofile_raise(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

#endif
