/*
 * full_screen.h: the terminal as a screen that a command has to itself, until a key or a signal
 * ends that. One at a time.
 *
 * Signals arrive while a key or the terminal is waited for, and at no other time: one that came
 * between a look at what it says and such a wait would not end it.
 *
 * A terminal may take nothing: Ctrl-S stops it, or what it is shown by hangs. A write would wait
 * for it, so it is interrupted ten times a second, and given up once a signal says so. The
 * descriptor is not made non-blocking for that: the shell, which has the same one, would meet it.
 *
 * Who is in the background may not touch the terminal: the kernel stops whoever tries. So that is
 * done on purpose, with signals let through, or `kill` would be of no use.
 */
#ifndef CMD_FULL_SCREEN_H
#define CMD_FULL_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Takes the terminal of standard input and output. */
void full_screen_begin(void);

/* Gives it back as it was. */
void full_screen_end(void);

/* Whether it is to be given back: a signal said so, the terminal is gone, or full_screen_quit. */
bool full_screen_is_over(void);

void full_screen_quit(void);

/* Stops the process if Ctrl-Z asked for it, without the terminal, and takes that again when it is
 * continued. */
void full_screen_stop_if_asked(void);

/* Writes it, unless a signal that says something comes first. */
void full_screen_show(const char *text, size_t size);

/* Waits for a key, until then on CLOCK_MONOTONIC or until a signal. Returns it, or 0. */
char full_screen_wait_for_key(uint64_t until);

#endif
