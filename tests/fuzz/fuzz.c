/*
 * fuzz.c: see fuzz.h.
 */
#include "fuzz.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_SIZE = 512 };

static char directory[PATH_SIZE];

void fuzz_fail(const char *what, const char *file, int line)
{
    fprintf(stderr, "%s:%d: not so: %s\n", file, line, what);
    abort();
}

static void remove_directory(void)
{
    fuzz_clear();
    rmdir(directory);
}

/* In memory, if the system has a place for that: a file is written for every input. */
const char *fuzz_directory(void)
{
    const char *parent = getenv("TMPDIR");
    if (*directory)
        return directory;
    if (!parent)
        parent = access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm";
    snprintf(directory, sizeof directory, "%s/greq-fuzz.XXXXXX", parent);
    FUZZ_EXPECT(mkdtemp(directory));
    atexit(remove_directory);
    return directory;
}

const char *fuzz_write(const char *name, const void *bytes, size_t size)
{
    static char path[PATH_SIZE + 64];
    snprintf(path, sizeof path, "%s/%s", fuzz_directory(), name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    FUZZ_EXPECT(fd >= 0);
    FUZZ_EXPECT(write(fd, bytes, size) == (ssize_t)size);
    close(fd);
    return path;
}

void fuzz_clear(void)
{
    DIR *listing = opendir(fuzz_directory());
    FUZZ_EXPECT(listing);
    for (struct dirent *entry; (entry = readdir(listing));)
        unlinkat(dirfd(listing), entry->d_name, 0);
    closedir(listing);
}

FILE *fuzz_nowhere(void)
{
    static FILE *nowhere;
    if (!nowhere)
        nowhere = fopen("/dev/null", "we");
    FUZZ_EXPECT(nowhere);
    return nowhere;
}
