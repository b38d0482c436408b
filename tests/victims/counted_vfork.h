/*
 * counted_vfork.h: a library whose vfork, which stands in front of libc's, counts its calls.
 */
#ifndef VICTIMS_COUNTED_VFORK_H
#define VICTIMS_COUNTED_VFORK_H

extern unsigned counted_vforks;

#endif
