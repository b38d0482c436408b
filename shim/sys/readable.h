/*
 * readable.h: whether memory that the program points to can be read.
 *
 * A wrong address is the kernel's to judge: it says EFAULT, where a hook that looks at what the
 * address points to would end the program. Takes no descriptor and no lock; may be asked anywhere.
 *
 * Sets of descriptors, times, vectors, addresses of peers and the environment of a new program are
 * asked for page by page, but for the page of the stack that the caller is on: 0.1 us a page, in
 * tasks and traces only. tests/victims/wrong_addresses.c has the calls.
 */
#ifndef SYS_READABLE_H
#define SYS_READABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where pages are larger, a part of one is as readable as the whole. */
#define READABLE_PAGE 4096u

/* Of the page that begins there. */
bool readable_page(uint64_t page);

/* Of all `size` bytes. Costs a system call for each page but the one that the caller's stack is in.
 */
bool readable(const void *address, size_t size);

#endif
