/*
 * end.h: the end of a process that runs no destructors.
 */
#ifndef LIFE_END_H
#define LIFE_END_H

/* The calling process is about to end by _exit: its trace says that it ended by itself. */
void end_note(void);

#endif
