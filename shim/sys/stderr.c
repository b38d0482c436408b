#include "sys/stderr.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

static struct stat at_start;
static bool remembered, was_open;

void stderr_remember(void)
{
    int saved_errno = errno;
    was_open = fstat(STDERR_FILENO, &at_start) == 0;
    remembered = true;
    errno = saved_errno;
}

bool stderr_is_same(void)
{
    struct stat now;
    int saved_errno = errno;
    bool same = !remembered || (was_open && fstat(STDERR_FILENO, &now) == 0 &&
                                now.st_dev == at_start.st_dev && now.st_ino == at_start.st_ino);
    errno = saved_errno;
    return same;
}
