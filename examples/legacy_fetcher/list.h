/*
 * list.h: a growing list of texts: the URLs from the command line and from files.
 */
#ifndef LEGACY_FETCHER_LIST_H
#define LEGACY_FETCHER_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list {
    char **items;
    size_t count;
    size_t capacity;
};

/* Keeps a copy of `text`. False with errno. */
bool list_add(struct list *list, const char *text);

/* Adds the lines of a file ("-": standard input), but for empty ones and those that begin with '#'.
 * False with errno. */
bool list_add_file(struct list *list, const char *path);

void list_finish(struct list *list);

#endif
