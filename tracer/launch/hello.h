/*
 * hello.h: how the launcher knows that the preload worked. The loader only warns when it cannot
 * preload, so the shim writes a line with its pid to a file that it finds in GREQ_HELLO.
 *
 * With a trace the file is in its directory, as `.hello`, and becomes the one that tells of the
 * program's end (child_end.h). So nothing is deleted: where a file was, ext4 looks in vain for the
 * place of the next ones for some minutes.
 *
 * A launcher that is killed leaves it. It has the file locked as long as it lives, as temporary.c
 * says, so the next one knows.
 */
#ifndef LAUNCH_HELLO_H
#define LAUNCH_HELLO_H

#include "launch/temporary.h"

#include <stdbool.h>
#include <sys/types.h>

struct hello {
    struct temporary file;
    bool in_trace;
};

/* Makes the file, empty: in the directory `trace`, or if that is NULL or has no room for it, where
 * temporary files are. Returns 0; or -1 with `error` set. */
int hello_create(struct hello *hello, const char *trace, struct error *error);

/* Removes from the open directory `trace` the file of a launcher that lives no more. Returns
 * whether there was one. */
bool hello_sweep(int trace);

/* Whether this process has written its line. */
bool hello_is_from(const struct hello *hello, pid_t pid);

/* Whether a line could be written to the file at all. Beyond a limit of files' sizes, or on a full
 * disk, it could not, and that there is none says nothing of the preload. */
bool hello_can_be_written(const struct hello *hello);

/* Has a file that is in the trace stay there, under another path and with this text alone. Returns
 * 0; or -1 where that is not possible: hello_remove removes it then. */
int hello_become(struct hello *hello, const char *path, const char *text);

/* Removes the file, if it is still one. */
void hello_remove(struct hello *hello);

#endif
