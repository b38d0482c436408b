/*
 * cfi.h: reads a module's unwind table (.eh_frame_hdr and .eh_frame; DWARF 5, section 6.4, and the
 * Linux Standard Base).
 *
 * Reads nothing but the module. No allocation, no lock; also in a signal handler.
 */
#ifndef UNWIND_CFI_H
#define UNWIND_CFI_H

#include "unwind/bytes.h"
#include "unwind/module.h"
#include "unwind/rule.h"

enum cfi_result {
    CFI_FOUND,
    CFI_NO_TABLE, /* the table has nothing for that address, or there is none */
    CFI_BAD,      /* it breaks the rules, or uses what nobody does */
};

/* Finds the rule for an address of the module's code. */
enum cfi_result cfi_find(struct rule *rule, const struct module *module, uint64_t address);

/* The bytes of an expression that a place of the rule is. */
struct bytes cfi_expression(const struct rule *rule, const struct module *module,
                            struct place place);

#endif
