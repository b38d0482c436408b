/* stdio_rules: what reading from streams over pipes and sockets says: each function by each of its
 * names, what is in the buffer, ends, errors, time limits, interruption. */
#include "alarms.h"
#include "company.h"
#include "facts.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include <wchar.h>

/* ---- a stream that another thread writes to, late ---- */

struct writer {
    int fd, ms;
    char text[64];
    pthread_t thread;
};

static void *write_late(void *argument)
{
    struct writer *writer = argument;
    raw_sleep_ms(writer->ms);
    must((int)write(writer->fd, writer->text, strlen(writer->text)), "write");
    return NULL;
}

/* Signals are for the thread that reads. */
static void write_begin(struct writer *writer, int fd, int ms, const char *text)
{
    sigset_t all, before;
    writer->fd = fd;
    writer->ms = ms;
    snprintf(writer->text, sizeof writer->text, "%s", text);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    must(-pthread_create(&writer->thread, NULL, write_late, writer), "pthread_create");
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void write_end(struct writer *writer)
{
    pthread_join(writer->thread, NULL);
}

static int ends[2];
static FILE *stream;

static void open_pair(const char *mode)
{
    must(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), "socketpair");
    stream = fdopen(ends[0], mode);
}

static void close_pair(void)
{
    fclose(stream);
    close(ends[1]);
}

static void nonblock(int fd, int on)
{
    must(ioctl(fd, FIONBIO, &on), "FIONBIO");
}

/* ---- each function by each of its names ---- */

#define NAMED(type, symbol, ...) type symbol##_named(__VA_ARGS__) __asm__(#symbol)

NAMED(int, fgetc, FILE *);
NAMED(int, getc, FILE *);
NAMED(int, _IO_getc, FILE *);
NAMED(int, fgetc_unlocked, FILE *);
NAMED(int, getc_unlocked, FILE *);
NAMED(int, __uflow, FILE *);
NAMED(int, __underflow, FILE *);
NAMED(int, getw, FILE *);
NAMED(char *, fgets, char *, int, FILE *);
NAMED(char *, _IO_fgets, char *, int, FILE *);
NAMED(char *, fgets_unlocked, char *, int, FILE *);
NAMED(char *, __fgets_chk, char *, size_t, int, FILE *);
NAMED(char *, __fgets_unlocked_chk, char *, size_t, int, FILE *);
NAMED(ssize_t, getdelim, char **, size_t *, int, FILE *);
NAMED(ssize_t, __getdelim, char **, size_t *, int, FILE *);
NAMED(ssize_t, getline, char **, size_t *, FILE *);
NAMED(size_t, fread, void *, size_t, size_t, FILE *);
NAMED(size_t, _IO_fread, void *, size_t, size_t, FILE *);
NAMED(size_t, fread_unlocked, void *, size_t, size_t, FILE *);
NAMED(size_t, __fread_chk, void *, size_t, size_t, size_t, FILE *);
NAMED(size_t, __fread_unlocked_chk, void *, size_t, size_t, size_t, FILE *);
NAMED(size_t, _IO_sgetn, FILE *, void *, size_t);
NAMED(int, fscanf, FILE *, const char *, ...);
NAMED(int, __isoc99_fscanf, FILE *, const char *, ...);
NAMED(int, fwscanf, FILE *, const wchar_t *, ...);
NAMED(int, __isoc99_fwscanf, FILE *, const wchar_t *, ...);
NAMED(int, vfscanf, FILE *, const char *, va_list);
NAMED(int, __vfscanf, FILE *, const char *, va_list);
NAMED(int, __isoc99_vfscanf, FILE *, const char *, va_list);
NAMED(int, vfwscanf, FILE *, const wchar_t *, va_list);
NAMED(int, __isoc99_vfwscanf, FILE *, const wchar_t *, va_list);
NAMED(wint_t, fgetwc, FILE *);
NAMED(wint_t, getwc, FILE *);
NAMED(wint_t, fgetwc_unlocked, FILE *);
NAMED(wint_t, getwc_unlocked, FILE *);
NAMED(wint_t, __wuflow, FILE *);
NAMED(wint_t, __wunderflow, FILE *);
NAMED(wchar_t *, fgetws, wchar_t *, int, FILE *);
NAMED(wchar_t *, fgetws_unlocked, wchar_t *, int, FILE *);
NAMED(wchar_t *, __fgetws_chk, wchar_t *, size_t, int, FILE *);
NAMED(wchar_t *, __fgetws_unlocked_chk, wchar_t *, size_t, int, FILE *);

static char text[16];
static wchar_t wide[16];
static char *line;
static size_t line_size;

static int by_list(int (*scan)(FILE *, const char *, va_list), ...)
{
    va_list list;
    va_start(list, scan);
    int count = scan(stream, "%8s", list);
    va_end(list);
    return count;
}

