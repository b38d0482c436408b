#include "model/locked_file.h"

#include "base/memory.h"

#include <stdlib.h>

struct locked_file *locked_file_find(struct map *files, uint64_t device, uint64_t inode,
                                     const char *path)
{
    uint64_t hash = map_mix(map_mix(1, device), inode);
    struct locked_file *first = map_get(files, hash), *file = first;
    while (file && (file->device != device || file->inode != inode))
        file = file->next;
    if (!file) {
        file = memory_alloc(1, sizeof *file);
        *file = (struct locked_file){.device = device, .inode = inode, .next = first};
        map_put(files, hash, file);
    }
    if (!file->path && *path)
        file->path = memory_copy(path);
    return file;
}

void locked_files_clear(struct map *files)
{
    size_t position = 0;
    for (struct locked_file *file; (file = map_next(files, &position));)
        for (struct locked_file *next; file; file = next) {
            next = file->next;
            free(file->path);
            free(file);
        }
    map_clear(files);
}
