/*
 * Writing through stdio, flushing and closing streams; syslog. Only logged, and only when it is
 * long (call/brief.h): libc writes inside itself, where no hook sees it.
 *
 * What surely goes into the stream's buffer is the real call, at the cost of a look. Streams of
 * wide characters are left out.
 */
/* libc's headers have some of these as inline functions, too. */
#ifndef __NO_INLINE__
#    define __NO_INLINE__ 1
#endif

#include "call/brief.h"
#include "log/descriptor.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

EXPORT int _IO_putc(int character, FILE *stream);
EXPORT int __overflow(FILE *stream, int character);
EXPORT int __fprintf_chk(FILE *stream, int flag, const char *format, ...);
EXPORT int __printf_chk(int flag, const char *format, ...);
EXPORT int __vfprintf_chk(FILE *stream, int flag, const char *format, va_list list);
EXPORT int __vprintf_chk(int flag, const char *format, va_list list);
EXPORT int __dprintf_chk(int fd, int flag, const char *format, ...);
EXPORT int __vdprintf_chk(int fd, int flag, const char *format, va_list list);
EXPORT void __syslog_chk(int priority, int flag, const char *format, ...);
EXPORT void __vsyslog_chk(int priority, int flag, const char *format, va_list list);

/* A list, as one argument of a macro. */
#define LIST(...) __VA_ARGS__

/* Macros of libc's headers. */
#undef putc
#undef fwrite_unlocked
#undef putc_unlocked
#undef putchar_unlocked
#undef fputc_unlocked

/* The descriptor of a stream, or -1. */
static inline int fd_of(const FILE *stream)
{
    return stream->_fileno >= 0 ? stream->_fileno : -1;
}

/* Whether so many bytes go into the buffer, and no further. A stream that writes line by line never
 * says so. */
static inline bool is_room(const FILE *stream, size_t size)
{
    ptrdiff_t room = stream->_IO_write_end - stream->_IO_write_ptr;
    return room > 0 && size < (size_t)room;
}

/* ---- bytes and texts ---- */

#define WRITE(symbol, size, parameters, arguments)                                              \
    BRIEF_UNLESS(is_room(stream, size), int, symbol, fd_of(stream), error_by_errno, parameters, \
                 arguments)

WRITE(fputc, 1, (int character, FILE *stream), (character, stream))
WRITE(fputc_unlocked, 1, (int character, FILE *stream), (character, stream))
WRITE(putc, 1, (int character, FILE *stream), (character, stream))
WRITE(putc_unlocked, 1, (int character, FILE *stream), (character, stream))
WRITE(_IO_putc, 1, (int character, FILE *stream), (character, stream))
WRITE(__overflow, 1, (FILE * stream, int character), (stream, character))
WRITE(putw, sizeof(int), (int word, FILE *stream), (word, stream))
WRITE(fputs, strlen(text), (const char *text, FILE *stream), (text, stream))
WRITE(fputs_unlocked, strlen(text), (const char *text, FILE *stream), (text, stream))

BRIEF_UNLESS(is_room(stream, size *count), size_t, fwrite, fd_of(stream), error_unknown,
             (const void *bytes, size_t size, size_t count, FILE *stream),
             (bytes, size, count, stream))
BRIEF_UNLESS(is_room(stream, size *count), size_t, fwrite_unlocked, fd_of(stream), error_unknown,
             (const void *bytes, size_t size, size_t count, FILE *stream),
             (bytes, size, count, stream))

/* To standard output. */
BRIEF_UNLESS(is_room(stdout, 1), int, putchar, fd_of(stdout), error_by_errno, (int character),
             (character))
BRIEF_UNLESS(is_room(stdout, 1), int, putchar_unlocked, fd_of(stdout), error_by_errno,
             (int character), (character))
BRIEF_UNLESS(is_room(stdout, strlen(text) + 1), int, puts, fd_of(stdout), error_by_errno,
             (const char *text), (text))

/* ---- formats: each of a kind is made with a list ---- */

/* How much a format makes is not known beforehand. While half of the buffer is free it is taken to
 * fit: two looks at the clock would double its cost. */
static inline bool is_likely_room(const FILE *stream)
{
    return is_room(stream, (size_t)(stream->_IO_buf_end - stream->_IO_buf_base) / 2);
}

#define HOOK_LIST(kind, quick, descriptor, parameters, arguments)                       \
    static inline int hook_##kind(enum call_id id, const void *caller, parameters,      \
                                  const char *format, va_list list)                     \
    {                                                                                   \
        if (brief_is_plain() || (quick))                                                \
            return REAL(kind)(arguments, format, list);                                 \
        struct brief brief = {.log = {.id = id, .fd = (descriptor), .caller = caller}}; \
        brief_enter(&brief);                                                            \
        int result = REAL(kind)(arguments, format, list);                               \
        brief_leave(&brief, result, error_by_errno(result));                            \
        return result;                                                                  \
    }

