#include "trace/in_progress_stack.h"

#include "base/memory.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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
static size_t read_addresses(const char *text, uint64_t caller,
                             uint64_t addresses[TRACE_MAX_FRAMES])
{
    size_t count = 0;
    for (;;) {
        char *end;
        uint64_t address = strtoull(text, &end, 16);
        if (end == text || count == TRACE_MAX_FRAMES)
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

/* "F3 /var/log/x" */
static void read_link(struct in_progress_stack *stack, char *line)
{
    int length = 0;
    line[strcspn(line, "\n")] = '\0';
    if (!stack->link && sscanf(line, "F%d %n", &stack->fd, &length) == 1 && length)
        stack->link = memory_copy(line + length);
}

/* The lines up to another stack. */
static void read_rest(FILE *file, struct in_progress_stack *stack)
{
    char *line = NULL;
    size_t size = 0, python_size = 0;
    FILE *python = open_memstream(&stack->python, &python_size);
    if (!python)
        abort();
    while (getline(&line, &size, file) > 0 && (*line == 'F' || *line == 'P')) {
        if (*line == 'F')
            read_link(stack, line);
        else
            fputs(line + 1, python);
    }
    fclose(python);
    free(line);
    if (*stack->python)
        return;
    free(stack->python);
    stack->python = NULL;
}

bool in_progress_stack_read(int directory, const struct in_progress_call *call,
                            struct in_progress_stack *stack)
{
    char *line = NULL;
    size_t size = 0;
    int length;
    FILE *file = open_file(directory, call->pid);
    *stack = (struct in_progress_stack){0};
    if (!file)
        return false;
    while (!stack->count && getline(&line, &size, file) > 0)
        if (is_about(line, call, &length))
            stack->count = read_addresses(line + length, call->caller, stack->addresses);
    if (stack->count)
        read_rest(file, stack);
    free(line);
    fclose(file);
    return stack->count > 0;
}

void in_progress_stack_finish(struct in_progress_stack *stack)
{
    free(stack->python);
    free(stack->link);
}
