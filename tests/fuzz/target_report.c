/* The input is a JSON report, as of a baseline; or two of them with a zero byte in between. */
#include "fuzz.h"
#include "judge.h"

#include <string.h>

static bool load(struct summary *summary, const char *name, const uint8_t *data, size_t size)
{
    struct error error = {""};
    if (!summary_load(summary, fuzz_write(name, data, size), &error))
        return true;
    FUZZ_EXPECT(*error.text && !strchr(error.text, '\n'));
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct summary run, baseline;
    const uint8_t *zero = size ? memchr(data, 0, size) : NULL;
    size_t first = zero ? (size_t)(zero - data) : size;
    if (!load(&run, "run", data, first))
        return 0;
    if (zero && load(&baseline, "baseline", zero + 1, size - first - 1)) {
        judge_run(&run, &baseline);
        summary_finish(&baseline);
    }
    judge_run(&run, &run);
    summary_finish(&run);
    return 0;
}
