/*
 * cache.h: the rules of frames that were walked over lately, by address.
 *
 * Most frames are plain: the CFA is a register and a number, registers are saved beside it. Such a
 * rule is small, and is kept for all threads. No lock: a place that is being written is passed by,
 * also in a handler that has interrupted the writer.
 */
#ifndef UNWIND_CACHE_H
#define UNWIND_CACHE_H

#include "unwind/module.h"
#include "unwind/rule.h"

enum { PLAIN_MAX_SAVED = 13 };

struct plain_rule {
    int32_t cfa_offset;
    uint8_t cfa_column;
    uint8_t saved_count;
    bool is_start; /* there is no caller */
    uint8_t return_column;
    uint8_t column[PLAIN_MAX_SAVED + 3];
    int16_t word[PLAIN_MAX_SAVED + 3]; /* from the CFA on, counted in words */
};

/* Makes a plain rule. Returns false where the rule is not of that kind. */
bool cache_simplify(struct plain_rule *plain, const struct rule *rule);

/* Returns false when it is not known. The table must still be there, and the same. */
bool cache_find(struct plain_rule *plain, const struct module *module, uint64_t address);

void cache_add(const struct plain_rule *plain, const struct rule *rule, const struct module *module,
               uint64_t address);

#endif
