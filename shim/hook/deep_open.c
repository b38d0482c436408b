/*
 * dlopen with RTLD_DEEPBIND: see real/deep.h. Any other goes to libc's by a jump (dlopen_*.S), for
 * the loader looks at who calls: names without a folder, and $ORIGIN, are looked for where the
 * caller's own libraries are, and so are libraries of what it opens if it has a DT_RPATH.
 */
#include "call/call.h"
#include "real/deep.h"
#include "real/real.h"
#include "sys/mode.h"
#include "sys/thread.h"

#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <stdbool.h>
#include <string.h>

void *dlopen_target(const char *file, int flags, const void *caller);

static bool has_rpath(const void *caller)
{
    Dl_info info;
    struct link_map *map = NULL;
    if (!dladdr1(caller, &info, (void **)&map, RTLD_DL_LINKMAP) || !map)
        return true;
    for (const ElfW(Dyn) *entry = map->l_ld; entry && entry->d_tag != DT_NULL; entry++)
        if (entry->d_tag == DT_RPATH)
            return true;
    return false;
}

static bool is_deep(const char *file, int flags, const void *caller)
{
    return flags & RTLD_DEEPBIND && !(flags & RTLD_NOLOAD) && file && strchr(file, '/') &&
           !strchr(file, '$') && thread_has_variables() && !mode_is_confined() &&
           !has_rpath(caller);
}

static void *open_deep(const char *file, int flags)
{
    size_t known = deep_count_objects();
    void *handle = REAL(dlopen)(file, flags);
    int saved_errno = errno;
    if (handle)
        deep_lead(known);
    errno = saved_errno;
    return handle;
}

/* Where dlopen goes on. */
void *dlopen_target(const char *file, int flags, const void *caller)
{
    return is_deep(file, flags, caller) ? (void *)open_deep : (void *)REAL(dlopen);
}
