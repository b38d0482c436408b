/* A disk that takes its time: an fsync for loop_stall, behind libgreq.so's. */
#include "facts.h"

#include <unistd.h>

enum { SLOW_MS = 300 };

int fsync(int fd)
{
    (void)fd;
    raw_sleep_ms(SLOW_MS);
    return 0;
}
