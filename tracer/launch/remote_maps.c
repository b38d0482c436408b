#include "launch/remote_maps.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "7f12-7f34 rw-s 00000000 fe:01 1234    /run/user/1000/greq/4711.4026531836" */
static bool parse(struct remote_mapping *mapping, char *line, char rights[8])
{
    int path_at = 0;
    line[strcspn(line, "\n")] = '\0';
    if (sscanf(line, "%*s %7s %*s %*s %*s %n", rights, &path_at) != 1 || !path_at)
        return false;
    *mapping = (struct remote_mapping){rights, line + path_at};
    return true;
}

enum remote_maps remote_maps_find(pid_t process,
                                  bool (*is_it)(const struct remote_mapping *mapping, void *data),
                                  void *data)
{
    char path[64], rights[8], *line = NULL;
    size_t size = 0;
    bool is_found = false;
    struct remote_mapping mapping;
    snprintf(path, sizeof path, "/proc/%d/maps", (int)process);
    FILE *maps = fopen(path, "re");
    if (!maps)
        return REMOTE_MAPS_UNREADABLE;
    errno = 0;
    while (!is_found && getline(&line, &size, maps) >= 0)
        is_found = parse(&mapping, line, rights) && is_it(&mapping, data);
    bool has_failed = ferror(maps);
    free(line);
    fclose(maps);
    return is_found     ? REMOTE_MAPS_FOUND
           : has_failed ? REMOTE_MAPS_UNREADABLE
                        : REMOTE_MAPS_NOT_FOUND;
}
