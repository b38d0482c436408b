/*
 * line.h: GREQ_LOG, one readable line for each wait of 1 ms or more, and for each connection that
 * two tasks share, behind log.h.
 */
#ifndef LOG_LINE_H
#define LOG_LINE_H

#include "log/log.h"

/* Opens what GREQ_LOG names, or complains. */
void line_open(void);

bool line_on(void);

void line_call(struct thread *thread, const struct log_call *call, uint64_t duration,
               uint64_t parked);

/* Two tasks have met in a connection. */
void line_shared(const struct log_meeting *meeting);

/* Where a call in progress was made, in words. */
void line_place(const struct log_call *call, char *place, size_t size);

#endif
