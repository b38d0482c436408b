#include "cmd/output.h"

#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where a symbolic link leads to, so that it stays one. */
static char *final_path(const char *path)
{
    char *resolved = realpath(path, NULL);
    return resolved ? resolved : memory_copy(path);
}

/* The mode that the file has, or that fopen would give it. */
static mode_t mode_of(const char *path)
{
    struct stat status;
    if (!stat(path, &status))
        return status.st_mode & 0777;
    mode_t mask = umask(0);
    umask(mask);
    return 0666 & ~mask;
}

static void begin_temporary(struct output *output, const char *path)
{
    output->path = final_path(path);
    if (asprintf(&output->temporary, "%s.XXXXXX", output->path) < 0)
        abort();
    int fd = mkostemp(output->temporary, O_CLOEXEC);
    if (fd < 0)
        return;
    fchmod(fd, mode_of(output->path));
    output->stream = fdopen(fd, "w");
}

/* Names of open descriptors (/dev/stdout) are special even where a regular file is behind them: it
 * is to be written to, not replaced. */
static bool is_special(const char *path)
{
    struct stat status;
    return !strncmp(path, "/dev/", 5) || !strncmp(path, "/proc/", 6) ||
           (!stat(path, &status) && !S_ISREG(status.st_mode));
}

int output_begin(struct output *output, const char *path, struct error *error)
{
    *output = (struct output){.name = path ? path : "standard output"};
    if (path && !*path)
        return error_set(error, "'' names no file to write to");
    if (!path)
        output->stream = stdout;
    else if (is_special(path))
        output->stream = fopen(path, "we");
    else
        begin_temporary(output, path);
    if (output->stream)
        return 0;
    error_set(error, "%s: %s", output->name, strerror(errno));
    free(output->path);
    free(output->temporary);
    return -1;
}

static int close_stream(struct output *output)
{
    int failed = fflush(output->stream) || ferror(output->stream);
    int cause = errno;
    if (output->stream != stdout && fclose(output->stream) && !failed) {
        failed = 1;
        cause = errno;
    }
    errno = cause;
    return failed ? -1 : 0;
}

int output_end(struct output *output, struct error *error)
{
    int status = close_stream(output);
    if (!status && output->path)
        status = rename(output->temporary, output->path);
    if (status) {
        error_set(error, "cannot write to %s: %s", output->name, strerror(errno));
        if (output->path)
            unlink(output->temporary);
    }
    free(output->path);
    free(output->temporary);
    return status;
}

int output_line(const char *line, struct error *error)
{
    struct output output;
    if (output_begin(&output, NULL, error))
        return -1;
    fprintf(output.stream, "%s\n", line);
    return output_end(&output, error);
}
