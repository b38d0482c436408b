/*
 * asleep.h: whether another thread of this process sleeps.
 */
#ifndef SYS_ASLEEP_H
#define SYS_ASLEEP_H

#include <stdbool.h>

/*
 * Whether the thread waits for something, or is not there any more. One that runs, is about to, or
 * was pushed aside by other threads, does not sleep; neither does one whose state cannot be learned
 * for lack of /proc. Leaves errno alone.
 */
bool thread_is_asleep(int thread_id);

#endif
