/*
 * rule.h: how one frame's caller is found: where its registers were put.
 */
#ifndef UNWIND_RULE_H
#define UNWIND_RULE_H

#include "unwind/registers.h"

#include <stdbool.h>
#include <stdint.h>

/* The CFA (canonical frame address) is the stack pointer before the call. */
enum place_kind {
    PLACE_SAME,       /* the register has not been changed */
    PLACE_UNDEFINED,  /* its value is lost; of the return address: there is no caller */
    PLACE_SAVED,      /* in memory at CFA + number */
    PLACE_CFA,        /* the value is CFA + number */
    PLACE_REGISTER,   /* in the register of that number */
    PLACE_EXPRESSION, /* in memory where an expression says */
    PLACE_VALUE,      /* the value is that of an expression */
};

/* Small, for a walk may stand on a small stack. */
struct place {
    unsigned kind : 3;
    int number : 29; /* of an expression: where it is, from the frame's description on */
};

struct rule {
    const uint8_t *description; /* the frame's, in the table: an FDE */
    int32_t cfa_offset;
    struct place cfa; /* PLACE_REGISTER with cfa_offset, or PLACE_VALUE */
    struct place column[COLUMNS];
    uint8_t return_column;
    bool is_signal; /* a handler's return: the caller was interrupted at any instruction */
};

#endif
