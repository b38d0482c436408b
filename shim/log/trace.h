/*
 * trace.h: the trace writer, behind log.h. It turns what is told into records of trace_format.h.
 */
#ifndef LOG_TRACE_H
#define LOG_TRACE_H

#include "log/log.h"

/* Starts recording into config.trace_dir for the calling process, as log_open. Complains and does
 * nothing when that cannot be. */
void trace_open(char *const *words);

void trace_note_fork(void);

/* As log_be_silent. */
void trace_be_silent(void);

/* The same in the middle of the process's life. As log_begin_late. */
int trace_begin_late(bool has_lock);

/* Recording ends, and the process goes on: calls in progress still complete their records. */
void trace_end_early(void);

void trace_call_begin(struct thread *thread, struct log_call *call);
void trace_call_end(struct thread *thread, struct log_call *call, uint64_t end, int64_t result,
                    int error, uint64_t parked);
void trace_brief_begin(struct thread *thread, struct log_call *call);
void trace_brief_end(struct thread *thread, struct log_call *call, uint64_t end, int64_t result,
                     int error, bool had_handler);
void trace_call_number(struct log_call *call, uint32_t task);
void trace_call_refused(struct thread *thread, struct log_call *call, const char *refuser);
void trace_file_lock(struct thread *thread, const struct log_call *call, bool waited, int holder);
void trace_mutex(struct thread *thread, const struct log_call *call, const void *mutex,
                 bool limited);
void trace_shared(struct thread *thread, const struct log_meeting *meeting);
void trace_peer(struct thread *thread, int fd, unsigned role, const struct sockaddr *peer,
                socklen_t size);
void trace_http2(struct thread *thread, int fd);
void trace_epoll(struct thread *thread, int epoll, int op, int fd, const struct epoll_event *event);
void trace_channel(struct thread *thread, int reads, int writes);
void trace_timer(struct thread *thread, int fd);
void trace_task_start(struct thread *thread, uint32_t task, void *(*function)(void *));
void trace_task_end(struct thread *thread, uint32_t task);
void trace_last(struct thread *thread, unsigned before, const void *caller);
void trace_mark(struct thread *thread, const char *name, const void *caller);
void trace_idle_begin(struct thread *thread, struct log_idle *idle);
void trace_idle_end(struct thread *thread, struct log_idle *idle);
void trace_thread_begin(struct thread *thread, const void *function);
void trace_thread_end(struct thread *thread);
/* The process may be about to confine itself. */
void trace_before_confined(void);
void trace_confined(struct thread *thread, const struct log_last *last);
void trace_count(const char *text, uint64_t count);
void trace_process_end(uint32_t tasks, uint32_t dropped, bool ends_thread);

#endif
