#include "sys/clock.h"

#include "sys/elf.h"
#include "sys/kernel.h"

#include <dlfcn.h>
#include <string.h>
#include <sys/prctl.h>

clock_function *clock_of_kernel = clock_gettime, *clock_of_program = clock_gettime;

/* ---- which they are ---- */

/* Asked of libc itself: any other way to look it up leads to who stands in front of it. */
static bool find_in_libc(const struct dl_phdr_info *object, void *found)
{
    const char *slash = strrchr(object->dlpi_name, '/');
    if (!slash || strcmp(slash + 1, "libc.so.6") != 0)
        return false;
    *(void **)found = elf_find(object, "clock_gettime");
    return true;
}

void clock_open(void)
{
    void *own = NULL, *next = dlsym(RTLD_NEXT, "clock_gettime");
    elf_each_object(find_in_libc, &own);
    if (own && next) {
        clock_of_kernel = (clock_function *)own;
        clock_of_program = (clock_function *)next;
    }
    int mode = 0; /* inherited, over exec too */
    if (kernel_call(SYS_prctl, PR_GET_TSC, (long)&mode, 0, 0, 0, 0) == 0)
        clock_note_prctl(PR_SET_TSC, (unsigned long)mode);
}

/* ---- a program that may not read the counter ---- */

/* Leaves errno alone, as libc's does where it succeeds. */
int clock_by_system_call(clockid_t clock, struct timespec *now)
{
    return (int)kernel_instruction(SYS_clock_gettime, clock, (long)now, 0, 0, 0, 0);
}

/* Not a program's altered clock: what that reads is between the two. */
void clock_note_prctl(long option, unsigned long value)
{
    if (option != PR_SET_TSC || value != PR_TSC_SIGSEGV)
        return;
    tsc_forgo();
    if (clock_is_altered())
        return;
    __atomic_store_n(&clock_of_kernel, clock_by_system_call, __ATOMIC_RELAXED);
    __atomic_store_n(&clock_of_program, clock_by_system_call, __ATOMIC_RELAXED);
}

/* ---- a time that goes on: each thread's own, since its deadlines are ---- */

struct look {
    uint64_t kernel, program; /* at the last look */
    uint64_t stood;           /* for how long the program's clock has stood still, or gone back */
};
static __thread struct look last_look __attribute__((tls_model("initial-exec")));

static uint64_t stood_since(const struct look *last, const struct look *now)
{
    if (!last->kernel || now->program > last->program)
        return 0;
    return now->kernel - last->kernel + (last->program - now->program);
}

uint64_t clock_altered_read(clockid_t clock)
{
    struct look now = {clock_kernel_now(), clock_by(clock_of_program, CLOCK_MONOTONIC), 0};
    now.stood = last_look.stood + stood_since(&last_look, &now);
    last_look = now;
    return now.stood + (clock == CLOCK_MONOTONIC ? now.program : clock_by(clock_of_program, clock));
}