static int by_wide_list(int (*scan)(FILE *, const wchar_t *, va_list), ...)
{
    va_list list;
    va_start(list, scan);
    int count = scan(stream, L"%8ls", list);
    va_end(list);
    return count;
}

/* "hello" and an end of line come late. What is said ends where it does. */
#define LATE(symbol, call)                                                          \
    do {                                                                            \
        struct writer writer;                                                       \
        memset(text, 0, sizeof text);                                               \
        wmemset(wide, 0, 16);                                                       \
        open_pair("r");                                                             \
        write_begin(&writer, ends[1], 10, "hello\n");                               \
        long said = (long)(call);                                                   \
        fact("%s %ld, %s%ls, then %c", #symbol, said, text, wide,                   \
             fwide(stream, 0) > 0 ? (int)getwc_named(stream) : getc_named(stream)); \
        write_end(&writer);                                                         \
        close_pair();                                                               \
    } while (0)

static void characters(void)
{
    LATE(fgetc, fgetc_named(stream));
    LATE(getc, getc_named(stream));
    LATE(_IO_getc, _IO_getc_named(stream));
    LATE(fgetc_unlocked, fgetc_unlocked_named(stream));
    LATE(getc_unlocked, getc_unlocked_named(stream));
    LATE(__uflow, __uflow_named(stream));
    LATE(__underflow, __underflow_named(stream));
    LATE(getw, getw_named(stream));
}

static void lines(void)
{
    LATE(fgets, fgets_named(text, 4, stream) == text);
    LATE(_IO_fgets, _IO_fgets_named(text, 4, stream) == text);
    LATE(fgets_unlocked, fgets_unlocked_named(text, 4, stream) == text);
    LATE(__fgets_chk, __fgets_chk_named(text, sizeof text, 4, stream) == text);
    LATE(__fgets_unlocked_chk, __fgets_unlocked_chk_named(text, sizeof text, 4, stream) == text);
    LATE(getdelim, getdelim_named(&line, &line_size, 'l', stream));
    LATE(__getdelim, __getdelim_named(&line, &line_size, 'l', stream));
    fact("%s", line);
}

static void whole_line(void)
{
    struct writer writer;
    open_pair("r");
    write_begin(&writer, ends[1], 10, "hello\nyou\n");
    for (int i = 0; i < 2; i++) {
        ssize_t size = getline_named(&line, &line_size, stream);
        fact("getline %zd, %s", size, line);
    }
    write_end(&writer);
    close_pair();
}

static void blocks(void)
{
    LATE(fread, fread_named(text, 2, 2, stream));
    LATE(_IO_fread, _IO_fread_named(text, 2, 2, stream));
    LATE(fread_unlocked, fread_unlocked_named(text, 1, 4, stream));
    LATE(__fread_chk, __fread_chk_named(text, sizeof text, 1, 4, stream));
    LATE(__fread_unlocked_chk, __fread_unlocked_chk_named(text, sizeof text, 1, 4, stream));
    LATE(_IO_sgetn, _IO_sgetn_named(stream, text, 4));
}

static void formats(void)
{
    LATE(fscanf, fscanf_named(stream, "%8s", text));
    LATE(__isoc99_fscanf, __isoc99_fscanf_named(stream, "%8s", text));
    LATE(vfscanf, by_list(vfscanf_named, text));
    LATE(__vfscanf, by_list(__vfscanf_named, text));
    LATE(__isoc99_vfscanf, by_list(__isoc99_vfscanf_named, text));
    LATE(fwscanf, fwscanf_named(stream, L"%8ls", wide));
    LATE(__isoc99_fwscanf, __isoc99_fwscanf_named(stream, L"%8ls", wide));
    LATE(vfwscanf, by_wide_list(vfwscanf_named, wide));
    LATE(__isoc99_vfwscanf, by_wide_list(__isoc99_vfwscanf_named, wide));
}

static void wide_characters(void)
{
    LATE(fgetwc, fgetwc_named(stream));
    LATE(getwc, getwc_named(stream));
    LATE(fgetwc_unlocked, fgetwc_unlocked_named(stream));
    LATE(getwc_unlocked, getwc_unlocked_named(stream));
    LATE(__wuflow, __wuflow_named(stream));
    LATE(__wunderflow, __wunderflow_named(stream));
    LATE(fgetws, fgetws_named(wide, 4, stream) == wide);
    LATE(fgetws_unlocked, fgetws_unlocked_named(wide, 4, stream) == wide);
    LATE(__fgetws_chk, __fgetws_chk_named(wide, 16, 4, stream) == wide);
    LATE(__fgetws_unlocked_chk, __fgetws_unlocked_chk_named(wide, 16, 4, stream) == wide);
}

/* ---- what is in the buffer is not waited for ---- */

static void put_back(int character)
{
    bool kept = ungetc(character, stream) == character;
    fact("put back %d, %c", kept, getc_named(stream));
}

