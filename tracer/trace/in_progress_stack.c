#include "trace/in_progress_stack.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static FILE *open_file(int directory, uint32_t pid)
{
    char name[32];
    snprintf(name, sizeof name, ".stacks.%" PRIu32, pid);
    int fd = openat(directory, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
    if (fd >= 0 && !file)
        close(fd);
    return file;
}

/* The addresses of a line from the caller's on. */
static size_t read_addresses(const char *text, uint64_t caller, uint64_t *addresses, size_t max)
{
    size_t count = 0;
    for (;;) {
        char *end;
        uint64_t address = strtoull(text, &end, 16);
        if (end == text || count == max)
            return count;
        if (count || address == caller)
            addresses[count++] = address;
        text = end;
    }
}

/* Whether a line is of the thread, and of a time when it was in the call. */
static bool is_about(const char *line, const struct in_progress_call *call, int *length)
{
    uint32_t tid;
    uint64_t time;
    return sscanf(line, "%" SCNu32 " %" SCNu64 "%n", &tid, &time, length) == 2 &&
           tid == call->tid && time >= call->begin;
}

/* The lines that begin with a P, up to another one; or NULL. */
static char *read_python(FILE *file)
{
    char *line = NULL, *text = NULL;
    size_t size = 0, text_size = 0;
    FILE *out = open_memstream(&text, &text_size);
    if (!out)
        abort();
    while (getline(&line, &size, file) > 0 && *line == 'P')
        fputs(line + 1, out);
    fclose(out);
    free(line);
    if (*text)
        return text;
    free(text);
    return NULL;
}

size_t in_progress_stack_read(int directory, const struct in_progress_call *call,
                              uint64_t *addresses, size_t max, char **python)
{
    char *line = NULL;
    size_t size = 0, count = 0;
    int length;
    FILE *file = open_file(directory, call->pid);
    *python = NULL;
    if (!file)
        return 0;
    while (!count && getline(&line, &size, file) > 0)
        if (is_about(line, call, &length))
            count = read_addresses(line + length, call->caller, addresses, max);
    if (count)
        *python = read_python(file);
    free(line);
    fclose(file);
    return count;
}
