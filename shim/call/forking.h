/*
 * forking.h: what a fork holds while it is in libc.
 *
 * Meanwhile all calls of the thread are real, those of the program's pthread_atfork handlers too;
 * no helper thread begins what has locks of libc's, and no thread asks the loader anything.
 */
#ifndef CALL_FORKING_H
#define CALL_FORKING_H

#include <stdbool.h>

struct forking {
    bool holds;   /* jobs back */
    bool passing; /* before */
    struct forking *around;
};

void forking_begin(struct forking *forking);

/* `result`: of the real function. Returns it, with errno as it was. */
int forking_finish(const struct forking *forking, int result);

/*
 * A handler waits for what a parked task of this thread has. Nobody else can give it, so meanwhile
 * it is as if the fork had not begun.
 */
struct forking *forking_suspend(void);
void forking_resume(struct forking *forking);

#endif
