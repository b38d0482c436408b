/*
 * forking.h: what a fork holds while it is in libc.
 *
 * All calls of the thread are real meanwhile, those of the program's pthread_atfork handlers too.
 * When those before the fork have run, no helper thread begins what has locks of libc's, and no
 * thread asks the loader anything: a child would never get these locks. Not earlier, for such a
 * handler may wait for another thread.
 */
#ifndef CALL_FORKING_H
#define CALL_FORKING_H

#include <stdbool.h>

struct forking {
    bool passing; /* before */
    bool waits;   /* for helper threads that are in libc */
    bool holds;   /* helper threads and the loader, now */
    struct forking *around;
};

/* Once, before the program can have handlers of its own: the last of those before a fork is then
 * ours. */
void forking_open(void);

void forking_begin(struct forking *forking);

/* `result`: of the real function. Returns it, with errno as it was. */
int forking_finish(const struct forking *forking, int result);

/*
 * A handler waits for what a parked task of this thread has. Nobody else can give it, so meanwhile
 * it is as if the fork had not begun. Only in a fork.
 */
struct forking *forking_suspend(void);
void forking_resume(struct forking *forking);

#endif
