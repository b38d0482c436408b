/*
 * Symbols looked up in loaded objects, against what the loader itself says of them.
 */
#include "sys/elf.h"

#include "suite.h"

#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

struct search {
    const char *object, *name;
    void *found;
    unsigned visited;
};

static bool look(const struct dl_phdr_info *object, void *argument)
{
    struct search *search = argument;
    search->visited++;
    if (!strstr(object->dlpi_name, search->object))
        return false;
    search->found = elf_find(object, search->name);
    return true;
}

static void *find(const char *object, const char *name)
{
    struct search search = {object, name, NULL, 0};
    ck_assert(elf_each_object(look, &search));
    return search.found;
}

/* Functions with one version and no IFUNC, which dlsym would resolve. */
static const char *const functions[] = {"recv",    "listen",  "getenv", "fclose",
                                        "qsort_r", "dlopen",  "strtol", "pthread_create",
                                        "connect", "waitpid", "usleep"};
enum { FUNCTIONS = sizeof functions / sizeof *functions };

START_TEST(finds_what_the_loader_finds)
{
    void *libc = dlopen("libc.so.6", RTLD_NOLOAD | RTLD_LAZY);
    ck_assert_ptr_nonnull(libc);
    ck_assert_ptr_eq(find("/libc.so.6", functions[_i]), dlsym(libc, functions[_i]));
    ck_assert_ptr_nonnull(find("/libc.so.6", functions[_i]));
    dlclose(libc);
}
END_TEST

START_TEST(what_is_not_defined_is_not_found)
{
    ck_assert_ptr_null(find("/libc.so.6", "no_such_function"));
    ck_assert_ptr_null(find("/libc.so.6", ""));
    /* A variable is no function, and what an object imports it does not define. */
    ck_assert_ptr_null(find("/libc.so.6", "environ"));
    ck_assert_ptr_null(find("libm.so.6", "recv"));
    /* Nor has the program's own error been touched. */
    ck_assert_ptr_null(dlerror());
}
END_TEST

START_TEST(the_visit_ends_when_it_is_told_to)
{
    struct search search = {"no such object", "", NULL, 0};
    ck_assert(!elf_each_object(look, &search));
    unsigned all = search.visited;
    ck_assert_uint_gt(all, 2);
    search = (struct search){"", "", NULL, 0};
    ck_assert(elf_each_object(look, &search));
    ck_assert_uint_eq(search.visited, 1);
}
END_TEST

START_TEST(loading_is_counted)
{
    unsigned long long before = elf_loaded_count();
    ck_assert_uint_eq(elf_loaded_count(), before);
    void *opened = dlopen("libresolv.so.2", RTLD_LAZY | RTLD_LOCAL);
    ck_assert_ptr_nonnull(opened);
    ck_assert_uint_gt(elf_loaded_count(), before);
    /* Also what is not in the global scope is found. */
    ck_assert_ptr_nonnull(find("libresolv.so.2", "ns_sprintrr"));
    dlclose(opened);
}
END_TEST

SUITE("elf", EACH(finds_what_the_loader_finds, FUNCTIONS), ONCE(what_is_not_defined_is_not_found),
      ONCE(the_visit_ends_when_it_is_told_to), ONCE(loading_is_counted))
