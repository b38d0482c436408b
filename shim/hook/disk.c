/*
 * What may wait for a disk: opening, naming and reading files and directories. Only logged, and
 * only when it is long (call/brief.h). open() of a FIFO or a device waits for whoever is at its
 * other end; it may never come, and is in the trace as long as that lasts.
 *
 * In the order: opening; names; directories; attributes; contents.
 *
 * Left out: what has an open file's attributes at hand (fstat, lseek); what calls functions of the
 * program (scandir, nftw, glob), for those make calls of their own.
 */
#include "call/brief.h"
#include "log/descriptor.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <utime.h>

/* A list, as one argument of a macro. */
#define LIST(...) __VA_ARGS__

/* One that returns -1 and errno, and has no descriptor to tell. */
#define NAMED(symbol, parameters, arguments) \
    BRIEF(int, symbol, -1, error_by_errno, parameters, arguments)

/* ---- opening ---- */

EXPORT int __open(const char *path, int flags, ...);
EXPORT int __open64(const char *path, int flags, ...);
EXPORT int __open_2(const char *path, int flags);
EXPORT int __open64_2(const char *path, int flags);
EXPORT int __openat_2(int folder, const char *path, int flags);
EXPORT int __openat64_2(int folder, const char *path, int flags);

/* Open functions have a mode only with these flags. */
static inline bool has_mode(int flags)
{
    return flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE;
}

