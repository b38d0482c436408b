/*
 * progress.h: a line on standard error that tells what a command is doing, if that takes longer
 * than a second and standard error is a terminal. It is gone when the work is done. A thread keeps
 * it up to date, so the work itself has nothing to do with it.
 */
#ifndef CMD_PROGRESS_H
#define CMD_PROGRESS_H

/* From now on, until progress_end: what is being done, a text that stays valid ("reading the
 * trace"). May be called again for what is done next. */
void progress_begin(const char *what);

void progress_end(void);

/* Takes the line away, so that another can be printed; it comes back by itself. */
void progress_hide(void);

#endif
