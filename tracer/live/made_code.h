/*
 * made_code.h: the names of the code that a running process has made for itself.
 */
#ifndef LIVE_MADE_CODE_H
#define LIVE_MADE_CODE_H

#include "symbol/perf_map.h"

#include <sys/types.h>

/* The map that its runtime has written for perf(1). Never NULL; released by perf_map_close. */
struct perf_map *made_code_open(pid_t process);

#endif
