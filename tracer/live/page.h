/*
 * page.h: the page of memory that a running process shares with greq (greq/live_page.h), from the
 * side of the commands: found, mapped, and swept when its process is gone.
 */
#ifndef LIVE_PAGE_H
#define LIVE_PAGE_H

#include "base/error.h"

#include <greq/live_page.h>

#include <stdbool.h>
#include <sys/types.h>

struct page {
    struct live_page *live; /* shared with the process; the caller writes what is its to write */
    int fd;                 /* locked: one command at a time asks something */
};

/* Whether libgreq.so is mapped in the process; false too where that cannot be read. */
bool page_is_preloaded(pid_t pid);

/*
 * Maps a process's page. It is found by what the process has mapped, so it does not matter where it
 * is, and a file that somebody left there is not taken for it.
 *
 * Returns 0, and the caller releases it with page_close; or -1 with `error` set.
 */
int page_open(struct page *page, pid_t pid, struct error *error);

/* The same to look at it only, which any number of commands may at once. */
int page_look(struct page *page, pid_t pid, struct error *error);

void page_close(struct page *page);

/* Removes the pages of this user's processes that were killed. */
void page_sweep(void);

#endif
