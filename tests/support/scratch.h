/*
 * scratch.h: a temporary directory for one test, below TMPDIR, and the small file work that tests
 * do in it.
 */
#ifndef SUPPORT_SCRATCH_H
#define SUPPORT_SCRATCH_H

struct scratch {
    char path[128];
};

void scratch_make(struct scratch *scratch);
void scratch_remove(struct scratch *scratch); /* with everything in it */

/* A path in the directory. Valid until the fourth call after this one. */
const char *scratch_path(const struct scratch *scratch, const char *name);

/* A file's text, to be freed by the caller; NULL when it cannot be read. */
char *scratch_read(const char *path);

/* How many entries a directory has, hidden ones left out; -1 when there is no such directory. */
int scratch_count(const char *path);

#endif
