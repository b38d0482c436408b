#include "unwind/cache.h"

#include "sys/table.h"

#include <string.h>

/*
 * A module may be unloaded, and another be loaded at its address. So the rule is good only while
 * the module's description of the function begins with the same words: its length, where the shared
 * part and the code are, and how long that is.
 */
struct source {
    const uint8_t *table, *description;
    uint64_t words[2];
};

union content {
    struct {
        struct source source;
        struct plain_rule rule;
    };
    uint64_t words[(sizeof(struct source) + sizeof(struct plain_rule) + 7) / 8];
};

/* A sequence lock. Each word of the content is loaded with acquire and stored with release order,
 * so that no look at the version moves across it; a fence would do, but ThreadSanitizer knows none.
 */
struct entry {
    uint32_t version; /* odd while it is written */
    uint32_t unused;
    uint64_t address;
    union content content;
};

enum { CONTENT_WORDS = sizeof(union content) / sizeof(uint64_t) };

static void load(union content *content, const union content *from)
{
    for (size_t i = 0; i < CONTENT_WORDS; i++)
        content->words[i] = __atomic_load_n(&from->words[i], __ATOMIC_ACQUIRE);
}

static void store(union content *content, const union content *from)
{
    for (size_t i = 0; i < CONTENT_WORDS; i++)
        __atomic_store_n(&content->words[i], from->words[i], __ATOMIC_RELEASE);
}

/* Entries are taken one after the other, for a walk at a process's end would meet as many pages as
 * it has frames else, and each twice: where one is read before it is written to. */
#define ENTRIES 1024
static TABLE struct {
    uint16_t number_of[ENTRIES]; /* by the hash: of the entry, from 1; 0: none. Atomic */
    struct entry entries[ENTRIES];
} cache __attribute__((aligned(4096)));
static uint32_t taken; /* atomic */

static uint16_t *place_of(uint64_t address)
{
    return &cache.number_of[(address * UINT64_C(0x9e3779b97f4a7c15)) >> 54];
}
_Static_assert(ENTRIES == 1 << (64 - 54), "the hash counts them");

static struct entry *entry_of(uint64_t address)
{
    if (!__atomic_load_n(&taken, __ATOMIC_RELAXED))
        return NULL;
    uint16_t number = __atomic_load_n(place_of(address), __ATOMIC_RELAXED);
    return number ? &cache.entries[number - 1] : NULL;
}

/* The same, or a fresh one; NULL where others that came to the same place at once have taken the
 * last. */
static struct entry *take_entry(uint64_t address)
{
    struct entry *entry = entry_of(address);
    if (entry || __atomic_load_n(&taken, __ATOMIC_RELAXED) >= ENTRIES)
        return entry;
    uint32_t number = __atomic_add_fetch(&taken, 1, __ATOMIC_RELAXED);
    uint16_t none = 0;
    if (number <= ENTRIES)
        __atomic_compare_exchange_n(place_of(address), &none, (uint16_t)number, false,
                                    __ATOMIC_RELAXED, __ATOMIC_RELAXED);
    return entry_of(address);
}

static void read_words(uint64_t words[2], const uint8_t *description)
{
    memcpy(words, description, 2 * sizeof *words);
}

static bool is_current(const struct source *source, const struct module *module)
{
    uint64_t words[2];
    if (source->table != module->table || source->description < module->tables_begin ||
        source->description + sizeof words > module->tables_end)
        return false;
    read_words(words, source->description);
    return words[0] == source->words[0] && words[1] == source->words[1];
}

bool cache_find(struct plain_rule *plain, const struct module *module, uint64_t address)
{
    const struct entry *entry = entry_of(address);
    uint32_t version = entry ? __atomic_load_n(&entry->version, __ATOMIC_ACQUIRE) : 1;
    if (version & 1 || __atomic_load_n(&entry->address, __ATOMIC_RELAXED) != address)
        return false;
    union content content;
    load(&content, &entry->content);
    *plain = content.rule;
    return __atomic_load_n(&entry->version, __ATOMIC_RELAXED) == version &&
           is_current(&content.source, module);
}

void cache_add(const struct plain_rule *plain, const struct rule *rule, const struct module *module,
               uint64_t address)
{
    if (rule->description + sizeof(uint64_t[2]) > module->tables_end)
        return;
    struct entry *entry = take_entry(address);
    union content content = {.rule = *plain};
    uint32_t version = entry ? __atomic_load_n(&entry->version, __ATOMIC_RELAXED) : 1;
    if (version & 1 || !__atomic_compare_exchange_n(&entry->version, &version, version + 1, false,
                                                    __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
        return;
    content.source.table = module->table;
    content.source.description = rule->description;
    read_words(content.source.words, rule->description);
    __atomic_store_n(&entry->address, address, __ATOMIC_RELEASE);
    store(&entry->content, &content);
    __atomic_store_n(&entry->version, version + 2, __ATOMIC_RELEASE);
}

static bool add_saved(struct plain_rule *plain, unsigned column, int number)
{
    int word = number / (int)sizeof(uint64_t);
    if (number % (int)sizeof(uint64_t) || word != (int16_t)word ||
        plain->saved_count == PLAIN_MAX_SAVED)
        return false;
    plain->column[plain->saved_count] = (uint8_t)column;
    plain->word[plain->saved_count++] = (int16_t)word;
    return true;
}

bool cache_simplify(struct plain_rule *plain, const struct rule *rule)
{
    *plain = (struct plain_rule){
        .cfa_offset = rule->cfa_offset,
        .cfa_column = (uint8_t)rule->cfa.number,
        .is_start = rule->column[rule->return_column].kind == PLACE_UNDEFINED,
        .return_column = rule->return_column,
    };
    if (rule->cfa.kind != PLACE_REGISTER || rule->is_signal ||
        rule->column[STACK_POINTER].kind != PLACE_SAME)
        return false;
    for (unsigned column = 0; column < COLUMNS; column++) {
        struct place place = rule->column[column];
        if (place.kind == PLACE_SAVED && !add_saved(plain, column, place.number))
            return false;
        if (place.kind != PLACE_SAVED && place.kind != PLACE_SAME && place.kind != PLACE_UNDEFINED)
            return false;
    }
    return true;
}
