/*
 * A library that was linked without libc (-nostdlib; valgrind's own is one) names no versions of
 * functions, and the loader gives it the oldest. Of pthread_cond_* on x86-64 that is a body whose
 * condition has another layout. A hook stands in front of some of them only, and its real function
 * is the newest: such a library would make a condition by one body and wait for it by the other.
 *
 * So its calls go past the hooks: each slot gets what the loader would have put there. Only of what
 * a program is started with, since nothing tells of libraries that are opened later.
 */
#include "real/real.h"
#include "real/slots.h"

#include "sys/elf.h"
#include "sys/elf_tables.h"

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

#ifdef __x86_64__

/* The first version of all functions that libc has had from the beginning. */
#    define OLDEST "GLIBC_2.2.5"

/* A function that has two bodies, and whose calls come to us. */
struct function {
    const char *name;
    void *hook, *old;
};

enum {
    MOST_FUNCTIONS = 0
#    define HOOK(symbol, covered_by, family, library, role, flags) +!!((flags)&GLIBC_2_3_2)
#    include "hooks.def"
};

struct functions {
    struct function list[MOST_FUNCTIONS];
    unsigned count;
};

static const void *module_of(const void *address)
{
    Dl_info module = {0};
    return address && dladdr(address, &module) ? module.dli_fbase : NULL;
}

/* Without those whose calls a library in front of ours takes. */
static void look_up(struct functions *functions)
{
    const void *own = module_of(&real_functions);
    for (int id = 0; id < CALL_COUNT; id++) {
        if (!(call_infos[id].flags & GLIBC_2_3_2))
            continue;
        const char *name = call_infos[id].name;
        void *hook = dlsym(RTLD_DEFAULT, name), *old = dlvsym(RTLD_NEXT, name, OLDEST);
        if (old && module_of(hook) == own)
            functions->list[functions->count++] = (struct function){name, hook, old};
    }
}

static const struct function *find(const struct functions *functions, const char *name)
{
    for (unsigned i = 0; i < functions->count; i++)
        if (strcmp(functions->list[i].name, name) == 0)
            return &functions->list[i];
    return NULL;
}

/* ---- all objects ---- */

static bool is_unversioned(const struct dl_phdr_info *object, void *unused)
{
    (void)unused;
    if (elf_has_versions(object))
        return false;
    struct elf_tables tables = elf_tables_of(object);
    return tables.symbols && tables.names && (tables.linkage.count || tables.data.count);
}

static struct slot_change old_body(const char *name, void *functions)
{
    const struct function *function = find(functions, name);
    return function ? (struct slot_change){function->hook, function->old} : (struct slot_change){0};
}

static bool give_object(const struct dl_phdr_info *object, void *functions)
{
    if (is_unversioned(object, NULL))
        slots_lead(object, old_body, functions);
    return false;
}

/* The loader is asked outside of the walks: it takes its locks in another order. */
void real_give_old_bodies(void)
{
    struct functions functions = {.count = 0};
    if (!elf_each_object(is_unversioned, NULL))
        return;
    look_up(&functions);
    elf_each_object(give_object, &functions);
}

#else

void real_give_old_bodies(void) {}

#endif
