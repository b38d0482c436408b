#include "model/concurrency.h"

void concurrency_change(struct concurrency *concurrency, int change, uint64_t time)
{
    double passed = time - concurrency->since;
    concurrency->area += passed * concurrency->in_flight;
    if (concurrency->in_flight)
        concurrency->busy += passed;
    concurrency->since = time;
    concurrency->in_flight += change;
    if (concurrency->peak < concurrency->in_flight)
        concurrency->peak = concurrency->in_flight;
}

double concurrency_mean(const struct concurrency *concurrency)
{
    return concurrency->busy > 0 ? concurrency->area / concurrency->busy : 0;
}
