#include "sys/text.h"

#include "sys/clock.h"
#include "sys/kernel.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* One byte stays free for the newline or the NUL. */
static void add_bytes(struct text *text, const char *bytes, size_t count)
{
    size_t space = TEXT_SIZE - 1 - text->used;
    if (count > space)
        count = space;
    memcpy(text->bytes + text->used, bytes, count);
    text->used += count;
}

void text_add(struct text *text, const char *string)
{
    add_bytes(text, string, strlen(string));
}

static void add_in_base(struct text *text, uint64_t number, unsigned base, unsigned min_digits)
{
    char digits[20], *end = digits + sizeof digits, *first = end;
    do {
        *--first = "0123456789abcdef"[number % base];
        number /= base;
    } while (number || end - first < (ptrdiff_t)min_digits);
    add_bytes(text, first, (size_t)(end - first));
}

void text_add_number(struct text *text, uint64_t number)
{
    add_in_base(text, number, 10, 1);
}

void text_add_signed(struct text *text, int64_t number)
{
    if (number < 0)
        text_add(text, "-");
    text_add_number(text, number < 0 ? -(uint64_t)number : (uint64_t)number);
}

void text_add_hex(struct text *text, uint64_t number)
{
    add_in_base(text, number, 16, 1);
}

void text_add_seconds(struct text *text, uint64_t ns)
{
    text_add_number(text, ns / NS_PER_SECOND);
    text_add(text, ".");
    add_in_base(text, ns % NS_PER_SECOND / NS_PER_MS, 10, 3);
}

const char *text_string(struct text *text)
{
    text->bytes[text->used] = '\0';
    return text->bytes;
}

/* A closed pipe or a full file must not end the program by a signal that it has not caused. */
static void write_quietly(int fd, const char *bytes, size_t size)
{
    static const struct timespec at_once = {0, 0};
    sigset_t ours, before, pending;
    sigemptyset(&ours);
    sigaddset(&ours, SIGPIPE);
    sigaddset(&ours, SIGXFSZ);
    sigpending(&pending);
    pthread_sigmask(SIG_BLOCK, &ours, &before);
    /* write() would come back to our own hook. */
    ssize_t written = KERNEL(write, fd, bytes, size);
    int number = errno == EPIPE ? SIGPIPE : SIGXFSZ;
    if (written < 0 && (errno == EPIPE || errno == EFBIG) && !sigismember(&pending, number)) {
        sigemptyset(&ours);
        sigaddset(&ours, number);
        sigtimedwait(&ours, NULL, &at_once);
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void text_write_line(struct text *text, int fd)
{
    int saved_errno = errno;
    text->bytes[text->used] = '\n';
    write_quietly(fd, text->bytes, text->used + 1);
    errno = saved_errno;
}
