#include "scratch.h"

#include <dirent.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Not by Check's assertions, for suite.c has a directory outside of all tests. */
static void give_up(const char *path)
{
    perror(path);
    abort();
}

void scratch_make(struct scratch *scratch)
{
    const char *base = getenv("TMPDIR");
    snprintf(scratch->path, sizeof scratch->path, "%s/greq-XXXXXX", base && *base ? base : "/tmp");
    if (!mkdtemp(scratch->path))
        give_up(scratch->path);
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *where)
{
    (void)status, (void)kind, (void)where;
    return remove(path);
}

void scratch_remove(struct scratch *scratch)
{
    if (nftw(scratch->path, remove_entry, 8, FTW_DEPTH | FTW_PHYS | FTW_MOUNT) != 0)
        give_up(scratch->path);
}

const char *scratch_path(const struct scratch *scratch, const char *name)
{
    static char paths[4][512];
    static unsigned next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", scratch->path, name);
    return path;
}

char *scratch_read(const char *path)
{
    FILE *file = fopen(path, "r");
    if (!file)
        return NULL;
    char *text = NULL;
    size_t size = 0;
    if (getdelim(&text, &size, '\0', file) < 0 && text)
        text[0] = '\0';
    fclose(file);
    return text;
}

int scratch_count(const char *path)
{
    DIR *dir = opendir(path);
    if (!dir)
        return -1;
    int count = 0;
    for (struct dirent *entry; (entry = readdir(dir));)
        count += entry->d_name[0] != '.';
    closedir(dir);
    return count;
}
