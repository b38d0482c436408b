#include "sys/fault.h"

#include "sys/kernel.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>

enum { MAX_ERRORS = 6, CUT = FAULT_CUT };

static const int errors_of[OWN_CALLS][MAX_ERRORS] = {
#define OWN(name, ...) [OWN_##name] = {__VA_ARGS__},
#include "sys/kernel.def"
};

static struct fault_order nothing; /* stands for: no order was given */
static struct fault_order *order;

/* What is done for the order itself never fails by it. */
static struct fault_order *read_order(void)
{
    const char *path = getenv("GREQ_FAULT");
    long fd =
        path ? kernel_call(SYS_openat, AT_FDCWD, (long)path, O_RDWR | O_CLOEXEC, 0, 0, 0) : -1;
    if (fd < 0)
        return &nothing;
    void *mapping = mmap(NULL, sizeof *order, PROT_READ | PROT_WRITE, MAP_SHARED, (int)fd, 0);
    kernel_call(SYS_close, fd, 0, 0, 0, 0, 0);
    return mapping == MAP_FAILED ? &nothing : mapping;
}

/* Two threads that come first both read it: the file is the same. */
static struct fault_order *order_now(void)
{
    struct fault_order *now = __atomic_load_n(&order, __ATOMIC_ACQUIRE);
    if (now)
        return now;
    int saved_errno = errno;
    now = read_order();
    errno = saved_errno;
    __atomic_store_n(&order, now, __ATOMIC_RELEASE);
    return now;
}

static bool can_fail_by(enum own_call call, int error)
{
    for (int i = 0; i < MAX_ERRORS; i++)
        if (errors_of[call][i] == error)
            return true;
    return false;
}

/* The error by which the call is to fail now, or 0. */
static int fault_of(enum own_call call)
{
    struct fault_order *now = order_now();
    if (!now->error || !can_fail_by(call, now->error))
        return 0;
    uint32_t seen = __atomic_add_fetch(&now->seen, 1, __ATOMIC_RELAXED);
    return seen >= now->first && seen <= now->last ? now->error : 0;
}

bool own_call_fails(enum own_call call)
{
    int error = fault_of(call);
    if (error)
        errno = error;
    return error != 0;
}

long own_kernel_call(enum own_call call, long number, long a, long b, long c, long d, long e,
                     long f)
{
    int error = fault_of(call);
    if (error == CUT)
        c = (c + 1) / 2; /* the size, of all that can be cut */
    if (!error || error == CUT)
        return kernel_call(number, a, b, c, d, e, f);
    errno = error;
    return -1;
}
