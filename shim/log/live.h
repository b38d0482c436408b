/*
 * live.h: the page that the process shares with greq's commands (greq/live_page.h), and what they
 * ask of it: greq on and greq off.
 *
 * Who may call is said with each function. All leave errno alone and fail silently: the process has
 * no page then.
 */
#ifndef LOG_LIVE_H
#define LOG_LIVE_H

#include "sys/mode.h"

#include <stdbool.h>

/* The process begins, and may get a page when it is older than a second. By the constructor, after
 * the configuration is read. */
void live_open(void);

/* In a forked child: the page is its parent's. It gets memory of its own in its place, with the
 * same mode, before anything is written there. May be called twice. */
void live_after_fork(void);

/* The process ends, and takes its file along. */
void live_close(void);

/* By a call that waits by its nature, before it is made; only while mode_is_young(). Makes the page
 * if the time has come. */
void live_look(void);

/* By an outermost call of a thread that is in no handler, while calls are not recorded but a
 * command has asked for something: obeys. `has_lock`: the call is about a lock, and the loader is
 * not to be asked for anything. */
void live_obey(bool has_lock);

/* Recording has ended by itself. */
static inline void live_note_failure(int error)
{
    mode_page.live.error = error;
    __atomic_store_n(&mode_page.live.state, LIVE_FAILED, __ATOMIC_RELEASE);
}

#endif
