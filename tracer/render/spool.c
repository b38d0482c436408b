#include "render/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

FILE *spool_open(struct error *error)
{
    const char *directory = getenv("TMPDIR");
    char *path = NULL;
    if (asprintf(&path, "%s/greq.XXXXXX", directory && *directory ? directory : "/tmp") < 0)
        abort();
    int fd = mkostemp(path, O_CLOEXEC);
    if (fd < 0)
        error_set(error, "cannot make the temporary file %s: %s; set TMPDIR to where there is room",
                  path, strerror(errno));
    else
        unlink(path);
    free(path);
    return fd < 0 ? NULL : fdopen(fd, "w+");
}

int spool_finish(FILE *spool, struct error *error)
{
    if (fflush(spool) || ferror(spool))
        return error_set(error,
                         "cannot write to a temporary file: %s; set TMPDIR to where there is room",
                         strerror(errno));
    rewind(spool);
    return 0;
}
