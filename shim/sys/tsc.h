/*
 * tsc.h: nanoseconds of CLOCK_MONOTONIC from the processor's time stamp counter, which takes half
 * as long to read as the kernel's clock.
 *
 * Each thread learns by itself how the counter runs, from two readings of the kernel's clock, and
 * trusts that for TSC_TRUSTED counts: about a millisecond, so that a clock that is being slewed (by
 * up to 500 ppm) is never missed by a microsecond. Then it reads the kernel's clock again, and
 * where that says something else it reads nothing but that for a second. So what the counter does
 * on another processor, in a machine that was moved or suspended, counts for a millisecond at most.
 *
 * A thread's times never run back. Callable from handlers; never blocks, never allocates.
 *
 * It is for an invariant TSC whose kernel has it as clocksource, as tsc or as kvm-clock: 42 ns for
 * 85, on a busy machine. Whoever forbids himself the counter (PR_SET_TSC) forbids it to libc's
 * clock_gettime too: both clocks are then system calls.
 */
#ifndef SYS_TSC_H
#define SYS_TSC_H

#include <stdbool.h>
#include <stdint.h>

#if defined __x86_64__
#    define TSC_IS_KNOWN 1
static inline uint64_t tsc_count(void)
{
    return __builtin_ia32_rdtsc();
}
#else
#    define TSC_IS_KNOWN 0
static inline uint64_t tsc_count(void)
{
    return 0;
}
#endif

#define TSC_TRUSTED (UINT64_C(1) << 21)

struct tsc_clock {
    uint64_t count, ns; /* at the last reading of the kernel's clock */
    uint64_t trusted;   /* how many counts from there on; 0: not at all */
    uint64_t rate;      /* ns in 2^32 counts; 0: not learnt */
    uint64_t last;      /* the time that was given last */
    uint64_t rests;     /* until then nothing is learnt, in ns */
    uint8_t looks;      /* how often the kernel's clock was read; no more are counted than a few */
    bool busy;          /* it is being set: a handler that comes in between lets it be */
};

extern __thread struct tsc_clock thread_tsc __attribute__((tls_model("initial-exec")));

/* At the begin of a process, and of a forked child, whose kernel's clock may be another one: the
 * calling thread begins with a look at that. */
void tsc_begin(void);

/* Has the counter read, if the processor says that it runs evenly and the kernel's clock is the
 * counter too, which a file tells. Takes effect once, and not after tsc_forgo. */
void tsc_use(void);

/* Whether tsc_use or tsc_forgo has taken effect. By any thread. */
bool tsc_is_decided(void);

/* Not any more: from now on in the calling thread, after a millisecond in all. */
void tsc_forgo(void);

/* By the kernel's clock. */
uint64_t tsc_now_by_kernel(struct tsc_clock *clock);

static inline uint64_t tsc_not_before_last(struct tsc_clock *clock, uint64_t ns)
{
    if (ns > clock->last)
        clock->last = ns;
    return clock->last;
}

/* A handler in the middle of it may have read the kernel's clock: then what was taken from `clock`
 * does not belong together. */
static inline uint64_t tsc_now(void)
{
    struct tsc_clock *clock = &thread_tsc;
    uint64_t trusted = clock->trusted, count = clock->count;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    uint64_t passed = trusted ? tsc_count() - count : 0;
    uint64_t ns = clock->ns + (passed * clock->rate >> 32);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    if (__builtin_expect(passed >= trusted || clock->count != count, 0))
        return tsc_now_by_kernel(clock);
    return tsc_not_before_last(clock, ns);
}

#endif
