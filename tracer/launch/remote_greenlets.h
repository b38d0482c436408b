/*
 * remote_greenlets.h: where the greenlets of another process are suspended, read from its memory.
 * Of CPython 3.11 alone, as remote_python.h.
 */
#ifndef LAUNCH_REMOTE_GREENLETS_H
#define LAUNCH_REMOTE_GREENLETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct remote_greenlet {
    uint64_t object; /* its address */
    char *lines;     /* Python's, as of remote_python_read */
    uint64_t state;  /* changes when it runs, as far as its C stack does; 0: not known */
};

struct remote_greenlets {
    struct remote_greenlet *items;
    size_t count;
    bool is_cut; /* there are more */
};

/* Reads them; none where there are none, or they cannot be read. Released with
 * remote_greenlets_free. */
void remote_greenlets_read(struct remote_greenlets *greenlets, pid_t process);

void remote_greenlets_free(struct remote_greenlets *greenlets);

#endif
