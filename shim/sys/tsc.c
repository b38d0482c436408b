#include "sys/tsc.h"

#include "sys/clock.h"
#include "sys/kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>
#if TSC_IS_KNOWN
#    include <cpuid.h>
#endif

#define LARGEST_ERROR 1000u         /* ns: a clock that differs by more is not trusted */
#define REST          NS_PER_SECOND /* for so long */
#define PROMPT_COUNTS 1000u         /* a reading that takes longer was interrupted */
/* A counter that is slower than 62 MHz or faster than 16 GHz is none. */
#define SMALLEST_RATE (UINT64_C(1) << 28)
#define LARGEST_RATE  (UINT64_C(1) << 36)
#define MOST_AHEAD    (UINT64_C(4) << 20) /* counts for which a time is foretold to compare it */

__thread struct tsc_clock thread_tsc __attribute__((tls_model("initial-exec")));
enum { UNASKED, USED, UNUSED };
static int use; /* atomic; decided once, but for tsc_forgo, which always counts */
static enum { UNKNOWN, EVEN, UNEVEN } counter;

/* ---- whether it may be used ---- */

/* That it runs at the same speed always. */
static bool is_invariant(void)
{
#if TSC_IS_KNOWN
    enum { POWER = 0x80000007u, INVARIANT = 1u << 8 };
    unsigned eax, ebx, ecx, edx;
    return __get_cpuid(POWER, &eax, &ebx, &ecx, &edx) && (edx & INVARIANT);
#else
    return false;
#endif
}

/* A guest's kvm-clock is the counter, with a rate that its host gives. The kernel has found that
 * the counters of all processors agree, else it would use another clock. */
static bool is_kernels_clock(void)
{
    static const char file[] = "/sys/devices/system/clocksource/clocksource0/current_clocksource";
    char name[16] = "";
    int fd = (int)KERNEL(openat, AT_FDCWD, file, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0)
        return false;
    ssize_t size = KERNEL(read, fd, name, sizeof name - 1);
    KERNEL(close, fd);
    return size > 0 && (strcmp(name, "tsc\n") == 0 || strcmp(name, "kvm-clock\n") == 0);
}

/* Looked at once: a program may have the processor's answer taken away from it later. */
void tsc_begin(void)
{
    if (counter == UNKNOWN)
        counter = is_invariant() ? EVEN : UNEVEN;
    thread_tsc.trusted = thread_tsc.looks = 0;
}

bool tsc_is_decided(void)
{
    return __atomic_load_n(&use, __ATOMIC_RELAXED) != UNASKED;
}

/* Another thread may forgo it while the file is read. */
void tsc_use(void)
{
    int saved_errno = errno, unasked = UNASKED;
    tsc_begin();
    if (!tsc_is_decided()) {
        int answer = counter == EVEN && is_kernels_clock() ? USED : UNUSED;
        __atomic_compare_exchange_n(&use, &unasked, answer, false, __ATOMIC_SEQ_CST,
                                    __ATOMIC_SEQ_CST);
    }
    errno = saved_errno;
}

void tsc_forgo(void)
{
    __atomic_store_n(&use, UNUSED, __ATOMIC_SEQ_CST);
    thread_tsc.trusted = 0;
}

/* ---- how it runs ---- */

static uint64_t rate_of(uint64_t counts, uint64_t ns)
{
    while ((counts | ns) >> 32) {
        counts >>= 1;
        ns >>= 1;
    }
    uint64_t rate = counts ? (ns << 32) / counts : 0;
    return rate > SMALLEST_RATE && rate < LARGEST_RATE ? rate : 0;
}

static uint64_t distance(uint64_t one, uint64_t other)
{
    return one > other ? one - other : other - one;
}

/* What it would have said now, and how fast it has run in between. */
static bool was_right(const struct tsc_clock *clock, uint64_t counts, uint64_t ns, uint64_t rate)
{
    if (!clock->rate)
        return true;
    if (distance(rate, clock->rate) > clock->rate >> 10)
        return false;
    return counts > MOST_AHEAD ||
           distance(clock->ns + (counts * clock->rate >> 32), ns) <= LARGEST_ERROR;
}

/* The counter was `count` when the kernel's clock was `ns`. Less than TSC_TRUSTED counts after the
 * last reading the rate would not be exact enough. */
static void learn(struct tsc_clock *clock, uint64_t count, uint64_t ns)
{
    uint64_t counts = count - clock->count;
    bool is_first = !clock->ns || ns <= clock->ns;
    if (!is_first && counts < TSC_TRUSTED)
        return;
    uint64_t rate = is_first ? 0 : rate_of(counts, ns - clock->ns);
    if (!was_right(clock, counts, ns, rate))
        clock->rests = ns + REST;
    clock->rate = ns < clock->rests ? 0 : rate;
    clock->count = count;
    clock->ns = ns;
}

/* A process that does little touches no pages of libc and of the vDSO here. */
static uint64_t ask_kernel(struct tsc_clock *clock)
{
    enum { FEW = 8 };
    if (clock->looks >= FEW)
        return clock_kernel_read(CLOCK_MONOTONIC);
    clock->looks++;
    return clock_by(clock_by_system_call, CLOCK_MONOTONIC);
}

/* What was foretold may have been a little late. A forked child's clock may stand at any time. */
static uint64_t kernels_time(struct tsc_clock *clock)
{
    uint64_t ns = ask_kernel(clock);
    if (clock->last > ns + NS_PER_MS)
        clock->last = ns;
    return ns;
}

/* A handler that leaves by siglongjmp in the middle of this leaves the thread busy: its times are
 * the kernel's from then on. */
uint64_t tsc_now_by_kernel(struct tsc_clock *clock)
{
    if (__atomic_load_n(&use, __ATOMIC_RELAXED) != USED || clock->busy)
        return tsc_not_before_last(clock, kernels_time(clock));
    clock->busy = true;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    clock->trusted = 0;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    uint64_t before = tsc_count();
    uint64_t ns = kernels_time(clock);
    uint64_t took = tsc_count() - before;
    if (took <= PROMPT_COUNTS)
        learn(clock, before + took / 2, ns);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    clock->trusted = clock->rate && took <= PROMPT_COUNTS ? TSC_TRUSTED : 0;
    clock->busy = false;
    return tsc_not_before_last(clock, ns);
}
