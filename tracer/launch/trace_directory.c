#include "launch/trace_directory.h"

#include "launch/hello.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int count_entries(DIR *listing)
{
    int entries = 0;
    rewinddir(listing);
    for (struct dirent *entry; (entry = readdir(listing));)
        entries += strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..");
    return entries;
}

static int check_empty(const char *path, struct error *error)
{
    DIR *listing = opendir(path);
    if (!listing)
        return error_set(error, "%s: %s", path, strerror(errno));
    int entries = count_entries(listing);
    if (entries == 1 && hello_sweep(dirfd(listing))) /* another one may have come meanwhile */
        entries = count_entries(listing);
    closedir(listing);
    if (entries)
        return error_set(error, "%s: not empty: name another directory for the trace", path);
    return 0;
}

int trace_directory_make(char absolute[PATH_MAX], const char *path, struct error *error)
{
    if (!*path)
        return error_set(error, "'' names no directory for the trace");
    if (mkdir(path, 0700)) {
        if (errno != EEXIST)
            return error_set(error,
                             "%s: cannot make the directory: %s: name another one for the trace",
                             path, strerror(errno));
        if (check_empty(path, error))
            return -1;
    }
    if (!realpath(path, absolute) || access(absolute, W_OK | X_OK))
        return error_set(error, "%s: %s", path, strerror(errno));
    return 0;
}

void trace_directory_drop(const char *path)
{
    rmdir(path);
}
