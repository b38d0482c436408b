#include "unwind/unwind.h"

#include "unwind/cache.h"
#include "unwind/cfi.h"
#include "unwind/expression.h"
#include "unwind/signal_frame.h"

static bool nowhere(const char *path)
{
    (void)path;
    return false;
}

bool (*unwind_begins_in)(const char *path) = nowhere;

/* ---- the code ---- */

static bool has_module(struct unwind *unwind)
{
    return module_contains(&unwind->module, unwind->pc) || module_find(&unwind->module, unwind->pc);
}

/* A return address may be behind the last instruction of a function that calls one that never
 * returns. */
static uint64_t code_address(const struct unwind *unwind)
{
    return unwind->pc - !unwind->at_instruction;
}

/* ---- one step, by a whole rule ---- */

static bool read_at(struct unwind *unwind, uint64_t address, uint64_t *word)
{
    return memory_read(&unwind->memory, address, word);
}

/* The value that a register has in the caller. */
static bool find_value(struct unwind *unwind, const struct rule *rule, uint64_t cfa,
                       unsigned column, uint64_t *value)
{
    struct place place = rule->column[column];
    uint64_t offset = (uint64_t)(int64_t)place.number;
    *value = unwind->registers.column[column];
    switch ((enum place_kind)place.kind) {
    case PLACE_SAME:
    case PLACE_UNDEFINED:
        return true;
    case PLACE_SAVED:
        return read_at(unwind, cfa + offset, value);
    case PLACE_CFA:
        *value = cfa + offset;
        return true;
    case PLACE_REGISTER:
        if (offset >= COLUMNS)
            return false;
        *value = unwind->registers.column[offset];
        return true;
    case PLACE_EXPRESSION:
    case PLACE_VALUE:
        if (!expression_compute(value, cfi_expression(rule, &unwind->module, place),
                                &unwind->registers, &unwind->memory, &cfa))
            return false;
        return place.kind == PLACE_VALUE || read_at(unwind, *value, value);
    }
    return false;
}

static bool find_cfa(struct unwind *unwind, const struct rule *rule, uint64_t *cfa)
{
    if (rule->cfa.kind == PLACE_VALUE)
        return expression_compute(cfa, cfi_expression(rule, &unwind->module, rule->cfa),
                                  &unwind->registers, &unwind->memory, NULL);
    *cfa = unwind->registers.column[rule->cfa.number] + (uint64_t)(int64_t)rule->cfa_offset;
    return true;
}

static enum unwind_state go(struct unwind *unwind, uint64_t stack_pointer, uint64_t address,
                            bool from_signal)
{
    uint64_t before = unwind->registers.column[STACK_POINTER];
    address = registers_plain_address(address);
    /* A handler may run on another stack. Elsewhere a frame that is not above leads in a circle. */
    if (!from_signal &&
        (stack_pointer < before || (stack_pointer == before && address == unwind->pc)))
        return UNWIND_BAD_STACK;
    unwind->registers.column[STACK_POINTER] = stack_pointer;
    unwind->pc = address;
    unwind->at_instruction = from_signal;
    if (!address)
        return UNWIND_START;
    return has_module(unwind) || signal_frame_is_at(&unwind->memory, address) ? UNWIND_FRAME
                                                                              : UNWIND_NO_MODULE;
}

static enum unwind_state step(struct unwind *unwind, const struct rule *rule)
{
    struct registers caller;
    uint64_t cfa;
    if (rule->column[rule->return_column].kind == PLACE_UNDEFINED)
        return UNWIND_START;
    if (!find_cfa(unwind, rule, &cfa))
        return UNWIND_BAD_STACK;
    for (unsigned column = 0; column < COLUMNS; column++)
        if (!find_value(unwind, rule, cfa, column, &caller.column[column]))
            return UNWIND_BAD_STACK;
    if (rule->column[STACK_POINTER].kind == PLACE_SAME)
        caller.column[STACK_POINTER] = cfa;
    uint64_t stack_pointer = caller.column[STACK_POINTER];
    caller.column[STACK_POINTER] = unwind->registers.column[STACK_POINTER];
    unwind->registers = caller;
    return go(unwind, stack_pointer, caller.column[rule->return_column], rule->is_signal);
}

/* ---- one step, by a plain rule ---- */

static enum unwind_state step_plainly(struct unwind *unwind, const struct plain_rule *plain)
{
    uint64_t *column = unwind->registers.column;
    uint64_t cfa = column[plain->cfa_column] + (uint64_t)(int64_t)plain->cfa_offset;
    if (plain->is_start)
        return UNWIND_START;
    for (unsigned i = 0; i < plain->saved_count; i++)
        if (!read_at(unwind, cfa + (uint64_t)((int64_t)plain->word[i] * 8),
                     &column[plain->column[i]]))
            return UNWIND_BAD_STACK;
    return go(unwind, cfa, column[plain->return_column], false);
}

/* ---- one step, without a table ---- */

static enum unwind_state leave_handler(struct unwind *unwind, enum unwind_state otherwise)
{
    struct registers caller;
    if (!signal_frame_is_at(&unwind->memory, unwind->pc))
        return otherwise;
    if (!signal_frame_read(&unwind->memory, unwind->registers.column[STACK_POINTER], &caller))
        return UNWIND_BAD_STACK;
    unwind->registers = caller;
    return go(unwind, caller.column[STACK_POINTER], caller.pc, true);
}

/* ---- the way in ---- */

static enum unwind_state step_by_table(struct unwind *unwind, uint64_t address)
{
    struct rule rule;
    struct plain_rule plain;
    switch (cfi_find(&rule, &unwind->module, address)) {
    case CFI_NO_TABLE:
        return leave_handler(unwind, UNWIND_NO_TABLE);
    case CFI_BAD:
        return UNWIND_BAD_TABLE;
    case CFI_FOUND:
        break;
    }
    if (!cache_simplify(&plain, &rule))
        return step(unwind, &rule);
    cache_add(&plain, &rule, &unwind->module, address);
    return step_plainly(unwind, &plain);
}

enum unwind_state unwind_next(struct unwind *unwind)
{
    struct plain_rule plain;
    if (!has_module(unwind)) /* the first step */
        return leave_handler(unwind, UNWIND_NO_MODULE);
    uint64_t address = code_address(unwind);
    if (cache_find(&plain, &unwind->module, address))
        return step_plainly(unwind, &plain);
    return step_by_table(unwind, address);
}
