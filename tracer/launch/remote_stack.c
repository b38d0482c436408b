#include "launch/remote_stack.h"

#include "base/memory.h"
#include "launch/remote_memory.h"

#include <elfutils/libdwfl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Their numbers in unwind tables. */
#if defined(__x86_64__)
enum { STACK_POINTER = 7, FRAME_POINTER = 6 };
#else
enum { STACK_POINTER = 31, FRAME_POINTER = 29 };
#endif

/* The frame of a hook is no larger; and so much is read at once. */
enum { HOOK_FRAME_MAX = 4096, BLOCK_SIZE = 512 };

/* The thread, where a walk begins, and what it found. */
struct walk {
    pid_t process, thread;
    Dwarf_Word stack_pointer, program_counter, frame_pointer; /* the last 0: not known */
    const struct remote_registers *registers;                 /* those too, or NULL */
    uint64_t *addresses;
    size_t count, max;
    Dwarf_Word block_at; /* what was read last; 0: nothing */
    char block[BLOCK_SIZE];
    Dwarf_Word last_stack_pointer; /* of the outermost frame that was found */
};

/* --- what libdwfl asks for --- */

/* Unwind tables are in the files that are mapped; names are looked up when a report is made. */
static int find_no_debuginfo(Dwfl_Module *module, void **data, const char *name, Dwarf_Addr base,
                             const char *file, const char *link, GElf_Word sum, char **found)
{
    (void)module, (void)data, (void)name, (void)base, (void)file, (void)link, (void)sum,
        (void)found;
    return -1;
}

static bool read_word(Dwfl *dwfl, Dwarf_Addr address, Dwarf_Word *result, void *data)
{
    (void)dwfl;
    struct walk *walk = data;
    Dwarf_Word at = address & ~(Dwarf_Word)(BLOCK_SIZE - 1);
    if (address % sizeof *result)
        return remote_memory_read(walk->process, address, result, sizeof *result);
    if (walk->block_at != at && !remote_memory_read(walk->process, at, walk->block, BLOCK_SIZE))
        return false;
    walk->block_at = at;
    memcpy(result, walk->block + (address - at), sizeof *result);
    return true;
}

/* There is one thread. */
static pid_t next_thread(Dwfl *dwfl, void *data, void **thread)
{
    (void)dwfl;
    struct walk *walk = data;
    if (*thread)
        return 0;
    *thread = walk;
    return walk->thread;
}

static bool get_thread(Dwfl *dwfl, pid_t id, void *data, void **thread)
{
    (void)dwfl, (void)id;
    *thread = data;
    return true;
}

static bool set_registers(Dwfl_Thread *thread, void *data)
{
    const struct walk *walk = data;
    dwfl_thread_state_register_pc(thread, walk->program_counter);
    for (size_t i = 0; walk->registers && i < walk->registers->count; i++) {
        Dwarf_Word value = walk->registers->values[i];
        if (!dwfl_thread_state_registers(thread, walk->registers->numbers[i], 1, &value))
            return false;
    }
    if (walk->frame_pointer &&
        !dwfl_thread_state_registers(thread, FRAME_POINTER, 1, &walk->frame_pointer))
        return false;
    return dwfl_thread_state_registers(thread, STACK_POINTER, 1, &walk->stack_pointer);
}

static int add_frame(Dwfl_Frame *frame, void *data)
{
    struct walk *walk = data;
    Dwarf_Addr address;
    if (!dwfl_frame_pc(frame, &address, NULL) || walk->count == walk->max)
        return DWARF_CB_ABORT;
    walk->addresses[walk->count++] = address;
    if (dwfl_frame_reg(frame, STACK_POINTER, &walk->last_stack_pointer))
        walk->last_stack_pointer = 0;
    return DWARF_CB_OK;
}

/* --- the walk --- */

static bool attach(Dwfl *dwfl, struct walk *walk)
{
    static const Dwfl_Thread_Callbacks callbacks = {
        .next_thread = next_thread,
        .get_thread = get_thread,
        .memory_read = read_word,
        .set_initial_registers = set_registers,
    };
    return !dwfl_linux_proc_report(dwfl, walk->process) && !dwfl_report_end(dwfl, NULL, NULL) &&
           dwfl_attach_state(dwfl, NULL, walk->process, &callbacks, walk);
}

static bool is_hook(Dwfl *dwfl, uint64_t address)
{
    Dwfl_Module *module = dwfl_addrmodule(dwfl, address);
    const char *name =
        module ? dwfl_module_info(module, NULL, NULL, NULL, NULL, NULL, NULL, NULL) : NULL;
    return name && strstr(name, "/libgreq.so");
}

