/*
 * paint.h: what the parts of the text report share: colours, times, clean texts, call sites.
 */
#ifndef RENDER_PAINT_H
#define RENDER_PAINT_H

#include "model/stack.h"
#include "render/render.h"

enum { SECONDS_SIZE = 24 };

/* Escape sequences, or "" without colour. */
const char *paint_bold(const struct style *style);
const char *paint_red(const struct style *style);
const char *paint_green(const struct style *style);
const char *paint_cyan(const struct style *style);
const char *paint_dim(const struct style *style);
const char *paint_plain(const struct style *style);

/* Formats a time: "1.23 s", "4.5 ms", "6 us". Returns `text`. */
char *paint_seconds(char text[SECONDS_SIZE], double seconds);

/* Prints a text from a trace, cleaned, and cut to `length` characters (more than 3). */
void paint_text(const struct style *style, FILE *out, const char *text, size_t length);

/* Prints a text from a trace, cleaned, in lines of the style's width. The first line has begun, and
 * all of them begin `indent` columns in. */
void paint_paragraph(const struct style *style, FILE *out, const char *text, int indent);

/* A call site in words: "read (io.c:3) from fetch (fetch.c:12)", the second where the first is not
 * of the program's own code. Not clean. The caller frees it. */
char *paint_site(const struct call_group *group);

/* What a site's calls were about: " on fd 1 (standard output)", " on fd 5 to 127.0.0.1:80"; ""
 * where that is not known. Not clean. The caller frees it. */
char *paint_descriptor(const struct call_group *group);

/* "file.c:12", or the module where there is no line. Returns `text`, cut to its size. */
char *paint_place(char *text, size_t size, const struct frame *frame);

#endif
