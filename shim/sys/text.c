#include "sys/text.h"

#include "sys/clock.h"

#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
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

void text_write_line(struct text *text, int fd)
{
    int saved_errno = errno;
    text->bytes[text->used] = '\n';
    /* write() would come back to our own hook. */
    (void)!syscall(SYS_write, fd, text->bytes, text->used + 1);
    errno = saved_errno;
}
