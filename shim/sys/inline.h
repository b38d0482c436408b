/*
 * inline.h: for the few functions that are worth their size wherever they stand.
 */
#ifndef SYS_INLINE_H
#define SYS_INLINE_H

#define ALWAYS_INLINE inline __attribute__((always_inline))

#endif
