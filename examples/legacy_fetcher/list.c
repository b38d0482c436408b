#include "list.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool grow(struct list *list)
{
    size_t capacity = list->capacity ? list->capacity * 2 : 16;
    char **items = reallocarray(list->items, capacity, sizeof *items);
    if (!items)
        return false;
    list->items = items;
    list->capacity = capacity;
    return true;
}

bool list_add(struct list *list, const char *text)
{
    if (list->count == list->capacity && !grow(list))
        return false;
    list->items[list->count] = strdup(text);
    if (!list->items[list->count])
        return false;
    list->count++;
    return true;
}

/* Cuts blanks and line ends off both ends. */
static char *trim(char *text)
{
    static const char blanks[] = " \t\r\n";
    text += strspn(text, blanks);
    size_t size = strlen(text);
    while (size > 0 && strchr(blanks, text[size - 1]))
        size--;
    text[size] = '\0';
    return text;
}

static bool add_lines(struct list *list, FILE *file)
{
    char *line = NULL;
    size_t size = 0;
    bool added = true;
    errno = 0;
    while (added && getline(&line, &size, file) >= 0) {
        const char *url = trim(line);
        if (url[0] != '\0' && url[0] != '#')
            added = list_add(list, url);
    }
    free(line);
    return added && !ferror(file);
}

bool list_add_file(struct list *list, const char *path)
{
    if (strcmp(path, "-") == 0)
        return add_lines(list, stdin);
    FILE *file = fopen(path, "re");
    if (!file)
        return false;
    bool added = add_lines(list, file);
    int error = errno;
    fclose(file);
    errno = error;
    return added;
}

void list_finish(struct list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->items[i]);
    free(list->items);
    *list = (struct list){0};
}
