#include "log/thread_list.h"

#include "sys/kernel.h"
#include "sys/text.h"

#include <dirent.h>
#include <fcntl.h>

/* 0: not a number. */
static uint32_t number_of(const char *name)
{
    uint32_t number = 0;
    for (; *name >= '0' && *name <= '9'; name++)
        number = 10 * number + (uint32_t)(*name - '0');
    return *name ? 0 : number;
}

static bool read_times(struct run_times *times, uint32_t tid)
{
    struct text path = {0};
    text_add(&path, "/proc/self/task/");
    text_add_number(&path, tid);
    text_add(&path, "/schedstat");
    return run_times_read(times, text_string(&path));
}

void thread_list_visit(char *room, size_t size,
                       void (*visit)(void *data, uint32_t tid, const struct run_times *times),
                       void *data)
{
    long got;
    int fd =
        (int)KERNEL(openat, AT_FDCWD, "/proc/self/task", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
    if (fd < 0)
        return;
    while ((got = KERNEL(getdents64, fd, room, size)) > 0) {
        for (long at = 0; at < got;) {
            const struct dirent64 *entry = (const void *)(room + at);
            struct run_times times;
            uint32_t tid = number_of(entry->d_name);
            if (tid && read_times(&times, tid))
                visit(data, tid, &times);
            at += entry->d_reclen;
        }
    }
    KERNEL(close, fd);
}
