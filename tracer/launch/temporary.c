/*
 * temporary.c: who makes one locks it, and the lock ends with that process, however it ends. So
 * whether it is in use needs no number of a process, which means nothing in another container that
 * has the same /tmp. Where files cannot be locked nothing is swept.
 *
 * What is swept is gone, so it must be ours: its name is one that nobody chooses, and it lies where
 * no other user can put another thing in its place.
 */
#include "launch/temporary.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* It is locked so long after it was made, at the most. */
enum { DESCRIPTORS_MAX = 8, MAKING_S = 10 };

/* Six letters or digits follow, which mkstemp and mkdtemp choose. */
static const char name_begins[] = "greq-temporary-";
enum { CHOSEN = 6 };

static const char *folder(void)
{
    const char *directory = getenv("TMPDIR");
    return directory && *directory == '/' ? directory : "/tmp";
}

/* --- making one --- */

static int name_it(struct temporary *temporary, const char *name)
{
    int size = snprintf(temporary->path, sizeof temporary->path, "%s/%s%s.XXXXXX", folder(),
                        name_begins, name);
    errno = ENAMETOOLONG;
    return size < (int)sizeof temporary->path ? 0 : -1;
}

static int lock_it(struct temporary *temporary, const char *what, struct error *error)
{
    if (temporary->fd < 0)
        return error_set(error, "cannot make a temporary %s in %s: %s: set TMPDIR", what, folder(),
                         strerror(errno));
    /* Where there are no locks nobody can take it either. */
    flock(temporary->fd, LOCK_EX | LOCK_NB);
    return 0;
}

int temporary_make_file(struct temporary *temporary, const char *name, struct error *error)
{
    temporary->fd = name_it(temporary, name) ? -1 : mkostemp(temporary->path, O_CLOEXEC);
    return lock_it(temporary, "file", error);
}

int temporary_make_directory(struct temporary *temporary, const char *name, struct error *error)
{
    temporary->fd = -1;
    if (!name_it(temporary, name) && mkdtemp(temporary->path)) {
        temporary->fd = open(temporary->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        int error_number = errno;
        if (temporary->fd < 0)
            rmdir(temporary->path);
        errno = error_number;
    }
    return lock_it(temporary, "directory", error);
}

/* --- removing it --- */

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *place)
{
    (void)status, (void)type, (void)place;
    remove(path);
    return 0;
}

static void remove_path(const char *path)
{
    nftw(path, remove_entry, DESCRIPTORS_MAX, FTW_DEPTH | FTW_PHYS);
}

void temporary_remove(struct temporary *temporary)
{
    remove_path(temporary->path);
    close(temporary->fd);
}

/* --- left-overs --- */

static bool is_name(const char *name)
{
    static const char *const ends[] = {"hello.", "check.", "doctor."};
    static const char chosen[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    if (strncmp(name, name_begins, sizeof name_begins - 1) != 0)
        return false;
    name += sizeof name_begins - 1;
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        size_t length = strlen(ends[i]);
        if (!strncmp(name, ends[i], length))
            return strlen(name + length) == CHOSEN && strspn(name + length, chosen) == CHOSEN;
    }
    return false;
}

/* Whether nobody but this user and root can rename what lies there, if it is this user's. */
static bool is_safe(int listed)
{
    struct stat status;
    return !fstat(listed, &status) && (!status.st_uid || status.st_uid == geteuid()) &&
           (status.st_mode & S_ISVTX || !(status.st_mode & (S_IWGRP | S_IWOTH)));
}

static bool is_unused(int fd)
{
    struct stat status;
    return !fstat(fd, &status) && (S_ISREG(status.st_mode) || S_ISDIR(status.st_mode)) &&
           status.st_uid == geteuid() && time(NULL) - status.st_mtim.tv_sec > MAKING_S &&
           !flock(fd, LOCK_EX | LOCK_NB);
}

/* The path begins at the open folder, which is the one that was judged. */
static void judge(int listed, const char *name)
{
    char path[PATH_MAX];
    int fd = openat(listed, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    int size = snprintf(path, sizeof path, "/proc/self/fd/%d/%s", listed, name);
    if (fd >= 0 && size < (int)sizeof path && is_unused(fd))
        remove_path(path);
    if (fd >= 0)
        close(fd);
}

void temporary_sweep(void)
{
    DIR *listing = opendir(folder());
    if (!listing)
        return;
    bool is_swept = is_safe(dirfd(listing));
    for (const struct dirent *entry; is_swept && (entry = readdir(listing));)
        if (is_name(entry->d_name))
            judge(dirfd(listing), entry->d_name);
    closedir(listing);
}
