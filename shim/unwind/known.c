#include "unwind/known.h"

#include "sys/table.h"
#include "unwind/cache.h"

/*
 * What is known of one return address:
 *
 *     is_start:1  by_frame_pointer:1  mark:12  cfa:22  frame_pointer:14  return_address:14
 *
 * The last three count words: the CFA from the register on, the two places from the CFA on, all of
 * them signed; 0 as the frame pointer's place: it is unchanged.
 */
enum { CFA_BITS = 22, PLACE_BITS = 14 };
enum {
    RETURN_SHIFT = 0,
    FRAME_SHIFT = RETURN_SHIFT + PLACE_BITS,
    CFA_SHIFT = FRAME_SHIFT + PLACE_BITS,
    MARK_SHIFT = CFA_SHIFT + CFA_BITS,
    BY_FRAME_SHIFT = MARK_SHIFT + KNOWN_MARK_BITS,
    START_SHIFT = BY_FRAME_SHIFT + 1,
};
_Static_assert(START_SHIFT == 63, "they fill a word");

/* The key is stored mixed with the word, so that halves of two entries match no key. */
struct entry {
    uint64_t mixed, word;
};

/* Two entries for addresses that fall into one bucket, so that two of one stack do not displace
 * each other in each walk. */
#define BUCKETS_LOG 11
enum { WAYS = 2 };
static TABLE struct bucket {
    struct entry entries[WAYS];
} buckets[1 << BUCKETS_LOG];

/* Addresses of code have 47 bits, or 48. */
static uint64_t key_of(uint64_t pc, unsigned generation)
{
    return pc ^ (uint64_t)generation << 48;
}

static struct bucket *bucket_of(uint64_t key)
{
    return &buckets[key * UINT64_C(0x9e3779b97f4a7c15) >> (64 - BUCKETS_LOG)];
}

static bool has(const struct entry *entry, uint64_t key, uint64_t *word)
{
    *word = __atomic_load_n(&entry->word, __ATOMIC_RELAXED);
    return (__atomic_load_n(&entry->mixed, __ATOMIC_RELAXED) ^ *word) == key;
}

static uint64_t bits_of(uint64_t word, unsigned shift, unsigned count)
{
    return word >> shift & ((UINT64_C(1) << count) - 1);
}

static int64_t signed_of(uint64_t word, unsigned shift, unsigned count)
{
    return (int64_t)(word << (64 - shift - count)) >> (64 - count);
}

/* ---- walking ---- */

static bool read_place(struct known_walk *walk, uint64_t cfa, int64_t place, uint64_t *word)
{
    return memory_read(&walk->memory, cfa + (uint64_t)place * sizeof *word, word);
}

enum known_state known_next(struct known_walk *walk)
{
    if (!walk->pc)
        return KNOWN_START;
    uint64_t key = key_of(walk->pc, walk->generation);
    const struct entry *entries = bucket_of(key)->entries;
    uint64_t word;
    if (!has(&entries[0], key, &word) && !has(&entries[1], key, &word))
        return KNOWN_NOT;
    walk->mark = (unsigned)bits_of(word, MARK_SHIFT, KNOWN_MARK_BITS);
    if (word >> START_SHIFT)
        return KNOWN_START;
    uint64_t base = bits_of(word, BY_FRAME_SHIFT, 1) ? walk->frame_pointer : walk->stack_pointer;
    uint64_t cfa = base + (uint64_t)signed_of(word, CFA_SHIFT, CFA_BITS) * sizeof(uint64_t);
    int64_t frame_place = signed_of(word, FRAME_SHIFT, PLACE_BITS);
    if (cfa <= walk->stack_pointer ||
        !read_place(walk, cfa, signed_of(word, RETURN_SHIFT, PLACE_BITS), &walk->pc) ||
        (frame_place && !read_place(walk, cfa, frame_place, &walk->frame_pointer)))
        return KNOWN_NOT;
    walk->pc = registers_plain_address(walk->pc);
    walk->stack_pointer = cfa;
    return KNOWN_FRAME;
}

/* ---- keeping ---- */

static bool fits(int64_t value, unsigned bits)
{
    return value >= -(INT64_C(1) << (bits - 1)) && value < INT64_C(1) << (bits - 1);
}

static uint64_t put(int64_t value, unsigned shift, unsigned bits)
{
    return ((uint64_t)value & ((UINT64_C(1) << bits) - 1)) << shift;
}

/* Where a register was saved, in words from the CFA on; 0: it was not. */
static int64_t place_of(const struct plain_rule *rule, unsigned column)
{
    for (unsigned i = 0; i < rule->saved_count; i++)
        if (rule->column[i] == column)
            return rule->word[i];
    return 0;
}

static void write_entry(struct entry *entry, uint64_t key, uint64_t word)
{
    __atomic_store_n(&entry->mixed, key ^ word, __ATOMIC_RELAXED);
    __atomic_store_n(&entry->word, word, __ATOMIC_RELAXED);
}

/* Of those in its bucket the one that came first goes. */
static void store(uint64_t pc, unsigned generation, uint64_t word)
{
    uint64_t key = key_of(pc, generation), known;
    struct entry *entries = bucket_of(key)->entries;
    if (has(&entries[1], key, &known)) {
        write_entry(&entries[1], key, word);
        return;
    }
    if (!has(&entries[0], key, &known)) {
        uint64_t mixed = __atomic_load_n(&entries[0].mixed, __ATOMIC_RELAXED);
        write_entry(&entries[1], mixed ^ known, known);
    }
    write_entry(&entries[0], key, word);
}

void known_add_start(uint64_t pc, unsigned generation, unsigned mark)
{
    store(pc, generation, UINT64_C(1) << START_SHIFT | put(mark, MARK_SHIFT, KNOWN_MARK_BITS));
}

void known_add(const struct known_frame *frame, unsigned generation, unsigned mark)
{
    struct plain_rule rule;
    struct module module = frame->module;
    if (!module_contains(&module, frame->pc) && !module_find(&module, frame->pc))
        return;
    if (!cache_find(&rule, &module, frame->pc - !frame->at_instruction))
        return;
    if (rule.is_start) {
        known_add_start(frame->pc, generation, mark);
        return;
    }
    int64_t cfa = rule.cfa_offset / (int64_t)sizeof(uint64_t);
    int64_t return_place = place_of(&rule, rule.return_column);
    int64_t frame_place = place_of(&rule, FRAME_POINTER);
    bool by_frame = rule.cfa_column == FRAME_POINTER;
    if (rule.cfa_offset % (int)sizeof(uint64_t) || !fits(cfa, CFA_BITS) || !return_place ||
        !fits(return_place, PLACE_BITS) || !fits(frame_place, PLACE_BITS) ||
        (!by_frame && rule.cfa_column != STACK_POINTER))
        return;
    store(frame->pc, generation,
          put(by_frame, BY_FRAME_SHIFT, 1) | put(mark, MARK_SHIFT, KNOWN_MARK_BITS) |
              put(cfa, CFA_SHIFT, CFA_BITS) | put(frame_place, FRAME_SHIFT, PLACE_BITS) |
              put(return_place, RETURN_SHIFT, PLACE_BITS));
}
