#include "live/task.h"

#include "base/memory.h"
#include "launch/remote_memory.h"

#include <string.h>

enum { SCHEDULERS_MAX = 4096, TASKS_MAX = 200000, SAVED_MAX = 11 };

static void read_text(pid_t process, uint64_t address, char *text, size_t size)
{
    *text = '\0';
    if (!address || !remote_memory_read(process, address, text, size))
        return;
    text[size - 1] = '\0';
    for (char *c = text; *c; c++)
        if (*c < ' ' || *c > '~')
            *c = '?';
}

static bool read_registers(struct remote_registers *registers, pid_t process, uint64_t stack,
                           const struct live_tasks *layout)
{
    registers->stack_pointer = stack + layout->saved_size;
    registers->program_counter = remote_memory_word(process, stack + layout->saved_pc);
    registers->count = layout->saved_count < SAVED_MAX ? layout->saved_count : SAVED_MAX;
    for (size_t i = 0; i < registers->count; i++) {
        registers->numbers[i] = layout->saved[i].number;
        registers->values[i] = remote_memory_word(process, stack + layout->saved[i].offset);
    }
    return registers->program_counter;
}

static void read_waiter(struct live_task *task, pid_t process, uint64_t address,
                        const struct live_tasks *layout)
{
    uint64_t waiters = remote_memory_word(process, address + layout->task_waiters);
    int32_t fd;
    bool has_waiters = waiters && remote_memory_word(process, address + layout->task_waiter_count);
    if (!has_waiters && !strcmp(task->waits_for, "descriptor"))
        strcpy(task->waits_for, "a time");
    if (!has_waiters || !remote_memory_read(process, waiters + layout->waiter_fd, &fd, sizeof fd))
        return;
    task->fd = fd;
    task->since = remote_memory_word(process, waiters + layout->waiter_since);
}

static bool read_task(struct live_task *task, pid_t process, uint64_t address,
                      const struct live_tasks *layout)
{
    uint8_t state;
    *task = (struct live_task){.fd = -1};
    if (!remote_memory_read(process, address + layout->task_state, &state, sizeof state) ||
        state != layout->task_parked ||
        !remote_memory_read(process, address + layout->task_number, &task->number,
                            sizeof task->number) ||
        !read_registers(&task->registers, process,
                        remote_memory_word(process, address + layout->task_stack_pointer), layout))
        return false;
    read_text(process, remote_memory_word(process, address + layout->task_waits_for),
              task->waits_for, sizeof task->waits_for);
    read_waiter(task, process, address, layout);
    return true;
}

static void read_scheduler(struct live_tasks_read *tasks, size_t *capacity, pid_t process,
                           uint64_t scheduler, const struct live_tasks *layout)
{
    uint64_t current = remote_memory_word(process, scheduler + layout->scheduler_current);
    uint64_t address = scheduler + layout->scheduler_main;
    uint64_t next = remote_memory_word(process, scheduler + layout->scheduler_live);
    for (size_t seen = 0; address; seen++) {
        tasks->items = memory_grow(tasks->items, tasks->count, capacity, sizeof *tasks->items);
        if (address != current && read_task(&tasks->items[tasks->count], process, address, layout))
            tasks->count++;
        if (seen == TASKS_MAX) {
            tasks->is_cut = true;
            return;
        }
        address = next;
        next = address ? remote_memory_word(process, address + layout->task_next) : 0;
    }
}

void live_tasks_read(struct live_tasks_read *tasks, pid_t process, const struct live_tasks *layout)
{
    size_t capacity = 0;
    *tasks = (struct live_tasks_read){0};
    uint64_t scheduler = layout->schedulers ? remote_memory_word(process, layout->schedulers) : 0;
    for (int i = 0; scheduler && i < SCHEDULERS_MAX; i++) {
        read_scheduler(tasks, &capacity, process, scheduler, layout);
        scheduler = remote_memory_word(process, scheduler + layout->scheduler_next);
    }
}
