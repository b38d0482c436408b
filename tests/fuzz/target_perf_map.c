/* The input is a map of names that a runtime wrote for perf(1). */
#include "fuzz.h"
#include "symbol/perf_map.h"

#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct perf_map_terms terms = {geteuid(), 0, INT64_MAX};
    struct perf_map *map = perf_map_open(fuzz_write("map", data, size), &terms);
    for (uint64_t address = 0; address < 0x3000; address += 0x80) {
        const char *last = perf_map_find(map, address, false),
                   *only = perf_map_find(map, address, true);
        FUZZ_EXPECT(!last || (*last && !strchr(last, '\n')));
        FUZZ_EXPECT(!only || !strcmp(last, only));
    }
    perf_map_close(map);
    return 0;
}
