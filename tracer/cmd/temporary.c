#include "cmd/temporary.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DESCRIPTORS_MAX = 8 };

int temporary_make(char path[PATH_MAX], struct error *error)
{
    const char *folder = getenv("TMPDIR");
    snprintf(path, PATH_MAX, "%s/greq-check.XXXXXX", folder && *folder ? folder : "/tmp");
    if (!mkdtemp(path))
        return error_set(error, "%s: cannot make the directory: %s", path, strerror(errno));
    return 0;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *place)
{
    (void)status, (void)type, (void)place;
    remove(path);
    return 0;
}

void temporary_remove(const char *path)
{
    nftw(path, remove_entry, DESCRIPTORS_MAX, FTW_DEPTH | FTW_PHYS);
}
