/*
 * The list of modules that keep something per thread, where two threads look at once.
 */
#include "host/keepers.h"

#include "sys/elf.h"

#include "suite.h"

#include <dlfcn.h>
#include <link.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

static void *module;

static uint64_t module_load(void)
{
    module = dlopen(KEEPER, RTLD_NOW);
    ck_assert_ptr_nonnull(module);
    return (uintptr_t)dlsym(module, KEEPER_FUNCTION);
}

/* ---- another thread comes when this one has let the loader's lock go so many times ---- */

static unsigned comes_after;
static uint64_t found_by_other;

static void other_thread(void)
{
    found_by_other = module_load();
    keepers_update(elf_objects_version());
}

int dl_iterate_phdr(int (*visit)(struct dl_phdr_info *, size_t, void *), void *argument)
{
    int (*real)(int (*)(struct dl_phdr_info *, size_t, void *), void *);
    *(void **)&real = dlsym(RTLD_NEXT, "dl_iterate_phdr");
    int result = real(visit, argument);
    if (comes_after && !--comes_after)
        other_thread();
    return result;
}

/* ---- the tests ---- */

START_TEST(module_is_known_while_it_is_there)
{
    uint64_t inside = module_load();
    ck_assert(keepers_update(elf_objects_version()));
    ck_assert_str_eq(keepers_name(keepers_number(inside)), strrchr(KEEPER, '/') + 1);
    dlclose(module);
}
END_TEST

static size_t module_size(const char *base)
{
    const ElfW(Ehdr) *header = (const ElfW(Ehdr) *)base;
    const ElfW(Phdr) *segments = (const ElfW(Phdr) *)(base + header->e_phoff);
    size_t size = 0;
    for (int i = 0; i < header->e_phnum; i++)
        if (segments[i].p_type == PT_LOAD)
            size = segments[i].p_vaddr + segments[i].p_memsz;
    return size;
}

/* Something new comes when it has gone, and does not take its place. */
static void replace_module(void)
{
    char *base = (char *)((const struct link_map *)module)->l_addr;
    size_t size = module_size(base);
    dlclose(module);
    char *kept =
        mmap(base, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    ck_assert_ptr_nonnull(dlopen("libresolv.so.2", RTLD_NOW));
    if (kept == base)
        munmap(kept, size);
}

/* It was there before, is not there when this thread looks, and is when the look ends. */
static uint64_t find_meanwhile(unsigned looks)
{
    uint64_t inside = module_load();
    keepers_update(elf_objects_version());
    replace_module();
    comes_after = looks;
    keepers_update(elf_objects_version());
    ck_assert_uint_eq(comes_after, 0);
    ck_assert_uint_ne(keepers_number(found_by_other), 0);
    return inside;
}

START_TEST(what_another_thread_has_found_meanwhile_stays)
{
    ck_assert_uint_eq(find_meanwhile(1 + _i), found_by_other);
}
END_TEST

SUITE("keepers", ONCE(module_is_known_while_it_is_there),
      EACH(what_another_thread_has_found_meanwhile_stays, 3))
