#include "call/file_holder.h"

#include "sys/kernel.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* A machine with more locks than fit in here has its reasons; the last ones are not looked at. */
enum { READ_MAX = 1 << 16, LINE_MAX_SIZE = 128 };

static const char *next_word(const char *text)
{
    while (*text && *text != ' ')
        text++;
    while (*text == ' ')
        text++;
    return text;
}

static uint64_t read_number(const char **text, unsigned base)
{
    uint64_t number = 0;
    for (;; (*text)++) {
        char digit = **text;
        unsigned value = digit >= '0' && digit <= '9'   ? (unsigned)(digit - '0')
                         : digit >= 'a' && digit <= 'f' ? (unsigned)(digit - 'a') + 10
                                                        : base;
        if (value >= base)
            return number;
        number = base * number + value;
    }
}

static bool skip(const char **text, char one)
{
    return **text == one && (*text)++;
}

/* "MAJOR:MINOR:INODE", the first two in hexadecimal. */
static bool is_file(const char *text, const struct stat *file)
{
    return read_number(&text, 16) == major(file->st_dev) && skip(&text, ':') &&
           read_number(&text, 16) == minor(file->st_dev) && skip(&text, ':') &&
           read_number(&text, 10) == file->st_ino;
}

/* "1: FLOCK  ADVISORY  WRITE 123 08:01:456 0 EOF"; who waits has "->" after the number. */
static int holder_in(const char *line, const struct stat *file)
{
    const char *kind = next_word(line);
    if (strncmp(kind, "FLOCK ", 6) != 0)
        return 0;
    const char *process = next_word(next_word(next_word(kind)));
    return is_file(next_word(process), file) ? (int)read_number(&process, 10) : 0;
}

struct line {
    char text[LINE_MAX_SIZE];
    size_t size;
};

static int take(struct line *line, const char *bytes, size_t count, const struct stat *file)
{
    for (size_t i = 0; i < count; i++) {
        if (bytes[i] != '\n') {
            if (line->size < LINE_MAX_SIZE - 1)
                line->text[line->size++] = bytes[i];
            continue;
        }
        line->text[line->size] = '\0';
        line->size = 0;
        int holder = holder_in(line->text, file);
        if (holder)
            return holder;
    }
    return 0;
}

int file_holder(int fd)
{
    struct stat file;
    struct line line = {.size = 0};
    char bytes[512];
    int holder = 0;
    if (KERNEL(newfstatat, fd, "", &file, AT_EMPTY_PATH) != 0)
        return 0;
    int locks = (int)KERNEL(openat, AT_FDCWD, "/proc/locks", O_RDONLY | O_CLOEXEC, 0);
    if (locks < 0)
        return 0;
    for (size_t done = 0; !holder && done < READ_MAX;) {
        ssize_t size = KERNEL(read, locks, bytes, sizeof bytes);
        if (size <= 0)
            break;
        holder = take(&line, bytes, (size_t)size, &file);
        done += (size_t)size;
    }
    KERNEL(close, locks);
    return holder;
}
