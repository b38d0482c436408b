/*
 * progress.h: a line on standard error that tells what a command is doing, if that takes longer
 * than a second and standard error is a terminal. It is gone when the work is done. A thread keeps
 * it up to date, so the work itself has nothing to do with it.
 */
#ifndef CMD_PROGRESS_H
#define CMD_PROGRESS_H

#include <stdint.h>

/* From now on, until progress_end: what is being done, a text that stays valid ("reading the
 * trace"). May be called again for what is done next. */
void progress_begin(const char *what);

/* How far it is: `*done` of `total`, told as a share from now on. `done` must stay valid until the
 * next progress_begin or progress_end, and be stored to atomically. */
void progress_measure(const uint64_t *done, uint64_t total);

void progress_end(void);

/* Takes the line away, so that another can be printed, and keeps it away until progress_go_on. */
void progress_hide(void);
void progress_go_on(void);

#endif
