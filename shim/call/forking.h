/*
 * forking.h: what a fork holds while it is in libc.
 *
 * All calls of the thread are real meanwhile, those of the program's pthread_atfork handlers too.
 * When those before the fork have run, no helper thread begins what has locks of libc's, and no
 * thread asks the loader anything: a child would never get these locks. Not earlier, for such a
 * handler may wait for another thread.
 *
 * libc's resolver has such locks. The program's own handlers have run by then, for one may join a
 * thread that waits for us (OpenBLAS's does: dmtcp/dmtcp #612). A fork waits for look-ups for a
 * second at most, and once for each of them: one of five seconds holds up one fork. For the loader
 * it waits within the same second. That it went on is in the trace. The one exception to real calls
 * is a handler that wants a mutex which a parked task of its thread has (nss_ldap's does): it would
 * wait for ever, so meanwhile it is as if the fork had not begun. vfork and posix_spawn are left
 * alone; _Fork and clone only tell that sockets were passed on.
 */
#ifndef CALL_FORKING_H
#define CALL_FORKING_H

#include <stdbool.h>

struct forking {
    bool passing;  /* before */
    bool is_vfork; /* that is so because this is a child of vfork: its child is none */
    bool waits;    /* for helper threads that are in libc */
    bool holds;    /* helper threads and the loader, now */
    struct forking *around;
};

/* Once, before the program can have handlers of its own: the last of those before a fork is then
 * ours. */
void forking_open(void);

void forking_begin(struct forking *forking);

/* `result`: of the real function. Returns it, with errno as it was. */
int forking_finish(struct forking *forking, int result);

/*
 * A handler waits for what a parked task of this thread has. Nobody else can give it, so meanwhile
 * it is as if the fork had not begun. Only in a fork.
 */
struct forking *forking_suspend(void);
void forking_resume(struct forking *forking);

#endif
