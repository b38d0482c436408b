/*
 * end.h: the end of a process that runs no destructors.
 */
#ifndef LIFE_END_H
#define LIFE_END_H

/* A forked child that has made no call yet has no trace. One that has computed gets one for that,
 * before it ends or becomes another program: not from a handler, where it does nothing.
 * Async-signal-safe. */
void end_notice_child(void);

/* The calling process is about to end by _exit, which `caller` calls: its trace says that it ended
 * by itself. */
void end_note(const void *caller);

/* The same by quick_exit. */
void end_note_quick(void);

#endif
