/*
 * Whether memory can be read: by pages, without touching them.
 */
#include "sys/readable.h"

#include "suite.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PAGE = READABLE_PAGE };

/* Three pages, of which the middle one may not be touched. */
static char *map_with_a_gap(void)
{
    char *pages = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(pages, MAP_FAILED);
    ck_assert_int_eq(mprotect(pages + PAGE, PAGE, PROT_NONE), 0);
    return pages;
}

START_TEST(every_page_counts)
{
    char *pages = map_with_a_gap();
    ck_assert(readable(pages, PAGE));
    ck_assert(readable(pages + PAGE - 1, 1));
    ck_assert(!readable(pages + PAGE - 1, 2));
    ck_assert(!readable(pages + PAGE, 1));
    ck_assert(!readable(pages, 3 * PAGE));
    ck_assert(readable(pages + 2 * PAGE, PAGE));
    ck_assert_int_eq(munmap(pages, 3 * PAGE), 0);
    ck_assert(!readable(pages, 1));
}
END_TEST

START_TEST(what_the_program_has_can_be_read)
{
    int here = 0;
    void *heap = malloc(3 * PAGE);
    ck_assert(readable(&here, sizeof here));
    ck_assert(readable(heap, 3 * PAGE));
    ck_assert(readable("constant", sizeof "constant"));
    ck_assert(readable(environ, sizeof *environ));
    free(heap);
}
END_TEST

START_TEST(no_address_is_none)
{
    ck_assert(!readable(NULL, 1));
    ck_assert(!readable((void *)UINTPTR_MAX, 1));
    ck_assert(!readable((void *)(UINTPTR_MAX - 7), 16));
    ck_assert(!readable("", SIZE_MAX));
    ck_assert(readable(NULL, 0));
}
END_TEST

SUITE("readable", ONCE(every_page_counts), ONCE(what_the_program_has_can_be_read),
      ONCE(no_address_is_none))
