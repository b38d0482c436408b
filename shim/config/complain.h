/*
 * complain.h: the one line on standard error that the shim says when it cannot do what was asked.
 */
#ifndef CONFIG_COMPLAIN_H
#define CONFIG_COMPLAIN_H

/* Writes "greq: WHERE: WHAT; REMEDY" as one line. `error`, when not 0, is an errno whose text
 * follows `what`. Says nothing when standard error is no longer what it was at the start. Leaves
 * errno alone. */
void complain(const char *where, const char *what, int error, const char *remedy);

#endif
