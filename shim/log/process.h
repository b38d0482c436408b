/*
 * process.h: the process's own stream of a trace: what it is, and which modules it has mapped.
 */
#ifndef LOG_PROCESS_H
#define LOG_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

struct stream;

/*
 * Starts the stream, for a new process. `forked_from`: of the processes that it is a fork of, the
 * last that has a trace, or 0. `words`: its command line, as main gets it; NULL: the kernel is
 * asked for it. `first` is the stream of the calling thread, still empty, which the process shares
 * as long as that has little in it; it lives until process_unshare. NULL: none.
 */
void process_open(uint64_t now, uint32_t forked_from, char *const *words, struct stream *first);

/*
 * The same in the middle of the process's life, in two steps. The first takes the stream of an
 * earlier recording away, and returns false while another thread is writing to it. `with_modules`:
 * else they are recorded by the next process_update_modules.
 */
bool process_begin_again(void);
void process_open_late(uint64_t now, bool with_modules);

/* A thread other than the first has a stream: from here on the process needs one of its own. */
void process_open_own(void);

/* The thread's stream is about to be closed. */
void process_unshare(const struct stream *first);

/* Records modules that were loaded since the last time. Does nothing while another thread is at it.
 */
void process_update_modules(void);

/* Recording has ended for lack of space, in whichever stream. */
void process_mark_cut(void);

/* Something that was counted in the whole process, before its end. */
void process_count(const char *text, uint64_t count);

/* The process may be about to confine itself: makes room for what the calling thread has to say of
 * it then. */
void process_before_confined(void);

/* The end, and no system call any more: the process has confined itself. */
void process_confined(uint64_t now, uint64_t cpu);

/* `has_others`: there may be threads whose ends are not recorded by themselves. */
void process_end(uint32_t tasks, uint32_t dropped, bool has_others);

#endif
