/* The input is the text of a metadata file. */
#include "fuzz.h"
#include "trace/metadata.h"

#include <string.h>

static void check(const struct metadata *metadata)
{
    for (size_t i = 0; i < metadata->name_count; i++)
        FUZZ_EXPECT(!metadata->names[i] || *metadata->names[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct metadata metadata;
    struct error error = {""};
    if (metadata_parse(&metadata, (const char *)data, size, &error)) {
        FUZZ_EXPECT(*error.text && !strchr(error.text, '\n'));
        return 0;
    }
    check(&metadata);
    metadata_finish(&metadata);
    return 0;
}
