/* Since when threads sleep, as the kernel has it, and greenlets, as looks have it. */
#include "live/asleep.h"
#include "live/greenlets.h"
#include "live/thread.h"

#include "suite.h"

#include <stdlib.h>
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

START_TEST(a_field_is_found_behind_any_name)
{
    static const char stat[] = "7 (a) 1 2) (b)) S 1 44";
    ck_assert_str_eq(live_thread_field(stat, 3), "S 1 44");
    ck_assert_str_eq(live_thread_field(stat, 5), "44");
    ck_assert_ptr_null(live_thread_field(stat, 6));
    ck_assert_ptr_null(live_thread_field("", 3));
}
END_TEST

START_TEST(a_greenlet_that_is_gone_is_forgotten)
{
    struct live_greenlets greenlets = {0};
    map_put(&greenlets.seen, 0x1000, calloc(1, 64));
    live_greenlets_look(&greenlets, getpid(), 1); /* which has none */
    ck_assert_uint_eq(greenlets.last.count, 0);
    ck_assert_uint_eq(greenlets.seen.count, 0);
    live_greenlets_finish(&greenlets);
}
END_TEST

SUITE("tracer: asleep", EACH(when_it_ran_last, 5), ONCE(a_thread_that_runs_has_not_slept),
      ONCE(a_field_is_found_behind_any_name), ONCE(a_greenlet_that_is_gone_is_forgotten))
