/*
 * table.h: for large tables, of which most processes touch little or nothing.
 *
 * They lie behind all other variables (tables.ld), or these would be spread over as many pages as
 * there are tables: each is a page fault in every process that starts, and one or two more for
 * every fork.
 *
 * Those that each process uses, and seldom writes to after its start, lie next to each other:
 * without them all that a fork and its child write to is one page.
 */
#ifndef SYS_TABLE_H
#define SYS_TABLE_H

/* Before the type of a variable that is zero at first. AddressSanitizer guards none that has a
 * section of its own. */
#ifdef __SANITIZE_ADDRESS__
#    define TABLE
#    define SMALL_TABLE
#else
#    define TABLE       __attribute__((section(".bss.table")))
#    define SMALL_TABLE __attribute__((section(".bss.often")))
#endif

#endif
