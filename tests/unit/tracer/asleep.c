/* When a thread ran last, as the kernel has it. */
#include "live/asleep.h"

#include "suite.h"

#include <unistd.h>

START_TEST(when_it_ran_last)
{
    static const struct {
        const char *sched;
        double ms;
    } cases[] = {
        {"sleep (1, #threads: 1)\n---\nse.exec_start      :   1511958.966771\n", 1511958.966771},
        {"sleep (1, #threads: 1)\n---\nse.exec_start      :         0.000000\n",
         -1}, /* forgotten */
        {"sleep (1, #threads: 1)\n---\nse.vruntime        :         1.000000\n", -1},
        {"se.exec_start", -1},
        {"", -1},
    };
    ck_assert_double_eq(asleep_ran_last(cases[_i].sched), cases[_i].ms);
}
END_TEST

START_TEST(a_thread_that_runs_has_not_slept)
{
    struct asleep_clocks clocks;
    cpu_set_t before, after;
    int here = sched_getcpu();
    CPU_ZERO(&before);
    CPU_SET(here, &before);
    ck_assert_int_eq(sched_setaffinity(0, sizeof before, &before), 0);
    asleep_begin(&clocks);
    ck_assert_double_lt(asleep_read(&clocks, getpid(), getpid(), here), 1);
    ck_assert_double_eq(asleep_read(&clocks, getpid(), getpid(), -1), -1);
    ck_assert_double_eq(asleep_read(&clocks, getpid(), getpid(), ASLEEP_CPUS), -1);
    asleep_end(&clocks);
    sched_getaffinity(0, sizeof after, &after);
    ck_assert(CPU_EQUAL(&before, &after));
}
END_TEST

SUITE("tracer: asleep", EACH(when_it_ran_last, 5), ONCE(a_thread_that_runs_has_not_slept))
