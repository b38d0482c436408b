/*
 * expression.h: computes DWARF expressions of unwind tables (DWARF 5, section 2.5): in entries for
 * procedure linkage, in the kernel's and libc's frames of signals, in hand-written code.
 */
#ifndef UNWIND_EXPRESSION_H
#define UNWIND_EXPRESSION_H

#include "unwind/bytes.h"
#include "unwind/memory.h"
#include "unwind/registers.h"

/*
 * `first`: what the stack of the computation begins with, or NULL. Returns false when the
 * expression breaks the rules, does not end, or reads what cannot be read.
 */
bool expression_compute(uint64_t *result, struct bytes bytes, const struct registers *registers,
                        struct memory *memory, const uint64_t *first);

#endif
