#include "child/child.h"

#include "child/preload.h"
#include "child/readable.h"
#include "sys/kernel.h"
#include "sys/mode.h"
#include "sys/own_socket.h"
#include "sys/thread.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

/* A copy on the stack has this many variables and bytes at most, since the stack may be one that a
 * program made for a child and its exec alone. */
enum { MAX_VARIABLES = 1024, MAX_VALUES = 4096 };

void child_open(void)
{
    preload_open();
}

/* ---- whether it can have our entry ---- */

static bool loader_complains(enum program_loader loader, const struct preload_entry *entry)
{
    switch (loader) {
    case LOADER_FOREIGN:
        return true;
    case LOADER_OURS:
        return preload_is_lost(entry);
    case LOADER_OURS_SECURE:
        return preload_is_bare(entry); /* it leaves out what has a slash, and says nothing */
    case LOADER_UNKNOWN:
    case LOADER_NONE:
        break;
    }
    return false;
}

static bool has_own_entry(char *const *environment, struct preload_entry *entry)
{
    for (; environment && *environment; environment++) {
        const char *value = preload_value(*environment);
        if (value && preload_next_own(value, entry))
            return true;
    }
    return false;
}

static bool must_lack_us(const struct program *program, char *const *environment)
{
    struct preload_entry entry;
    int saved_errno = errno;
    if (mode_is_confined() || !readable_text(program->path) || !readable_environment(environment))
        return false;
    bool must = has_own_entry(environment, &entry) &&
                loader_complains(program_loader(program, environment), &entry);
    errno = saved_errno;
    return must;
}

/* ---- an environment without it ---- */

struct sizes {
    size_t variables, values; /* the second in bytes, of values that are written anew */
};

static struct sizes sizes_of(char *const *environment)
{
    struct sizes sizes = {0};
    struct preload_entry entry;
    for (; environment[sizes.variables]; sizes.variables++) {
        const char *value = preload_value(environment[sizes.variables]);
        if (value && preload_next_own(value, &entry))
            sizes.values += strlen(environment[sizes.variables]) + 1;
    }
    return sizes;
}

/* Writes "LD_PRELOAD=..." without our entries. Returns its size, 0 when nothing is left. */
static size_t write_variable(char *room, const char *variable)
{
    size_t name = (size_t)(preload_value(variable) - variable);
    memcpy(room, variable, name);
    size_t length = preload_without_own(room + name, variable + name);
    return length ? name + length + 1 : 0;
}

static void copy_without_us(char **copy, char *values, char *const *environment)
{
    struct preload_entry entry;
    for (; *environment; environment++) {
        const char *value = preload_value(*environment);
        if (!value || !preload_next_own(value, &entry)) {
            *copy++ = *environment;
            continue;
        }
        size_t size = write_variable(values, *environment);
        if (size)
            *copy++ = values;
        values += size;
    }
    *copy = NULL;
}

/* ---- starting ---- */

__attribute__((noinline)) static int start_on_stack(const struct child *child,
                                                    const struct sizes *sizes)
{
    char *copy[sizes->variables + 1], values[sizes->values];
    copy_without_us(copy, values, child->environment);
    return child->start(child, copy);
}

static int start(const struct child *child)
{
    /* There is no room to look at the program on a handler's own stack. */
    if (!thread_has_variables() || thread_on_alternate(&this_thread) ||
        !must_lack_us(&child->program, child->environment))
        return child->start(child, child->environment);
    struct sizes sizes = sizes_of(child->environment);
    if (sizes.variables > MAX_VARIABLES || sizes.values > MAX_VALUES)
        return child->start(child, child->environment);
    return start_on_stack(child, &sizes);
}

/* After it as well: for sockets that another thread makes meanwhile. */
int child_start(const struct child *child)
{
    own_socket_pass_on_all();
    int result = start(child);
    own_socket_pass_on_all();
    return result;
}

/* ---- the process's own environment, for a while ---- */

static const struct program shell = {.path = "/bin/sh"};

static char **mapped_copy(size_t *size)
{
    struct sizes sizes = sizes_of(environ);
    size_t pointers = (sizes.variables + 1) * sizeof *environ;
    *size = pointers + sizes.values;
    char **copy = FALLIBLE(mmap, MAP_FAILED, NULL, *size, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (copy == MAP_FAILED)
        return NULL;
    copy_without_us(copy, (char *)copy + pointers, environ);
    return copy;
}

struct child_environ child_environ_begin(void)
{
    struct child_environ begun = {environ, environ, 0};
    own_socket_pass_on_all();
    if (!must_lack_us(&shell, environ))
        return begun;
    int saved_errno = errno;
    char **copy = mapped_copy(&begun.size);
    if (copy)
        begun.during = environ = copy;
    errno = saved_errno;
    return begun;
}

/* setenv(3) in another thread may have made an environment of the copy: then it goes on with it. */
void child_environ_end(const struct child_environ *begun)
{
    own_socket_pass_on_all();
    char **during = begun->during;
    if (begun->before == begun->during)
        return;
    if (__atomic_compare_exchange_n(&environ, &during, begun->before, false, __ATOMIC_RELAXED,
                                    __ATOMIC_RELAXED))
        munmap(begun->during, begun->size);
}
