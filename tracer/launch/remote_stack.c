#include "launch/remote_stack.h"

#include "launch/remote_memory.h"

#include <elfutils/libdwfl.h>
#include <stdbool.h>
#include <string.h>

/* Their numbers in unwind tables. */
#if defined(__x86_64__)
enum { STACK_POINTER = 7, FRAME_POINTER = 6 };
#else
enum { STACK_POINTER = 31, FRAME_POINTER = 29 };
#endif

/* The frame of a hook is no larger. */
enum { HOOK_FRAME_MAX = 4096 };

/* The thread, where a walk begins, and what it found. */
struct walk {
    pid_t process, thread;
    Dwarf_Word stack_pointer, program_counter, frame_pointer; /* the last 0: not known */
    uint64_t *addresses;
    size_t count, max;
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
    return remote_memory_read(walk->process, address, result, sizeof *result);
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
    for (size_t offset = 8; offset < HOOK_FRAME_MAX; offset += 8) {
        walk_from_hook(dwfl, walk, before, hook + offset);
        if (walk->count > most) {
            most = walk->count;
            best = hook + offset;
        }
    }
    walk_from_hook(dwfl, walk, before, best);
}

size_t remote_stack_read(pid_t process, pid_t thread, uint64_t stack_pointer,
                         uint64_t program_counter, uint64_t *addresses, size_t max)
{
    static const Dwfl_Callbacks callbacks = {
        .find_elf = dwfl_linux_proc_find_elf,
        .find_debuginfo = find_no_debuginfo,
    };
    struct walk walk = {.process = process,
                        .thread = thread,
                        .stack_pointer = stack_pointer,
                        .program_counter = program_counter,
                        .addresses = addresses,
                        .max = max};
    Dwfl *dwfl = dwfl_begin(&callbacks);
    if (dwfl && attach(dwfl, &walk)) {
        dwfl_getthread_frames(dwfl, thread, add_frame, &walk);
        if (walk.count && walk.last_stack_pointer && is_hook(dwfl, addresses[walk.count - 1]))
            walk_on_from_hook(dwfl, &walk);
    }
    if (dwfl)
        dwfl_end(dwfl);
    return walk.count;
}
