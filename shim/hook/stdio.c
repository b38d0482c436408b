/*
 * Reading from streams: getc, fgets, fread, getdelim, fscanf and their kin, of wide characters too.
 *
 * A call that finds all it wants in the stream's buffer is the real one, at the cost of a look.
 * What the others do is said in call/stdio_wait.h. Functions that read from standard input are not
 * here.
 *
 * libc's headers have some of these as macros, and give others another symbol's name; so each hook
 * is declared here, by its symbol.
 */
#include "call/stdio_wait.h"

#include <stdarg.h>
#include <stdint.h>
#include <wchar.h>

__attribute__((noreturn)) void __chk_fail(void);

/* A list, as one argument of a macro. */
#define LIST(...) __VA_ARGS__

/*
 * One hook: what it returns, its symbol, what it returns at the end and on errors, its stream,
 * whether the buffer has all it wants, its parameters and arguments. What may wait is apart: a loop
 * of getc is not to pay for its frame.
 */
#define HOOK_READ(type, symbol, nothing, stream, is_there, parameters, arguments)       \
    EXPORT type hook_##symbol(parameters) __asm__(#symbol);                             \
    __attribute__((noinline)) static type wait_##symbol(const void *caller, parameters) \
    {                                                                                   \
        type (*real)(parameters) = (type(*)(parameters))real_find(CALL_##symbol);       \
        struct call call;                                                               \
        if (call_is_plain() || !stdio_enter(&call, CALL_##symbol, caller, stream))      \
            return real(arguments);                                                     \
        type result = stdio_await(&call, stream) ? real(arguments) : (nothing);         \
        stdio_leave(&call, stream, result == (nothing));                                \
        return result;                                                                  \
    }                                                                                   \
    EXPORT type hook_##symbol(parameters)                                               \
    {                                                                                   \
        type (*real)(parameters) = (type(*)(parameters))real_known(CALL_##symbol);      \
        if (real && (call_is_plain() || (is_there)))                                    \
            return real(arguments);                                                     \
        return wait_##symbol(CALLER, arguments);                                        \
    }

/* ---- characters ---- */

#define HOOK_GETC(symbol) \
    HOOK_READ(int, symbol, EOF, stream, stdio_buffered(stream), LIST(FILE *stream), LIST(stream))

HOOK_GETC(fgetc)
HOOK_GETC(getc)
HOOK_GETC(_IO_getc)
HOOK_GETC(fgetc_unlocked)
HOOK_GETC(getc_unlocked)
HOOK_GETC(__uflow)
HOOK_GETC(__underflow)
HOOK_READ(int, getw, EOF, stream, stdio_buffered(stream) >= sizeof(int), LIST(FILE *stream),
          LIST(stream))

/* ---- lines ---- */

static bool has_text(const FILE *stream, int size)
{
    return size < 2 || stdio_buffered(stream) >= (size_t)size - 1 || stdio_has_line(stream, '\n');
}

#define HOOK_FGETS(symbol)                                          \
    HOOK_READ(char *, symbol, NULL, stream, has_text(stream, size), \
              LIST(char *text, int size, FILE *stream), LIST(text, size, stream))
#define HOOK_FGETS_CHK(symbol)                                       \
    HOOK_READ(char *, symbol, NULL, stream, has_text(stream, size),  \
              LIST(char *text, size_t room, int size, FILE *stream), \
              LIST(text, room, size, stream))

HOOK_FGETS(fgets)
HOOK_FGETS(_IO_fgets)
HOOK_FGETS(fgets_unlocked)
HOOK_FGETS_CHK(__fgets_chk)
HOOK_FGETS_CHK(__fgets_unlocked_chk)

#define HOOK_GETDELIM(symbol)                                           \
    HOOK_READ(ssize_t, symbol, -1, stream, stdio_has_line(stream, end), \
              LIST(char **line, size_t *size, int end, FILE *stream),   \
              LIST(line, size, end, stream))

HOOK_GETDELIM(getdelim)
HOOK_GETDELIM(__getdelim)
HOOK_READ(ssize_t, getline, -1, stream, stdio_has_line(stream, '\n'),
          LIST(char **line, size_t *size, FILE *stream), LIST(line, size, stream))

/* ---- blocks ---- */

static bool has_block(const FILE *stream, size_t size, size_t count)
{
    size_t bytes;
    return !__builtin_mul_overflow(size, count, &bytes) && bytes <= stdio_buffered(stream);
}

#define HOOK_FREAD(symbol)                                                \
    HOOK_READ(size_t, symbol, 0, stream, has_block(stream, size, count),  \
              LIST(void *block, size_t size, size_t count, FILE *stream), \
              LIST(block, size, count, stream))
#define HOOK_FREAD_CHK(symbol)                                                         \
    HOOK_READ(size_t, symbol, 0, stream, has_block(stream, size, count),               \
              LIST(void *block, size_t room, size_t size, size_t count, FILE *stream), \
              LIST(block, room, size, count, stream))

HOOK_FREAD(fread)
HOOK_FREAD(_IO_fread)
HOOK_FREAD(fread_unlocked)
HOOK_FREAD_CHK(__fread_chk)
HOOK_FREAD_CHK(__fread_unlocked_chk)
HOOK_READ(size_t, _IO_sgetn, 0, stream, has_block(stream, 1, size),
          LIST(FILE *stream, void *block, size_t size), LIST(stream, block, size))

/* ---- formats: how much one wants is not known beforehand ---- */

#define HOOK_VSCANF(symbol, character)                                   \
    HOOK_READ(int, symbol, EOF, stream, false,                           \
              LIST(FILE *stream, const character *format, va_list list), \
              LIST(stream, format, list))

/* Through the form of it that takes a list. */
#define HOOK_SCANF(symbol, with_list, character)                                           \
    EXPORT int hook_##symbol(FILE *stream, const character *format, ...) __asm__(#symbol); \
    EXPORT int hook_##symbol(FILE *stream, const character *format, ...)                   \
    {                                                                                      \
        int (*real)(FILE *, const character *, va_list) =                                  \
            (int (*)(FILE *, const character *, va_list))real_find(CALL_##with_list);      \
        struct call call;                                                                  \
        int result = EOF;                                                                  \
        va_list list;                                                                      \
        va_start(list, format);                                                            \
        if (call_is_plain() || !stdio_enter(&call, CALL_##symbol, CALLER, stream)) {       \
            result = real(stream, format, list);                                           \
        } else {                                                                           \
            if (stdio_await(&call, stream))                                                \
                result = real(stream, format, list);                                       \
            stdio_leave(&call, stream, result == EOF);                                     \
        }                                                                                  \
        va_end(list);                                                                      \
        return result;                                                                     \
    }

HOOK_VSCANF(vfscanf, char)
HOOK_VSCANF(__vfscanf, char)
HOOK_VSCANF(__isoc99_vfscanf, char)
HOOK_VSCANF(__isoc23_vfscanf, char)
HOOK_SCANF(fscanf, vfscanf, char)
HOOK_SCANF(__isoc99_fscanf, __isoc99_vfscanf, char)
HOOK_SCANF(__isoc23_fscanf, __isoc23_vfscanf, char)
HOOK_VSCANF(vfwscanf, wchar_t)
HOOK_VSCANF(__isoc99_vfwscanf, wchar_t)
HOOK_VSCANF(__isoc23_vfwscanf, wchar_t)
HOOK_SCANF(fwscanf, vfwscanf, wchar_t)
HOOK_SCANF(__isoc99_fwscanf, __isoc99_vfwscanf, wchar_t)
HOOK_SCANF(__isoc23_fwscanf, __isoc23_vfwscanf, wchar_t)

/* ---- wide characters: their buffer is libc's own, and looked at in call/stdio_wait.c ---- */

#define HOOK_GETWC(symbol) \
    HOOK_READ(wint_t, symbol, WEOF, stream, false, LIST(FILE *stream), LIST(stream))

HOOK_GETWC(fgetwc)
HOOK_GETWC(getwc)
HOOK_GETWC(fgetwc_unlocked)
HOOK_GETWC(getwc_unlocked)
HOOK_GETWC(__wuflow)
HOOK_GETWC(__wunderflow)

#define HOOK_FGETWS(symbol)                              \
    HOOK_READ(wchar_t *, symbol, NULL, stream, size < 2, \
              LIST(wchar_t * text, int size, FILE *stream), LIST(text, size, stream))
#define HOOK_FGETWS_CHK(symbol)                                          \
    HOOK_READ(wchar_t *, symbol, NULL, stream, size < 2,                 \
              LIST(wchar_t * text, size_t room, int size, FILE *stream), \
              LIST(text, room, size, stream))

HOOK_FGETWS(fgetws)
HOOK_FGETWS(fgetws_unlocked)
HOOK_FGETWS_CHK(__fgetws_chk)
HOOK_FGETWS_CHK(__fgetws_unlocked_chk)
