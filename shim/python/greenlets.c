#include "python/greenlets.h"

#include "sys/elf.h"

#include <string.h>

static unsigned long long searched; /* elf_loaded_count() of the last search in vain */
static const char *begin, *end;

/* "_greenlet.cpython-311-x86_64-linux-gnu.so"; before greenlet 1.0 without the underscore. */
static bool is_greenlet(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    name += *name == '_';
    return strncmp(name, "greenlet.", strlen("greenlet.")) == 0;
}

static bool look_at(const struct dl_phdr_info *object, void *unused)
{
    (void)unused;
    if (!is_greenlet(object->dlpi_name))
        return false;
    const void *first = NULL, *last = NULL;
    elf_code(object, &first, &last);
    __atomic_store_n(&begin, first, __ATOMIC_RELAXED);
    __atomic_store_n(&end, last, __ATOMIC_RELEASE);
    return true;
}

bool greenlets_find(void)
{
    if (!__atomic_load_n(&end, __ATOMIC_ACQUIRE)) {
        unsigned long long loaded = elf_loaded_count();
        if (loaded == __atomic_load_n(&searched, __ATOMIC_RELAXED))
            return false;
        elf_each_object(look_at, NULL);
        __atomic_store_n(&searched, loaded, __ATOMIC_RELAXED);
    }
    return __atomic_load_n(&end, __ATOMIC_ACQUIRE) != NULL;
}

bool greenlets_contain(const void *address)
{
    const char *last = __atomic_load_n(&end, __ATOMIC_ACQUIRE);
    return last && (const char *)address >= begin && (const char *)address < last;
}
