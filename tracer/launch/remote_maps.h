/*
 * remote_maps.h: what another process has mapped, from /proc/PID/maps.
 */
#ifndef LAUNCH_REMOTE_MAPS_H
#define LAUNCH_REMOTE_MAPS_H

#include <stdbool.h>
#include <sys/types.h>

struct remote_mapping {
    const char *rights; /* "rw-s" */
    const char *path;   /* of the file; "" for memory of no file, "[heap]" for some of it */
};

enum remote_maps { REMOTE_MAPS_FOUND, REMOTE_MAPS_NOT_FOUND, REMOTE_MAPS_UNREADABLE };

/* Gives each mapping to `is_it`, which has it until it returns, up to the first for which that
 * returns true. Of what cannot be read errno tells why. */
enum remote_maps remote_maps_find(pid_t process,
                                  bool (*is_it)(const struct remote_mapping *mapping, void *data),
                                  void *data);

#endif
