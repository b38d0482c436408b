#include "trace/batch.h"

#include "base/memory.h"

#include <stdlib.h>

void batch_keep(struct batch *batch, struct chunk *chunk)
{
    batch->over =
        memory_grow(batch->over, batch->over_count, &batch->over_capacity, sizeof *batch->over);
    batch->over[batch->over_count++] = *chunk;
    *chunk = (struct chunk){0};
}

void batch_clear(struct batch *batch)
{
    for (size_t i = 0; i < batch->over_count; i++)
        chunk_close(&batch->over[i]);
    batch->over_count = 0;
    batch->count = 0;
}

void batch_finish(struct batch *batch)
{
    batch_clear(batch);
    free(batch->over);
}
