/*
 * terminal.h: what a stream's reader can show.
 */
#ifndef CMD_TERMINAL_H
#define CMD_TERMINAL_H

#include "render/render.h"

/* Colour only on a terminal and not with NO_COLOR; UTF-8 when the locale has it; the terminal's
 * width, or 100 columns elsewhere. */
struct style terminal_style(FILE *stream);

/* Whether a descriptor is that of a terminal that obeys escape sequences. */
bool terminal_obeys(int fd);

#endif
