/* Budget files. */
#include "target.h"

#include "check/budget.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64];
    struct budget budget;
    struct error error;
    int fd = memfd_create("budget", MFD_CLOEXEC);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (write(fd, data, size) == (ssize_t)size && !budget_load(&budget, path, &error)) {
        budget_complete(&budget);
        budget_finish(&budget);
    }
    close(fd);
    return 0;
}
