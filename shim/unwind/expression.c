#include "unwind/expression.h"

/* Those in use need 4 places and 10 steps. */
enum { DEPTH = 16, MAX_STEPS = 200 };

struct computer {
    struct bytes bytes;
    const uint8_t *begin;
    const struct registers *registers;
    struct memory *memory;
    uint64_t stack[DEPTH];
    unsigned depth;
};

static void push(struct computer *computer, uint64_t value)
{
    if (computer->depth == DEPTH)
        computer->bytes.bad = true;
    else
        computer->stack[computer->depth++] = value;
}

static uint64_t pop(struct computer *computer)
{
    if (computer->depth)
        return computer->stack[--computer->depth];
    computer->bytes.bad = true;
    return 0;
}

/* The `index`-th from the top. */
static uint64_t pick(struct computer *computer, unsigned index)
{
    if (index < computer->depth)
        return computer->stack[computer->depth - 1 - index];
    computer->bytes.bad = true;
    return 0;
}

/* ---- operations ---- */

enum operation {
    OP_addr = 0x03,
    OP_deref = 0x06,
    OP_const1u = 0x08,
    OP_const1s,
    OP_const2u,
    OP_const2s,
    OP_const4u,
    OP_const4s,
    OP_const8u,
    OP_const8s,
    OP_constu,
    OP_consts,
    OP_dup = 0x12,
    OP_drop,
    OP_over,
    OP_pick,
    OP_swap,
    OP_rot,
    OP_abs = 0x19,
    OP_and,
    OP_div,
    OP_minus,
    OP_mod,
    OP_mul,
    OP_neg,
    OP_not,
    OP_or,
    OP_plus,
    OP_plus_uconst,
    OP_shl,
    OP_shr,
    OP_shra,
    OP_xor,
    OP_bra,
    OP_eq,
    OP_ge,
    OP_gt,
    OP_le,
    OP_lt,
    OP_ne,
    OP_skip,
    OP_lit0 = 0x30,
    OP_breg0 = 0x70,
    OP_bregx = 0x92,
    OP_nop = 0x96,
};

static void push_register(struct computer *computer, uint64_t column, int64_t offset)
{
    if (column >= COLUMNS)
        computer->bytes.bad = true;
    else
        push(computer, computer->registers->column[column] + (uint64_t)offset);
}

static void dereference(struct computer *computer)
{
    uint64_t word = 0;
    if (!memory_read(computer->memory, pop(computer), &word))
        computer->bytes.bad = true;
    push(computer, word);
}

static void jump(struct computer *computer, bool taken)
{
    int16_t distance = bytes_s16(&computer->bytes);
    int64_t at = computer->bytes.at - computer->begin + distance;
    if (!taken)
        return;
    if (at < 0 || at > computer->bytes.end - computer->begin)
        computer->bytes.bad = true;
    else
        computer->bytes.at = computer->begin + at;
}

static void rotate(struct computer *computer)
{
    uint64_t first = pop(computer), second = pop(computer), third = pop(computer);
    push(computer, first);
    push(computer, third);
    push(computer, second);
}

static uint64_t shift_right_signed(uint64_t value, uint64_t by)
{
    return (uint64_t)((int64_t)value >> (by < 63 ? by : 63));
}

/* Operations on the top of the stack. */
static bool compute_one(struct computer *computer, uint8_t operation)
{
    int64_t value = (int64_t)pick(computer, 0);
    switch (operation) {
    case OP_abs:
        value = value < 0 ? (int64_t)(0 - (uint64_t)value) : value;
        break;
    case OP_neg:
        value = (int64_t)(0 - (uint64_t)value);
        break;
    case OP_not:
        value = ~value;
        break;
    case OP_plus_uconst:
        value = (int64_t)((uint64_t)value + bytes_uleb(&computer->bytes));
        break;
    default:
        return false;
    }
    pop(computer);
    push(computer, (uint64_t)value);
    return true;
}

static uint64_t compare(uint8_t operation, int64_t left, int64_t right)
{
    switch (operation) {
    case OP_eq:
        return left == right;
    case OP_ge:
        return left >= right;
    case OP_gt:
        return left > right;
    case OP_le:
        return left <= right;
    case OP_lt:
        return left < right;
    default:
        return left != right;
    }
}

