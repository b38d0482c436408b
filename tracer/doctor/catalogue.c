#include "doctor/catalogue.h"

#include "base/memory.h"
#include "doctor/waiting.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The shim's own table of what it hooks, so that the two cannot differ. */
enum library { LIBC, LIBSSL, LIBCXX };
static const struct {
    const char *name, *family;
    enum library library;
    unsigned flags;
} hooks[] = {
#define LOGGED_ONLY                                            1
#define GLIBC_2_3_2                                            2
#define LOGGED_IF_LONG                                         LOGGED_ONLY
#define HOOK(symbol, covered_by, family, library, role, flags) {#symbol, #family, library, flags},
#include "hooks.def"
};
enum { HOOK_COUNT = sizeof hooks / sizeof *hooks };

static const char *const families[] = {
#define FAMILY(name) #name,
#include "hooks.def"
    "own",
};
enum { FAMILY_COUNT = sizeof families / sizeof *families };

static uint64_t hash_of(const char *name)
{
    return map_mix_text(0, name);
}

static void add(struct catalogue *catalogue, struct known_function function)
{
    catalogue->items = memory_grow(catalogue->items, catalogue->count, &catalogue->capacity,
                                   sizeof *catalogue->items);
    catalogue->items[catalogue->count++] = function;
    map_put(&catalogue->numbers, hash_of(function.name), (void *)(uintptr_t)catalogue->count);
}

/* What is only logged blocks as it does without us: it is among those that can wait. */
static bool is_only_logged(size_t hook)
{
    return hooks[hook].flags & LOGGED_ONLY;
}

static void add_family(struct catalogue *catalogue, const char *family)
{
    for (size_t i = 0; i < HOOK_COUNT; i++)
        if (!strcmp(hooks[i].family, family) && !is_only_logged(i) && hooks[i].library != LIBCXX)
            add(catalogue, (struct known_function){.name = memory_copy(hooks[i].name),
                                                   .group = family,
                                                   .remark = "",
                                                   .hooked = true,
                                                   .of_openssl = hooks[i].library == LIBSSL});
}

/* Those that are hooked are there already, and left out. */
static void add_group(struct catalogue *catalogue, const struct waiting_group *group)
{
    for (const char *at = group->functions; *at;) {
        size_t length = strcspn(at, " ");
        char *name = memory_copy_bytes(at, length);
        if (catalogue_find(catalogue, name) < 0)
            add(catalogue, (struct known_function){
                               .name = name, .group = group->name, .remark = group->remark});
        else
            free(name);
        at += length + strspn(at + length, " ");
    }
}

void catalogue_make(struct catalogue *catalogue)
{
    *catalogue = (struct catalogue){0};
    for (size_t i = 0; i < FAMILY_COUNT; i++)
        add_family(catalogue, families[i]);
    catalogue->hooked_count = catalogue->count;
    for (const struct waiting_group *group = waiting_groups; group->name; group++)
        add_group(catalogue, group);
}

int catalogue_find(const struct catalogue *catalogue, const char *name)
{
    int number = (int)(uintptr_t)map_get(&catalogue->numbers, hash_of(name)) - 1;
    return number >= 0 && !strcmp(catalogue->items[number].name, name) ? number : -1;
}

void catalogue_finish(struct catalogue *catalogue)
{
    for (size_t i = 0; i < catalogue->count; i++)
        free(catalogue->items[i].name);
    free(catalogue->items);
    map_clear(&catalogue->numbers);
    *catalogue = (struct catalogue){0};
}