static void walk_from_hook(Dwfl *dwfl, struct walk *walk, size_t before, Dwarf_Word frame_pointer)
{
    walk->frame_pointer = frame_pointer;
    walk->count = before;
    dwfl_getthread_frames(dwfl, walk->thread, add_frame, walk);
}

/*
 * A hook has a frame pointer, for its frame is aligned, and libc's function did not save that: so
 * each place that it can point to is tried. A wrong one leads nowhere, or leaves out frames: the
 * one that leads furthest is right. (A report takes it only if the call was made from where it
 * leads.)
 */
static void walk_on_from_hook(Dwfl *dwfl, struct walk *walk)
{
    size_t before = walk->count - 1, most = walk->count;
    Dwarf_Word best = 0, hook = walk->last_stack_pointer;
    walk->program_counter = walk->addresses[before];
    walk->stack_pointer = hook;
    for (size_t offset = 0; offset < HOOK_FRAME_MAX; offset += 8) {
        walk_from_hook(dwfl, walk, before, hook + offset);
        if (walk->count > most) {
            most = walk->count;
            best = hook + offset;
        }
    }
    walk_from_hook(dwfl, walk, before, best);
}

/* --- a process's stacks --- */

struct remote_stacks {
    pid_t process;
    Dwfl *dwfl;
    struct walk walk;
};

struct remote_stacks *remote_stacks_open(pid_t process)
{
    static const Dwfl_Callbacks callbacks = {
        .find_elf = dwfl_linux_proc_find_elf,
        .find_debuginfo = find_no_debuginfo,
    };
    struct remote_stacks *stacks = memory_alloc(1, sizeof *stacks);
    stacks->process = stacks->walk.process = process;
    stacks->dwfl = dwfl_begin(&callbacks);
    if (stacks->dwfl && attach(stacks->dwfl, &stacks->walk))
        return stacks;
    remote_stacks_close(stacks);
    return NULL;
}

void remote_stacks_close(struct remote_stacks *stacks)
{
    if (stacks && stacks->dwfl)
        dwfl_end(stacks->dwfl);
    free(stacks);
}

size_t remote_stacks_read(struct remote_stacks *stacks, pid_t thread,
                          const struct remote_registers *registers, uint64_t *addresses, size_t max)
{
    struct walk *walk = &stacks->walk;
    *walk = (struct walk){.process = stacks->process,
                          .thread = thread,
                          .stack_pointer = registers->stack_pointer,
                          .program_counter = registers->program_counter,
                          .registers = registers,
                          .addresses = addresses,
                          .max = max};
    dwfl_getthread_frames(stacks->dwfl, thread, add_frame, walk);
    if (walk->count && walk->last_stack_pointer && !registers->count &&
        is_hook(stacks->dwfl, addresses[walk->count - 1]))
        walk_on_from_hook(stacks->dwfl, walk);
    return walk->count;
}

/* A module's range has what lies between its segments too, and behind it. */
static bool has_code(Elf *elf, uint64_t address)
{
    size_t count;
    GElf_Phdr segment;
    if (elf_getphdrnum(elf, &count))
        return false;
    for (size_t i = 0; i < count; i++)
        if (gelf_getphdr(elf, (int)i, &segment) && segment.p_type == PT_LOAD &&
            address >= segment.p_vaddr && address - segment.p_vaddr < segment.p_memsz)
            return true;
    return false;
}

const char *remote_stacks_module(struct remote_stacks *stacks, uint64_t address,
                                 uint64_t *file_address)
{
    Dwfl_Module *module = dwfl_addrmodule(stacks->dwfl, address);
    GElf_Addr bias;
    Elf *elf = module ? dwfl_module_getelf(module, &bias) : NULL;
    if (!elf || !has_code(elf, address - bias))
        return NULL;
    *file_address = address - bias;
    return dwfl_module_info(module, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
}

size_t remote_stack_read(pid_t process, pid_t thread, uint64_t stack_pointer,
                         uint64_t program_counter, uint64_t *addresses, size_t max)
{
    const struct remote_registers registers = {.stack_pointer = stack_pointer,
                                               .program_counter = program_counter};
    struct remote_stacks *stacks = remote_stacks_open(process);
    size_t count = stacks ? remote_stacks_read(stacks, thread, &registers, addresses, max) : 0;
    remote_stacks_close(stacks);
    return count;
}
