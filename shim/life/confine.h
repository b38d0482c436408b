/*
 * confine.h: a process that takes system calls away from itself (seccomp).
 *
 * What a trace needs might then end it. So from there on its calls are the real ones, and the trace
 * says that it ends here: what is still to be written goes into memory that is mapped already, with
 * times that were read beforehand. In strict mode nothing cooperates any more either.
 *
 * May be used in signal handlers. Leaves errno alone.
 *
 * Most such calls are questions that fail, so logging is only suspended before one. If it succeeds
 * the number of the log moves on, so that no thread touches its chunks any more. Children that fork
 * record nothing, and exec asks nothing.
 */
#ifndef LIFE_CONFINE_H
#define LIFE_CONFINE_H

#include "log/log.h"

#include <stdbool.h>

enum confinement { CONFINE_NOTHING, CONFINE_FILTER, CONFINE_STRICT };

/* What prctl(option, mode, ...), or system call `number` with such arguments, is about to do. */
enum confinement confine_by_prctl(int option, unsigned long mode);
enum confinement confine_by_syscall(long number, long first, long second);

struct confine {
    enum confinement kind;
    struct log_last last;
};

/* Before the call, which often is but a question and fails. */
void confine_begin(struct confine *confine, enum confinement kind);

void confine_end(const struct confine *confine, bool confined);

#endif
