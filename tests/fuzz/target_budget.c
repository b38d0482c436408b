/* The input is a budget file. */
#include "check/budget.h"
#include "fuzz.h"

#include <string.h>

static void check(const struct budget *budget)
{
    FUZZ_EXPECT(budget->min_coverage.set && budget->min_coverage.value <= 1);
    FUZZ_EXPECT(budget->tolerance.set && budget->tolerance.value >= 0);
    for (size_t i = 0; i < budget->allowed_count; i++) {
        const struct allowance *allowance = &budget->allowed[i];
        FUZZ_EXPECT(*allowance->call && *allowance->function && *allowance->reason);
        FUZZ_EXPECT(allowance->line > 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct budget budget;
    struct error error = {""};
    if (budget_load(&budget, fuzz_write("budget", data, size), &error)) {
        FUZZ_EXPECT(*error.text && !strchr(error.text, '\n'));
        return 0;
    }
    budget_complete(&budget);
    check(&budget);
    budget_finish(&budget);
    return 0;
}