/* Operations on the two on top. Division is left out: nobody divides to find a frame. */
static bool combine(uint64_t *result, uint8_t operation, uint64_t left, uint64_t right)
{
    switch (operation) {
    case OP_and:
        *result = left & right;
        return true;
    case OP_minus:
        *result = left - right;
        return true;
    case OP_mul:
        *result = left * right;
        return true;
    case OP_or:
        *result = left | right;
        return true;
    case OP_plus:
        *result = left + right;
        return true;
    case OP_shl:
        *result = right < 64 ? left << right : 0;
        return true;
    case OP_shr:
        *result = right < 64 ? left >> right : 0;
        return true;
    case OP_shra:
        *result = shift_right_signed(left, right);
        return true;
    case OP_xor:
        *result = left ^ right;
        return true;
    default:
        *result = compare(operation, (int64_t)left, (int64_t)right);
        return operation >= OP_eq && operation <= OP_ne;
    }
}

static void compute_two(struct computer *computer, uint8_t operation)
{
    uint64_t right = pop(computer), left = pop(computer), result;
    if (!combine(&result, operation, left, right))
        computer->bytes.bad = true;
    push(computer, result);
}

/* Constants. Returns false where the operation is none. */
static bool push_constant(struct computer *computer, uint8_t operation)
{
    struct bytes *bytes = &computer->bytes;
    uint64_t value;
    switch (operation) {
    case OP_const1u:
        value = bytes_u8(bytes);
        break;
    case OP_const1s:
        value = (uint64_t)bytes_s8(bytes);
        break;
    case OP_const2u:
        value = bytes_u16(bytes);
        break;
    case OP_const2s:
        value = (uint64_t)bytes_s16(bytes);
        break;
    case OP_const4u:
        value = bytes_u32(bytes);
        break;
    case OP_const4s:
        value = (uint64_t)bytes_s32(bytes);
        break;
    case OP_addr:
    case OP_const8u:
    case OP_const8s:
        value = bytes_u64(bytes);
        break;
    case OP_constu:
        value = bytes_uleb(bytes);
        break;
    case OP_consts:
        value = (uint64_t)bytes_sleb(bytes);
        break;
    default:
        return false;
    }
    push(computer, value);
    return true;
}

/* What moves things on the stack, or goes elsewhere. */
static bool rearrange(struct computer *computer, uint8_t operation)
{
    switch (operation) {
    case OP_nop:
        return true;
    case OP_deref:
        dereference(computer);
        return true;
    case OP_dup:
        push(computer, pick(computer, 0));
        return true;
    case OP_drop:
        pop(computer);
        return true;
    case OP_over:
        push(computer, pick(computer, 1));
        return true;
    case OP_pick:
        push(computer, pick(computer, bytes_u8(&computer->bytes)));
        return true;
    case OP_swap: {
        uint64_t first = pop(computer), second = pop(computer);
        push(computer, first);
        push(computer, second);
        return true;
    }
    case OP_rot:
        rotate(computer);
        return true;
    case OP_skip:
        jump(computer, true);
        return true;
    case OP_bra:
        jump(computer, pop(computer) != 0);
        return true;
    default:
        return false;
    }
}

static void step(struct computer *computer)
{
    uint8_t operation = bytes_u8(&computer->bytes);
    if (operation >= OP_lit0 && operation < OP_lit0 + 32)
        push(computer, (uint64_t)operation - OP_lit0);
    else if (operation >= OP_breg0 && operation < OP_breg0 + 32)
        push_register(computer, (uint64_t)operation - OP_breg0, bytes_sleb(&computer->bytes));
    else if (operation == OP_bregx) {
        uint64_t column = bytes_uleb(&computer->bytes);
        push_register(computer, column, bytes_sleb(&computer->bytes));
    } else if (!push_constant(computer, operation) && !rearrange(computer, operation) &&
               !compute_one(computer, operation))
        compute_two(computer, operation);
}

bool expression_compute(uint64_t *result, struct bytes bytes, const struct registers *registers,
                        struct memory *memory, const uint64_t *first)
{
    struct computer computer = {
        .bytes = bytes, .begin = bytes.at, .registers = registers, .memory = memory, .depth = 0};
    if (first)
        push(&computer, *first);
    for (int steps = 0; bytes_left(&computer.bytes) && steps < MAX_STEPS; steps++)
        step(&computer);
    *result = pick(&computer, 0);
    return !bytes_left(&computer.bytes) && !computer.bytes.bad;
}
