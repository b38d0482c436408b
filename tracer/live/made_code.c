/*
 * made_code.c: the map is in the process's own /tmp, which may be a container's, and has the
 * process's own number.
 */
#include "live/made_code.h"

#include "base/kernel_clock.h"
#include "base/memory.h"
#include "live/process.h"
#include "live/thread.h"
#include "symbol/perf_map.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

struct made_code {
    pid_t process;
    struct perf_map *map; /* NULL: nothing was asked yet */
};

#define SECOND_NS INT64_C(1000000000)

enum { START = 22 }; /* the field of "stat", in ticks since the machine began */

/* When it was started, in s since 1970, or a second earlier. Returns false if that is not known. */
static bool read_start(pid_t process, int64_t *start)
{
    char text[1024];
    int64_t ticks;
    live_thread_read_file(process, process, "stat", text, sizeof text);
    const char *field = live_thread_field(text, START);
    if (!field || sscanf(field, "%" SCNd64, &ticks) != 1)
        return false;
    int64_t boot = (int64_t)(kernel_clock_read(CLOCK_REALTIME) - kernel_clock_read(CLOCK_BOOTTIME));
    *start = boot / SECOND_NS + ticks / sysconf(_SC_CLK_TCK) - 1;
    return true;
}

static struct perf_map *open_map(pid_t process)
{
    char path[96] = "";
    struct perf_map_terms terms = {.until = INT64_MAX};
    if (process_user(process, &terms.owner) && read_start(process, &terms.since))
        snprintf(path, sizeof path, "/proc/%d/root/tmp/perf-%d.map", (int)process,
                 (int)process_own_number(process));
    return perf_map_open(path, &terms);
}

struct made_code *made_code_open(pid_t process)
{
    struct made_code *made = memory_alloc(1, sizeof *made);
    made->process = process;
    return made;
}

void made_code_close(struct made_code *made)
{
    if (made->map)
        perf_map_close(made->map);
    free(made);
}

const char *made_code_find(struct made_code *made, uint64_t address)
{
    if (!made->map)
        made->map = open_map(made->process);
    return perf_map_find(made->map, address, false);
}
