/*
 * Message queues, of POSIX and System V: only logged. Those of System V have no descriptor that
 * could be waited for, and a helper thread in them could not be called back.
 */
#include "call/logged.h"

#include <mqueue.h>
#include <sys/msg.h>

LOGGED(ssize_t, mq_receive, queue, error_by_errno,
       (mqd_t queue, char *text, size_t size, unsigned *priority), (queue, text, size, priority))
LOGGED(ssize_t, mq_timedreceive, queue, error_by_errno,
       (mqd_t queue, char *restrict text, size_t size, unsigned *restrict priority,
        const struct timespec *restrict until),
       (queue, text, size, priority, until))
LOGGED(int, mq_send, queue, error_by_errno,
       (mqd_t queue, const char *text, size_t size, unsigned priority),
       (queue, text, size, priority))
LOGGED(int, mq_timedsend, queue, error_by_errno,
       (mqd_t queue, const char *text, size_t size, unsigned priority,
        const struct timespec *until),
       (queue, text, size, priority, until))

LOGGED(int, msgsnd, -1, error_by_errno, (int queue, const void *message, size_t size, int flags),
       (queue, message, size, flags))
LOGGED(ssize_t, msgrcv, -1, error_by_errno,
       (int queue, void *message, size_t size, long type, int flags),
       (queue, message, size, type, flags))
