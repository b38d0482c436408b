/*
 * libdwfl makes the walk, and asks for memory and registers: struct walk is the one thread that it
 * is told of. Where it ends for want of the frame pointer, walk_on guesses that and begins another
 * walk there, as if the outermost frame so far were the innermost. Of all registers that are known
 * (remote_registers) there is nothing to guess.
 */
#include "launch/remote_stack.h"

#include "base/memory.h"
#include "launch/call_before.h"
#include "launch/remote_memory.h"
#include "launch/remote_modules.h"

#include <elfutils/libdwfl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Their numbers in unwind tables. */
#if defined(__x86_64__)
enum { STACK_POINTER = 7, FRAME_POINTER = 6 };
#elif defined(__aarch64__)
enum { STACK_POINTER = 31, FRAME_POINTER = 29 };
#else
#    error "which registers are these on this machine?"
#endif

/* Larger frames are not searched through; and so much is read at once. */
enum { FRAME_MAX = 128 * 1024, BLOCK_SIZE = 512 };

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
    return dwfl_attach_state(dwfl, NULL, walk->process, &callbacks, walk);
}

static bool is_hook(Dwfl *dwfl, uint64_t address)
{
    Dwfl_Module *module = dwfl_addrmodule(dwfl, address);
    const char *name =
        module ? dwfl_module_info(module, NULL, NULL, NULL, NULL, NULL, NULL, NULL) : NULL;
    return name && strstr(name, "/libgreq.so");
}

/* --- a frame pointer that is not known --- */

/* A place where it may point to, and what speaks for that: a lower number, less. */
enum evidence {
    IS_NONE,         /* no return address is there */
    CALLS_SOMETHING, /* by a pointer; or another function, which may have jumped to this one */
    CALLS_IT,
};

/* The code in the middle of a function, as a return address has it, belongs to that function. */
static bool begins(Dwfl *dwfl, uint64_t function, uint64_t address)
{
    GElf_Off offset;
    GElf_Sym symbol;
    Dwfl_Module *module = dwfl_addrmodule(dwfl, address - 1);
    return module &&
           dwfl_module_addrinfo(module, address - 1, &offset, &symbol, NULL, NULL, NULL) &&
           function == address - 1 - offset;
}

static enum evidence evidence_of(Dwfl *dwfl, const struct walk *walk, uint64_t return_address,
                                 uint64_t inner)
{
    uint64_t target;
    if (!dwfl_addrmodule(dwfl, return_address))
        return IS_NONE;
    enum call_kind kind = call_before(walk->process, return_address, &target);
    if (kind != CALL_KNOWN)
        return kind == CALL_NONE ? IS_NONE : CALLS_SOMETHING;
    bool is_it = begins(dwfl, target, inner) || (is_hook(dwfl, inner) && is_hook(dwfl, target));
    return is_it ? CALLS_IT : CALLS_SOMETHING;
}

static void walk_from(Dwfl *dwfl, struct walk *walk, size_t before, Dwarf_Word frame_pointer)
{
    walk->frame_pointer = frame_pointer;
    walk->count = before;
    dwfl_getthread_frames(dwfl, walk->thread, add_frame, walk);
}

/*
 * The function's frame is found by its frame pointer, which none of those that it called has saved.
 * That is so of a hook, whose frame is aligned, and of all code that is compiled with frame
 * pointers, where it calls a system call's function. Behind the two words at the frame pointer the
 * frame is over; it begins at the stack pointer. So each place in between is tried that has a
 * return address in its second word. The best is one behind a call of the function itself; of
 * several the one that leads furthest, for those further outwards leave out frames.
 */
static void walk_on(Dwfl *dwfl, struct walk *walk)
{
    size_t before = walk->count - 1, most = 0;
    Dwarf_Word best = 0, begin = walk->last_stack_pointer, inner = walk->addresses[before], word;
    enum evidence least = CALLS_SOMETHING;
    walk->program_counter = before ? inner - 1 : inner; /* within the call */
    walk->stack_pointer = begin;
    for (size_t offset = 0; offset < FRAME_MAX; offset += sizeof word) {
        if (!read_word(dwfl, begin + offset + sizeof word, &word, walk))
            break;
        enum evidence evidence = word ? evidence_of(dwfl, walk, word, inner) : IS_NONE;
        if (evidence < least)
            continue;
        walk_from(dwfl, walk, before, begin + offset);
        bool leads = walk->count > before + 1 && walk->addresses[before + 1] == word;
        if (!leads || (evidence == least && walk->count <= most))
            continue;
        least = evidence;
        most = walk->count;
        best = begin + offset;
    }
    walk_from(dwfl, walk, before, best);
    walk->addresses[before] = inner;
}

/* --- a process's stacks --- */

struct remote_stacks {
    pid_t process;
    Dwfl *dwfl;
    struct walk walk;
};

struct remote_stacks *remote_stacks_open(pid_t process)
{
    struct remote_stacks *stacks = memory_alloc(1, sizeof *stacks);
    stacks->process = stacks->walk.process = process;
    stacks->dwfl = remote_modules_open(process);
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
    /* Not from code that was made at run time: anything would lead on from there. From an outermost
     * function it leads nowhere. */
    if (walk->count && walk->count < max && walk->last_stack_pointer && !registers->count &&
        dwfl_addrmodule(stacks->dwfl, addresses[walk->count - 1]))
        walk_on(stacks->dwfl, walk);
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
