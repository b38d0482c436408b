/*
 * again.c: gives a target all files of a folder, in place of libFuzzer. Usage: PROGRAM FOLDER
 */
#include "target.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Fails when the file cannot be read. */
static void read_again(int folder, const char *name)
{
    struct stat status;
    int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &status))
        abort();
    uint8_t *data = malloc(status.st_size + 1);
    if (read(fd, data, status.st_size) != status.st_size)
        abort();
    LLVMFuzzerTestOneInput(data, status.st_size);
    free(data);
    close(fd);
}

int main(int argc, char **argv)
{
    int count = 0;
    DIR *folder = argc == 2 ? opendir(argv[1]) : NULL;
    if (!folder)
        return 2;
    for (struct dirent *entry; (entry = readdir(folder));)
        if (entry->d_type == DT_REG) {
            read_again(dirfd(folder), entry->d_name);
            count++;
        }
    closedir(folder);
    printf("%d inputs\n", count);
    return count ? 0 : 1;
}
