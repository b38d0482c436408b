/*
 * locked_file.h: the files whose locks were taken. A file is the same for all processes: it is
 * known by its device and inode.
 */
#ifndef MODEL_LOCKED_FILE_H
#define MODEL_LOCKED_FILE_H

#include "base/map.h"

#include <stdint.h>

struct locked_file {
    uint64_t device;
    uint64_t inode;
    char *path;               /* as who first waited for it had opened it; NULL: nobody did */
    struct locked_file *next; /* with the same hash */
};

/* The file; made when it is new. `path` may be empty: not known. */
struct locked_file *locked_file_find(struct map *files, uint64_t device, uint64_t inode,
                                     const char *path);

/* Releases the files of a map, and empties it. */
void locked_files_clear(struct map *files);

#endif
