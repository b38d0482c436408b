/*
 * unwind.h: walks up the calling strand's stack by the modules' unwind tables.
 *
 *     struct unwind unwind;
 *     unwind_begin(&unwind);
 *     while (unwind_next(&unwind) == UNWIND_FRAME)
 *         look_at(unwind.pc, &unwind.module);
 *
 * Reads the tables and the text of loaded modules, and stack that is known to be there: a stack may
 * be a fiber's that ends in anything, and what lies on it may be no address. Allocates nothing,
 * takes no lock (before glibc 2.35 the loader's), keeps errno; for signal handlers, too. It needs
 * about 2 KiB of stack.
 *
 * It is one of our own because frame pointers end after one frame out of libcrypto, glibc's
 * backtrace() loads a library at a bad moment, and libgcc's unwinder believes what it finds. It
 * asks the kernel once a walk for each page of stack but the one it stands on (rt_sigprocmask with
 * an invalid operation: 93 ns), ends with a reason at code of no module, and remembers nothing of a
 * stack between two walks. The module of an address comes from _dl_find_object (glibc 2.35; no
 * lock), else from dl_iterate_phdr. A plain frame's rule is kept by address, good as long as the
 * module's description of it begins with the same words. 21 frames take 0.3 us, libgcc's walk 2.3
 * us. A unit test compares both at every instruction of a digest, a look at the clock and a
 * multiplication of libcrypto.
 */
#ifndef UNWIND_UNWIND_H
#define UNWIND_UNWIND_H

#include "sys/inline.h"
#include "unwind/memory.h"
#include "unwind/module.h"
#include "unwind/registers.h"

enum unwind_state {
    UNWIND_FRAME,     /* `pc` is in the next frame */
    UNWIND_START,     /* there is none: the stack begins here, that of a thread or a task */
    UNWIND_NO_MODULE, /* the next frame's code is in no module: a JIT's, a closure's, or none */
    UNWIND_NO_TABLE,  /* the module does not tell how that code's frames are */
    UNWIND_BAD_TABLE, /* it does, but not by the rules */
    UNWIND_BAD_STACK, /* the stack cannot be read there, or leads back */
};

struct unwind {
    uint64_t pc;          /* in the frame: the instruction after the call, or the interrupted one */
    struct module module; /* that has the code */
    /* below: the walk's own */
    bool at_instruction; /* `pc` is where a signal came, not behind a call */
    struct registers registers;
    struct memory memory;
};

/* The walk begins in the function that says so, whose own frame is the first. */
static ALWAYS_INLINE void unwind_begin(struct unwind *unwind)
{
    registers_capture(&unwind->registers);
    memory_begin(&unwind->memory, unwind->registers.column[STACK_POINTER]);
    unwind->module = (struct module){0};
    unwind->pc = unwind->registers.pc;
    unwind->at_instruction = true;
}

/* Whether coroutines' stacks begin in the module whose file has this path. Set once by who knows
 * them (host/host.h); until then there are none. */
extern bool (*unwind_begins_in)(const char *path);

/* Goes to the caller's frame. After any other state than UNWIND_FRAME the walk is over. */
enum unwind_state unwind_next(struct unwind *unwind);

#endif