static void buffered(void)
{
    int number = 0;
    open_pair("r");
    must((int)write(ends[1], "one\ntwo\n3 four", 14), "write");
    fact("%d", fgets_named(text, 16, stream) && !strcmp(text, "one\n"));
    fact("%d", fgets_named(text, 16, stream) && !strcmp(text, "two\n"));
    fact("%d", fscanf_named(stream, "%d", &number));
    fact("%d", number);
    put_back('x');
    fact("%zu", fread_named(text, 1, 5, stream));
    put_back('y');
    close_pair();
    open_pair("r");
    must((int)write(ends[1], "one\ntwo\n", 8), "write");
    fact("wide %d", fgetws_named(wide, 16, stream) && !wcscmp(wide, L"one\n"));
    fact("wide %d", fgetws_named(wide, 16, stream) && !wcscmp(wide, L"two\n"));
    bool kept = ungetwc(L'z', stream) == L'z';
    fact("put back %d, %c", kept, (int)getwc_named(stream));
    close_pair();
}

/* ---- ends and errors ---- */

static void tell(const char *name, const char *result)
{
    int error = errno;
    fact("%s: %s, %s, end %d, error %d", name, result ? result : "nothing",
         result ? "" : error_name(error), feof(stream) != 0, ferror(stream) != 0);
}

static void ends_and_errors(void)
{
    struct timeval limit = {.tv_usec = 200000};
    open_pair("r");
    nonblock(ends[0], 1);
    tell("O_NONBLOCK", fgets_named(text, 16, stream));
    nonblock(ends[0], 0);
    clearerr(stream);
    must(setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit), "SO_RCVTIMEO");
    struct start begin = start_now();
    char *got = fgets_named(text, 16, stream);
    tell("SO_RCVTIMEO", got);
    fact("in time %d", took(begin, 0.2));
    clearerr(stream);
    must((int)write(ends[1], "more\n", 5), "write");
    tell("later", fgets_named(text, 16, stream));
    must((int)write(ends[1], "part", 4), "write");
    shutdown(ends[1], SHUT_WR);
    tell("a part", fgets_named(text, 16, stream));
    errno = 0;
    tell("at its end", fgets_named(text, 16, stream));
    fact("getc %d", getc_named(stream));
    fact("fread %zu", fread_named(text, 1, 1, stream));
    fact("getline %zd", getline_named(&line, &line_size, stream));
    close_pair();
    open_pair("w");
    tell("for writing", fgets_named(text, 16, stream));
    close_pair();
}

/* What has been written goes out before its answer is waited for. */
static void *answer(void *fd)
{
    char request[16];
    ssize_t got = read((int)(intptr_t)fd, request, sizeof request);
    raw_sleep_ms(10);
    must((int)write((int)(intptr_t)fd, request, (size_t)got), "write");
    return NULL;
}

static void both_ways(void)
{
    pthread_t peer;
    open_pair("r+");
    must(-pthread_create(&peer, NULL, answer, (void *)(intptr_t)ends[1]), "pthread_create");
    fprintf(stream, "hello\n");
    tell("unflushed", fgets_named(text, 16, stream));
    pthread_join(peer, NULL);
    close_pair();
}

static ssize_t cookie_read(void *cookie, char *buffer, size_t size)
{
    (void)cookie;
    (void)size;
    memcpy(buffer, "cookie\n", 7);
    return 7;
}

static void without_descriptor(void)
{
    stream = fmemopen("memory\n", 7, "r");
    tell("fmemopen", fgets_named(text, 16, stream));
    fclose(stream);
    stream = fopencookie(NULL, "r", (cookie_io_functions_t){.read = cookie_read});
    tell("fopencookie", fgets_named(text, 16, stream));
    fclose(stream);
}

/* More than comes at first: the rest is waited for inside. */
static void in_two_parts(void)
{
    struct writer first, second;
    open_pair("r");
    write_begin(&first, ends[1], 10, "hel");
    write_begin(&second, ends[1], 200, "lo\n");
    tell("two parts", fgets_named(text, 16, stream));
    write_end(&first);
    write_end(&second);
    close_pair();
}

static void scene(void)
{
    characters();
    lines();
    whole_line();
    blocks();
    formats();
    wide_characters();
    buffered();
    ends_and_errors();
    both_ways();
    without_descriptor();
    in_two_parts();
}

/* ---- a handler ends a wait, or not ---- */

static void interruption(void)
{
    struct writer writer;
    open_pair("r");
    alarm_soon(0);
    tell("a handler ran", fgets_named(text, 16, stream));
    clearerr(stream);
    alarm_soon(0);
    int letter = getc_named(stream);
    fact("getc %d, %s", letter, error_name(errno));
    clearerr(stream);
    alarm_soon(SA_RESTART);
    write_begin(&writer, ends[1], 200, "later\n");
    tell("SA_RESTART", fgets_named(text, 16, stream));
    write_end(&writer);
    close_pair();
    alarm_over();
}

int main(void)
{
    play(scene);
    play_in_main(interruption);
    free(line);
}