#define OPEN(symbol, parameters, arguments)                                              \
    EXPORT int symbol(parameters, int flags, ...)                                        \
    {                                                                                    \
        va_list list;                                                                    \
        va_start(list, flags);                                                           \
        mode_t mode = has_mode(flags) ? va_arg(list, mode_t) : 0;                        \
        va_end(list);                                                                    \
        if (brief_is_plain())                                                            \
            return REAL(symbol)(arguments, flags, mode);                                 \
        struct brief brief = {.log = {.id = CALL_##symbol, .fd = -1, .caller = CALLER}}; \
        brief_enter(&brief);                                                             \
        int fd = REAL(symbol)(arguments, flags, mode);                                   \
        brief_leave(&brief, fd, error_by_errno(fd));                                     \
        return fd;                                                                       \
    }

OPEN(open, const char *path, path)
OPEN(open64, const char *path, path)
OPEN(__open, const char *path, path)
OPEN(__open64, const char *path, path)
OPEN(openat, LIST(int folder, const char *path), LIST(folder, path))
OPEN(openat64, LIST(int folder, const char *path), LIST(folder, path))
NAMED(__open_2, (const char *path, int flags), (path, flags))
NAMED(__open64_2, (const char *path, int flags), (path, flags))
NAMED(__openat_2, (int folder, const char *path, int flags), (folder, path, flags))
NAMED(__openat64_2, (int folder, const char *path, int flags), (folder, path, flags))
NAMED(creat, (const char *path, mode_t mode), (path, mode))
NAMED(creat64, (const char *path, mode_t mode), (path, mode))
NAMED(mkstemp, (char *path), (path))
NAMED(mkstemp64, (char *path), (path))
NAMED(mkostemp, (char *path, int flags), (path, flags))
NAMED(mkostemp64, (char *path, int flags), (path, flags))

BRIEF_POINTER(FILE *, fopen, -1, (const char *path, const char *mode), (path, mode))
BRIEF_POINTER(FILE *, fopen64, -1, (const char *path, const char *mode), (path, mode))

/* Its descriptor is another file's then, mostly by the same number. */
static inline void reopening(const FILE *stream)
{
    descriptor_closing((unsigned)stream->_fileno, (unsigned)stream->_fileno);
}

BRIEF_POINTER_AFTER(reopening(stream), FILE *, freopen, -1,
                    (const char *path, const char *mode, FILE *stream), (path, mode, stream))
BRIEF_POINTER_AFTER(reopening(stream), FILE *, freopen64, -1,
                    (const char *path, const char *mode, FILE *stream), (path, mode, stream))

#define TMPFILE(symbol)                                                                  \
    EXPORT FILE *symbol(void)                                                            \
    {                                                                                    \
        if (brief_is_plain())                                                            \
            return REAL(symbol)();                                                       \
        struct brief brief = {.log = {.id = CALL_##symbol, .fd = -1, .caller = CALLER}}; \
        brief_enter(&brief);                                                             \
        FILE *stream = REAL(symbol)();                                                   \
        brief_leave(&brief, stream != NULL, stream ? 0 : errno);                         \
        return stream;                                                                   \
    }

TMPFILE(tmpfile)
TMPFILE(tmpfile64)

/* ---- names ---- */

EXPORT ssize_t __readlink_chk(const char *path, char *target, size_t size, size_t room);
EXPORT ssize_t __readlinkat_chk(int folder, const char *path, char *target, size_t size,
                                size_t room);

NAMED(rename, (const char *from, const char *to), (from, to))
NAMED(renameat, (int from_folder, const char *from, int to_folder, const char *to),
      (from_folder, from, to_folder, to))
NAMED(renameat2, (int from_folder, const char *from, int to_folder, const char *to, unsigned flags),
      (from_folder, from, to_folder, to, flags))
NAMED(unlink, (const char *path), (path))
NAMED(unlinkat, (int folder, const char *path, int flags), (folder, path, flags))
NAMED(remove, (const char *path), (path))
NAMED(link, (const char *from, const char *to), (from, to))
NAMED(linkat, (int from_folder, const char *from, int to_folder, const char *to, int flags),
      (from_folder, from, to_folder, to, flags))
NAMED(symlink, (const char *target, const char *path), (target, path))
NAMED(symlinkat, (const char *target, int folder, const char *path), (target, folder, path))
BRIEF(ssize_t, readlink, -1, error_by_errno, (const char *path, char *target, size_t size),
      (path, target, size))
BRIEF(ssize_t, __readlink_chk, -1, error_by_errno,
      (const char *path, char *target, size_t size, size_t room), (path, target, size, room))
BRIEF(ssize_t, readlinkat, -1, error_by_errno,
      (int folder, const char *path, char *target, size_t size), (folder, path, target, size))
BRIEF(ssize_t, __readlinkat_chk, -1, error_by_errno,
      (int folder, const char *path, char *target, size_t size, size_t room),
      (folder, path, target, size, room))

/* ---- directories ---- */

/* The end of a directory is no error. */
#define NEXT_ENTRY(type, symbol)                                                         \
    ENTRY(struct type *, symbol, (DIR * folder), (folder))                               \
    {                                                                                    \
        if (brief_is_plain())                                                            \
            return REAL(symbol)(folder);                                                 \
        struct brief brief = {.log = {.id = CALL_##symbol, .fd = -1, .caller = caller}}; \
        brief_enter(&brief);                                                             \
        struct type *entry = REAL(symbol)(folder);                                       \
        brief_leave(&brief, entry != NULL, 0);                                           \
        return entry;                                                                    \
    }

NAMED(mkdir, (const char *path, mode_t mode), (path, mode))
NAMED(mkdirat, (int folder, const char *path, mode_t mode), (folder, path, mode))
NAMED(rmdir, (const char *path), (path))
NAMED(chdir, (const char *path), (path))
BRIEF_POINTER(char *, mkdtemp, -1, (char *path), (path))
BRIEF_POINTER(DIR *, opendir, -1, (const char *path), (path))
NEXT_ENTRY(dirent, readdir)
NEXT_ENTRY(dirent64, readdir64)
BRIEF(ssize_t, getdents64, fd, error_by_errno, (int fd, void *entries, size_t size),
      (fd, entries, size))

/* ---- attributes ---- */

NAMED(stat, (const char *path, struct stat *status), (path, status))
NAMED(stat64, (const char *path, struct stat64 *status), (path, status))
NAMED(lstat, (const char *path, struct stat *status), (path, status))
NAMED(lstat64, (const char *path, struct stat64 *status), (path, status))
NAMED(fstatat, (int folder, const char *path, struct stat *status, int flags),
      (folder, path, status, flags))
NAMED(fstatat64, (int folder, const char *path, struct stat64 *status, int flags),
      (folder, path, status, flags))
NAMED(statx, (int folder, const char *path, int flags, unsigned mask, struct statx *status),
      (folder, path, flags, mask, status))
NAMED(statfs, (const char *path, struct statfs *status), (path, status))
NAMED(statfs64, (const char *path, struct statfs64 *status), (path, status))
NAMED(__statfs, (const char *path, struct statfs *status), (path, status))
NAMED(statvfs, (const char *path, struct statvfs *status), (path, status))
NAMED(statvfs64, (const char *path, struct statvfs64 *status), (path, status))
NAMED(access, (const char *path, int mode), (path, mode))
NAMED(faccessat, (int folder, const char *path, int mode, int flags), (folder, path, mode, flags))
NAMED(chmod, (const char *path, mode_t mode), (path, mode))
NAMED(fchmodat, (int folder, const char *path, mode_t mode, int flags), (folder, path, mode, flags))
NAMED(chown, (const char *path, uid_t user, gid_t group), (path, user, group))
NAMED(lchown, (const char *path, uid_t user, gid_t group), (path, user, group))
NAMED(fchownat, (int folder, const char *path, uid_t user, gid_t group, int flags),
      (folder, path, user, group, flags))
NAMED(utime, (const char *path, const struct utimbuf *times), (path, times))
NAMED(utimes, (const char *path, const struct timeval times[2]), (path, times))
NAMED(utimensat, (int folder, const char *path, const struct timespec times[2], int flags),
      (folder, path, times, flags))

/* ---- contents ---- */

EXPORT ssize_t __pread64(int fd, void *bytes, size_t size, off64_t offset);
EXPORT ssize_t __pwrite64(int fd, const void *bytes, size_t size, off64_t offset);
EXPORT ssize_t __pread_chk(int fd, void *bytes, size_t size, off_t offset, size_t room);
EXPORT ssize_t __pread64_chk(int fd, void *bytes, size_t size, off64_t offset, size_t room);

#define CONTENTS(type, symbol, parameters, arguments) \
    BRIEF(type, symbol, fd, error_by_errno, parameters, arguments)

CONTENTS(ssize_t, pread, (int fd, void *bytes, size_t size, off_t offset),
         (fd, bytes, size, offset))
CONTENTS(ssize_t, pread64, (int fd, void *bytes, size_t size, off64_t offset),
         (fd, bytes, size, offset))
CONTENTS(ssize_t, __pread64, (int fd, void *bytes, size_t size, off64_t offset),
         (fd, bytes, size, offset))
CONTENTS(ssize_t, __pread_chk, (int fd, void *bytes, size_t size, off_t offset, size_t room),
         (fd, bytes, size, offset, room))
CONTENTS(ssize_t, __pread64_chk, (int fd, void *bytes, size_t size, off64_t offset, size_t room),
         (fd, bytes, size, offset, room))
CONTENTS(ssize_t, pwrite, (int fd, const void *bytes, size_t size, off_t offset),
         (fd, bytes, size, offset))
CONTENTS(ssize_t, pwrite64, (int fd, const void *bytes, size_t size, off64_t offset),
         (fd, bytes, size, offset))
CONTENTS(ssize_t, __pwrite64, (int fd, const void *bytes, size_t size, off64_t offset),
         (fd, bytes, size, offset))
CONTENTS(ssize_t, preadv, (int fd, const struct iovec *vector, int count, off_t offset),
         (fd, vector, count, offset))
CONTENTS(ssize_t, preadv64, (int fd, const struct iovec *vector, int count, off64_t offset),
         (fd, vector, count, offset))
CONTENTS(ssize_t, preadv2, (int fd, const struct iovec *vector, int count, off_t offset, int flags),
         (fd, vector, count, offset, flags))
CONTENTS(ssize_t, preadv64v2,
         (int fd, const struct iovec *vector, int count, off64_t offset, int flags),
         (fd, vector, count, offset, flags))
CONTENTS(ssize_t, pwritev, (int fd, const struct iovec *vector, int count, off_t offset),
         (fd, vector, count, offset))
CONTENTS(ssize_t, pwritev64, (int fd, const struct iovec *vector, int count, off64_t offset),
         (fd, vector, count, offset))
CONTENTS(ssize_t, pwritev2,
         (int fd, const struct iovec *vector, int count, off_t offset, int flags),
         (fd, vector, count, offset, flags))
CONTENTS(ssize_t, pwritev64v2,
         (int fd, const struct iovec *vector, int count, off64_t offset, int flags),
         (fd, vector, count, offset, flags))
NAMED(truncate, (const char *path, off_t size), (path, size))
NAMED(truncate64, (const char *path, off64_t size), (path, size))
CONTENTS(int, ftruncate, (int fd, off_t size), (fd, size))
CONTENTS(int, ftruncate64, (int fd, off64_t size), (fd, size))
CONTENTS(int, fallocate, (int fd, int mode, off_t offset, off_t size), (fd, mode, offset, size))
CONTENTS(int, fallocate64, (int fd, int mode, off64_t offset, off64_t size),
         (fd, mode, offset, size))
BRIEF(int, posix_fallocate, fd, error_by_code, (int fd, off_t offset, off_t size),
      (fd, offset, size))
BRIEF(int, posix_fallocate64, fd, error_by_code, (int fd, off64_t offset, off64_t size),
      (fd, offset, size))
CONTENTS(int, sync_file_range, (int fd, off64_t offset, off64_t size, unsigned flags),
         (fd, offset, size, flags))
NAMED(msync, (void *address, size_t size, int flags), (address, size, flags))
