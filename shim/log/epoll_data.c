#include "log/epoll_data.h"

#include "sys/table.h"

/* The parts of an entry are stored one after the other: who reads one that is just being changed
 * finds another epoll descriptor or other data there, or at worst the number that was there before.
 */
struct entry {
    uint64_t data;
    int32_t epoll; /* + 1 */
    int32_t fd;
};

enum { ENTRIES = 1024 };
static TABLE struct entry entries[ENTRIES];

static struct entry *entry_of(int epoll, uint64_t data)
{
    uint64_t hash = (data ^ (uint64_t)epoll << 48) * UINT64_C(0x9e3779b97f4a7c15);
    return &entries[hash >> 32 & (ENTRIES - 1)];
}

void epoll_data_add(int epoll, int fd, uint64_t data)
{
    struct entry *entry = entry_of(epoll, data);
    __atomic_store_n(&entry->epoll, 0, __ATOMIC_RELAXED);
    __atomic_store_n(&entry->data, data, __ATOMIC_RELEASE);
    __atomic_store_n(&entry->fd, fd, __ATOMIC_RELAXED);
    __atomic_store_n(&entry->epoll, epoll + 1, __ATOMIC_RELEASE);
}

int epoll_data_find(int epoll, uint64_t data)
{
    const struct entry *entry = entry_of(epoll, data);
    if (__atomic_load_n(&entry->epoll, __ATOMIC_ACQUIRE) != epoll + 1 ||
        __atomic_load_n(&entry->data, __ATOMIC_RELAXED) != data)
        return -1;
    return __atomic_load_n(&entry->fd, __ATOMIC_RELAXED);
}
