/*
 * metadata.h: what the reader takes from the file `metadata` of a trace: that it is one, its format
 * number and the names and roles of the hooked functions. The layout of the records is fixed by
 * greq/trace_format.h for each format number, so the rest of the text is not interpreted.
 */
#ifndef TRACE_METADATA_H
#define TRACE_METADATA_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

struct metadata {
    uint64_t format;
    char **names; /* by the number in trace_call.call; NULL where there is none */
    char **roles; /* what calls of it are (hooks.def); NULL where that is not said */
    size_t name_count;
    size_t name_capacity;
    size_t role_capacity;
};

/*
 * Parses the text of a metadata file, which need not end with a NUL.
 *
 * Returns 0, and the caller releases `metadata` with metadata_finish; or -1 with `error` set (no
 * metadata, a format that this version does not read, malformed), and nothing to release.
 */
int metadata_parse(struct metadata *metadata, const char *text, size_t size, struct error *error);

/* Releases what metadata_parse allocated. */
void metadata_finish(struct metadata *metadata);

#endif