HOOK_LIST(vfprintf, is_likely_room(stream), fd_of(stream), FILE *stream, stream)
HOOK_LIST(vdprintf, false, fd, int fd, fd)
HOOK_LIST(__vfprintf_chk, is_likely_room(stream), fd_of(stream), LIST(FILE *stream, int flag),
          LIST(stream, flag))
HOOK_LIST(__vdprintf_chk, false, fd, LIST(int fd, int flag), LIST(fd, flag))

#define FORMAT_LIST(symbol, kind, parameters, arguments)            \
    EXPORT int symbol(parameters, va_list list)                     \
    {                                                               \
        return hook_##kind(CALL_##symbol, CALLER, arguments, list); \
    }

FORMAT_LIST(vfprintf, vfprintf, LIST(FILE *stream, const char *format), LIST(stream, format))
FORMAT_LIST(vprintf, vfprintf, const char *format, LIST(stdout, format))
FORMAT_LIST(vdprintf, vdprintf, LIST(int fd, const char *format), LIST(fd, format))
FORMAT_LIST(__vfprintf_chk, __vfprintf_chk, LIST(FILE *stream, int flag, const char *format),
            LIST(stream, flag, format))
FORMAT_LIST(__vprintf_chk, __vfprintf_chk, LIST(int flag, const char *format),
            LIST(stdout, flag, format))
FORMAT_LIST(__vdprintf_chk, __vdprintf_chk, LIST(int fd, int flag, const char *format),
            LIST(fd, flag, format))

#define FORMAT(symbol, kind, parameters, arguments)                       \
    EXPORT int symbol(parameters, ...)                                    \
    {                                                                     \
        va_list list;                                                     \
        va_start(list, format);                                           \
        int result = hook_##kind(CALL_##symbol, CALLER, arguments, list); \
        va_end(list);                                                     \
        return result;                                                    \
    }

FORMAT(fprintf, vfprintf, LIST(FILE *stream, const char *format), LIST(stream, format))
FORMAT(printf, vfprintf, const char *format, LIST(stdout, format))
FORMAT(dprintf, vdprintf, LIST(int fd, const char *format), LIST(fd, format))
FORMAT(__fprintf_chk, __vfprintf_chk, LIST(FILE *stream, int flag, const char *format),
       LIST(stream, flag, format))
FORMAT(__printf_chk, __vfprintf_chk, LIST(int flag, const char *format), LIST(stdout, flag, format))
FORMAT(__dprintf_chk, __vdprintf_chk, LIST(int fd, int flag, const char *format),
       LIST(fd, flag, format))

/* ---- syslog ---- */

static inline void hook_vsyslog(enum call_id id, const void *caller, int priority,
                                const char *format, va_list list)
{
    struct brief brief = {.log = {.id = id, .fd = -1, .caller = caller}};
    brief_enter(&brief);
    REAL(vsyslog)(priority, format, list);
    brief_leave(&brief, 0, 0);
}

static inline void hook_vsyslog_chk(enum call_id id, const void *caller, int priority, int flag,
                                    const char *format, va_list list)
{
    struct brief brief = {.log = {.id = id, .fd = -1, .caller = caller}};
    brief_enter(&brief);
    REAL(__vsyslog_chk)(priority, flag, format, list);
    brief_leave(&brief, 0, 0);
}

EXPORT void vsyslog(int priority, const char *format, va_list list)
{
    hook_vsyslog(CALL_vsyslog, CALLER, priority, format, list);
}

EXPORT void __vsyslog_chk(int priority, int flag, const char *format, va_list list)
{
    hook_vsyslog_chk(CALL___vsyslog_chk, CALLER, priority, flag, format, list);
}

EXPORT void syslog(int priority, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    hook_vsyslog(CALL_syslog, CALLER, priority, format, list);
    va_end(list);
}

EXPORT void __syslog_chk(int priority, int flag, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    hook_vsyslog_chk(CALL___syslog_chk, CALLER, priority, flag, format, list);
    va_end(list);
}

/* ---- streams ---- */

BRIEF(int, fflush, stream ? fd_of(stream) : -1, error_by_errno, (FILE * stream), (stream))
BRIEF(int, fflush_unlocked, stream ? fd_of(stream) : -1, error_by_errno, (FILE * stream), (stream))
BRIEF_AFTER(descriptor_closing((unsigned)fd_of(stream), (unsigned)fd_of(stream)), int, fclose,
            fd_of(stream), error_by_errno, (FILE * stream), (stream))
