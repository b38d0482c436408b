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
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

void *dlopen_target(const char *file, int flags, const void *caller, size_t *known);

static bool is_deep(const char *file, int flags)
{
    return flags & RTLD_DEEPBIND && !(flags & RTLD_NOLOAD) && file && strchr(file, '/') &&
           !strchr(file, '$') && thread_has_variables() && !mode_is_confined();
}

static void *open_deep(const char *file, int flags, size_t known)
{
    void *handle = REAL(dlopen)(file, flags);
    int saved_errno = errno;
    if (handle)
        deep_lead(handle, known);
    errno = saved_errno;
    return handle;
}

/* Where dlopen goes on, with `file`, `flags` and `known`. */
void *dlopen_target(const char *file, int flags, const void *caller, size_t *known)
{
    bool is_ours = is_deep(file, flags) && deep_may_open(caller, known);
    return is_ours ? (void *)open_deep : (void *)REAL(dlopen);
}
