/*
 * self.h: which addresses are libgreq.so's own.
 */
#ifndef SYS_SELF_H
#define SYS_SELF_H

#include <stdbool.h>

extern const char __ehdr_start[] __attribute__((visibility("hidden")));
extern const char _end[] __attribute__((visibility("hidden")));

static inline bool self_contains(const void *address)
{
    return (const char *)address >= __ehdr_start && (const char *)address < _end;
}

#endif
