/*
 * mutate_words.c: changes a trace word by word, as target_trace.c wants it. Times and descriptors
 * mean something only where others are the same, so words are copied more often than made up.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { WORD = 8 };

/* libFuzzer's own mutation, and its name for a target's. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);

/* A block of words. */
struct block {
    size_t begin, size;
};

static size_t below(unsigned *seed, size_t limit)
{
    return limit ? (size_t)rand_r(seed) % limit : 0;
}

static struct block choose(unsigned *seed, size_t size)
{
    size_t words = size / WORD, begin = below(seed, words);
    size_t most = words - begin < 24 ? words - begin : 24;
    return (struct block){begin * WORD, (1 + below(seed, most)) * WORD};
}

/* Copies a block to the place of another one. */
static size_t overwrite(uint8_t *data, size_t size, unsigned *seed)
{
    struct block from = choose(seed, size);
    size_t to = below(seed, (size - from.size) / WORD + 1) * WORD;
    memmove(data + to, data + from.begin, from.size);
    return size;
}

/* Copies a block to between two words. */
static size_t insert(uint8_t *data, size_t size, size_t max_size, unsigned *seed)
{
    uint8_t copy[24 * WORD];
    struct block from = choose(seed, size);
    size_t to = below(seed, size / WORD + 1) * WORD;
    if (size + from.size > max_size)
        return overwrite(data, size, seed);
    memcpy(copy, data + from.begin, from.size);
    memmove(data + to + from.size, data + to, size - to);
    memcpy(data + to, copy, from.size);
    return size + from.size;
}

static size_t take_away(uint8_t *data, size_t size, unsigned *seed)
{
    struct block block = choose(seed, size);
    size_t end = block.begin + block.size;
    memmove(data + block.begin, data + end, size - end);
    return size - block.size;
}

/* A number of four or eight bytes: an odd one, or another that is near. */
static size_t change_number(uint8_t *data, size_t size, unsigned *seed)
{
    static const uint64_t odd[] = {0,          1,          2,         64,
                                   INT32_MAX,  UINT32_MAX, INT64_MAX, UINT64_MAX - 1,
                                   UINT64_MAX, 1000000,    10000000,  1000000000};
    uint64_t number = 0;
    size_t width = below(seed, 2) ? 4 : 8;
    uint8_t *at = data + below(seed, size / width) * width;
    memcpy(&number, at, width);
    /* Seldom an odd one: with times that are far apart every input takes long. */
    number =
        below(seed, 4) ? number + below(seed, 65) - 32 : odd[below(seed, sizeof odd / sizeof *odd)];
    memcpy(at, &number, width);
    return size;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    if (size < 2 * WORD)
        return LLVMFuzzerMutate(data, size, max_size);
    switch (below(&seed, 8)) {
    case 0:
        return LLVMFuzzerMutate(data, size, max_size);
    case 1:
        return take_away(data, size, &seed);
    case 2:
    case 3:
        return insert(data, size, max_size, &seed);
    case 4:
        return overwrite(data, size, &seed);
    default:
        return change_number(data, size, &seed);
    }
}
