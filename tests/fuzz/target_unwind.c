/* The input is a module: four bytes say where in its code, the rest is its unwind table. */
#include "fuzz.h"
#include "unwind/cfi.h"
#include "unwind/expression.h"

#include <string.h>

static void compute(const struct rule *rule, const struct module *module, struct place place)
{
    struct registers registers = {{0}, 0};
    struct memory memory;
    uint64_t cfa = (uintptr_t)&registers, value;
    for (unsigned column = 0; column < COLUMNS; column++)
        registers.column[column] = cfa + column * 8;
    memory_begin(&memory, cfa);
    if (place.kind == PLACE_EXPRESSION || place.kind == PLACE_VALUE)
        expression_compute(&value, cfi_expression(rule, module, place), &registers, &memory, &cfa);
}

static void check(const struct rule *rule, const struct module *module)
{
    FUZZ_EXPECT(module_contains(module, (uintptr_t)rule->description));
    FUZZ_EXPECT(rule->return_column < COLUMNS);
    FUZZ_EXPECT(rule->cfa.kind == PLACE_VALUE ||
                (rule->cfa.kind == PLACE_REGISTER && (unsigned)rule->cfa.number < COLUMNS));
    compute(rule, module, rule->cfa);
    for (unsigned column = 0; column < COLUMNS; column++)
        compute(rule, module, rule->column[column]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rule rule;
    int32_t code;
    if (size < sizeof code)
        return 0;
    memcpy(&code, data, sizeof code);
    const uint8_t *table = data + sizeof code;
    struct module module = {table, data + size, table, "", table, data + size};
    if (cfi_find(&rule, &module, (uintptr_t)table + (uint64_t)(int64_t)code) == CFI_FOUND)
        check(&rule, &module);
    return 0;
}
