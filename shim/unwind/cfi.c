/*
 * In this file: the search for the frame's description (FDE) in the sorted table; what the FDE and
 * the description that it shares with others (CIE) say about themselves; and the program that both
 * are for, instructions that tell how the frame changes from one instruction of the code to the
 * next. It is run from the function's begin up to the address.
 */
#include "unwind/cfi.h"

/* ---- the table ---- */

/* .eh_frame_hdr: after its header pairs of code and description, relative to itself, sorted. */
struct pair {
    int32_t code, description;
};
enum { TABLE_VERSION = 1, PAIR_ENCODING = 0x3b /* relative to data, four bytes with a sign */ };

struct pairs {
    const uint8_t *base, *first;
    uint64_t count;
};

static struct bytes bytes_from(const struct module *module, const uint8_t *at)
{
    bool inside = module_may_have_table(module, at);
    return (struct bytes){inside ? at : module->tables_end, module->tables_end, !inside};
}

static bool open_table(struct pairs *pairs, const struct module *module)
{
    struct bytes bytes = bytes_from(module, module->table);
    uint8_t version = bytes_u8(&bytes), frame_encoding = bytes_u8(&bytes);
    uint8_t count_encoding = bytes_u8(&bytes), encoding = bytes_u8(&bytes);
    uint64_t base = (uintptr_t)module->table;
    bytes_encoded(&bytes, frame_encoding, base);
    pairs->count = bytes_encoded(&bytes, count_encoding, base);
    pairs->base = module->table;
    pairs->first = bytes.at;
    return !bytes.bad && version == TABLE_VERSION && encoding == PAIR_ENCODING &&
           pairs->count <= (uint64_t)(bytes.end - bytes.at) / sizeof(struct pair);
}

static struct pair pair_at(const struct pairs *pairs, uint64_t index)
{
    struct pair pair;
    memcpy(&pair, pairs->first + index * sizeof pair, sizeof pair);
    return pair;
}

/* The description of the last function that begins at or before `address`, or NULL. */
static const uint8_t *search(const struct pairs *pairs, uint64_t address)
{
    int64_t wanted = (int64_t)(address - (uintptr_t)pairs->base);
    uint64_t first = 0, end = pairs->count;
    while (first < end) {
        uint64_t middle = first + (end - first) / 2;
        if (pair_at(pairs, middle).code <= wanted)
            first = middle + 1;
        else
            end = middle;
    }
    return first ? pairs->base + pair_at(pairs, first - 1).description : NULL;
}

/* ---- descriptions ---- */

struct description {
    struct bytes cie, fde; /* the instructions of each */
    uint64_t code_begin, code_size;
    uint64_t code_unit;
    int64_t data_unit;
    uint8_t encoding; /* of addresses */
    bool is_signal;
};

/* Bytes of one entry, after its length. */
static struct bytes open_entry(const struct module *module, const uint8_t *at)
{
    struct bytes bytes = bytes_from(module, at);
    uint64_t length = bytes_u32(&bytes);
    if (length == UINT32_MAX)
        length = bytes_u64(&bytes);
    if (bytes.bad || length > (uint64_t)(bytes.end - bytes.at))
        bytes.bad = true;
    else
        bytes.end = bytes.at + length;
    return bytes;
}

/* The letters say what the augmentation data are, in their order. */
static void read_augmentation(struct description *description, struct bytes data,
                              const char *letters)
{
    for (; *letters; letters++) {
        if (*letters == 'R')
            description->encoding = bytes_u8(&data);
        else if (*letters == 'L')
            bytes_u8(&data);
        else if (*letters == 'P')
            bytes_encoded(&data, bytes_u8(&data) & 0x7f, 0);
        else if (*letters == 'S')
            description->is_signal = true;
    }
}

/* Returns false where the CIE is of a kind that has not been made for decades. */
static bool read_cie(struct description *description, struct rule *rule, struct bytes bytes)
{
    uint32_t id = bytes_u32(&bytes);
    uint8_t version = bytes_u8(&bytes);
    const char *letters = (const char *)bytes.at;
    while (bytes_u8(&bytes))
        ;
    if (id != 0 || (version != 1 && version != 3) || bytes.bad || (*letters && *letters != 'z'))
        return false;
    description->code_unit = bytes_uleb(&bytes);
    description->data_unit = bytes_sleb(&bytes);
    uint64_t column = version == 1 ? bytes_u8(&bytes) : bytes_uleb(&bytes);
    if (column >= COLUMNS)
        return false;
    rule->return_column = (uint8_t)column;
    if (*letters) {
        uint64_t size = bytes_uleb(&bytes);
        struct bytes data = bytes;
        bytes_skip(&bytes, size);
        data.end = bytes.at;
        read_augmentation(description, data, letters + 1);
    }
    rule->is_signal = description->is_signal;
    description->cie = bytes;
    return !bytes.bad;
}

static bool read_descriptions(struct description *description, struct rule *rule,
                              const struct module *module)
{
    struct bytes bytes = open_entry(module, rule->description);
    const uint8_t *here = bytes.at;
    uint32_t distance = bytes_u32(&bytes);
    if (bytes.bad || distance == 0 || distance > (uint64_t)(here - module->tables_begin))
        return false;
    *description = (struct description){0};
    if (!read_cie(description, rule, open_entry(module, here - distance)))
        return false;
    description->code_begin = bytes_encoded(&bytes, description->encoding, 0);
    description->code_size = bytes_encoded(&bytes, description->encoding & 0x0f, 0);
    bytes_skip(&bytes, bytes_uleb(&bytes)); /* augmentation data: where exceptions land */
    description->fde = bytes;
    return !bytes.bad;
}

/* ---- instructions ---- */

enum instruction {
    /* with a number in the lower six bits */
    CFA_advance = 0x40,
    CFA_offset = 0x80,
    CFA_restore = 0xc0,
    CFA_with_number = 0xc0,
    /* others */
    CFA_nop = 0x00,
    CFA_set_address = 0x01,
    CFA_advance1 = 0x02,
    CFA_advance2 = 0x03,
    CFA_advance4 = 0x04,
    CFA_offset_extended = 0x05,
    CFA_restore_extended = 0x06,
    CFA_undefined = 0x07,
    CFA_same = 0x08,
    CFA_register = 0x09,
    CFA_remember = 0x0a,
    CFA_restore_state = 0x0b,
    CFA_define = 0x0c,
    CFA_define_register = 0x0d,
    CFA_define_offset = 0x0e,
    CFA_define_expression = 0x0f,
    CFA_expression = 0x10,
    CFA_offset_extended_signed = 0x11,
    CFA_define_signed = 0x12,
    CFA_define_offset_signed = 0x13,
    CFA_value_offset = 0x14,
    CFA_value_offset_signed = 0x15,
    CFA_value_expression = 0x16,
    CFA_gnu_window = 0x2d, /* on AArch64: return addresses are signed from here on, or no longer */
    CFA_gnu_arguments = 0x2e,
    CFA_gnu_negative_offset = 0x2f,
};

/* Compilers remember one state, assembly two. */
#define MAX_REMEMBERED 3

struct state {
    int32_t cfa_offset;
    struct place cfa;
    struct place column[COLUMNS];
};

struct machine {
    struct rule *rule;
    const struct description *description;
    uint64_t location; /* from the begin of the code on */
    struct bytes bytes;
    struct state initial; /* as the CIE leaves it */
    struct state remembered[MAX_REMEMBERED];
    unsigned remembered_count;
};

static void save(struct state *state, const struct rule *rule)
{
    state->cfa_offset = rule->cfa_offset;
    state->cfa = rule->cfa;
    memcpy(state->column, rule->column, sizeof state->column);
}

static void load(struct rule *rule, const struct state *state)
{
    rule->cfa_offset = state->cfa_offset;
    rule->cfa = state->cfa;
    memcpy(rule->column, state->column, sizeof rule->column);
}

static struct place make_place(struct machine *machine, enum place_kind kind, int64_t number)
{
    struct place place = {kind, (int)((uint32_t)number << 3) >> 3};
    if (place.number != number)
        machine->bytes.bad = true;
    return place;
}

/* Vector registers and the like have columns of their own, which nobody here asks for. */
static void put(struct machine *machine, uint64_t column, struct place place)
{
    if (column < COLUMNS)
        machine->rule->column[column] = place;
}

static void put_saved(struct machine *machine, uint64_t column, enum place_kind kind, int64_t units)
{
    int64_t offset;
    if (__builtin_mul_overflow(units, machine->description->data_unit, &offset))
        machine->bytes.bad = true;
    else
        put(machine, column, make_place(machine, kind, offset));
}

static void restore(struct machine *machine, uint64_t column)
{
    if (column < COLUMNS)
        machine->rule->column[column] = machine->initial.column[column];
}

static void define_offset(struct machine *machine, int64_t offset)
{
    machine->rule->cfa_offset = (int32_t)offset;
    if (machine->rule->cfa_offset != offset)
        machine->bytes.bad = true;
}

static void define_register(struct machine *machine, uint64_t column)
{
    if (column >= COLUMNS)
        machine->bytes.bad = true;
    else
        machine->rule->cfa = (struct place){PLACE_REGISTER, (int)column};
}

static void define(struct machine *machine, uint64_t column, int64_t offset)
{
    define_register(machine, column);
    define_offset(machine, offset);
}

static int64_t signed_offset(struct machine *machine)
{
    int64_t offset;
    if (__builtin_mul_overflow(bytes_sleb(&machine->bytes), machine->description->data_unit,
                               &offset))
        machine->bytes.bad = true;
    return offset;
}

/* A length and the expression. */
static struct place read_expression(struct machine *machine, enum place_kind kind)
{
    int64_t where = machine->bytes.at - machine->rule->description;
    bytes_skip(&machine->bytes, bytes_uleb(&machine->bytes));
    return make_place(machine, kind, where);
}

static void remember(struct machine *machine)
{
    if (machine->remembered_count == MAX_REMEMBERED)
        machine->bytes.bad = true;
    else
        save(&machine->remembered[machine->remembered_count++], machine->rule);
}

static void restore_state(struct machine *machine)
{
    if (!machine->remembered_count)
        machine->bytes.bad = true;
    else
        load(machine->rule, &machine->remembered[--machine->remembered_count]);
}

static void advance(struct machine *machine, uint64_t units)
{
    machine->location += units * machine->description->code_unit;
}

/* An instruction whose operands are two numbers or one. */
static void run_with_column(struct machine *machine, uint8_t instruction)
{
    struct bytes *bytes = &machine->bytes;
    uint64_t column = bytes_uleb(bytes);
    switch (instruction) {
    case CFA_offset_extended:
        return put_saved(machine, column, PLACE_SAVED, (int64_t)bytes_uleb(bytes));
    case CFA_offset_extended_signed:
        return put_saved(machine, column, PLACE_SAVED, bytes_sleb(bytes));
    case CFA_gnu_negative_offset:
        return put_saved(machine, column, PLACE_SAVED, (int64_t)(0 - bytes_uleb(bytes)));
    case CFA_value_offset:
        return put_saved(machine, column, PLACE_CFA, (int64_t)bytes_uleb(bytes));
    case CFA_value_offset_signed:
        return put_saved(machine, column, PLACE_CFA, bytes_sleb(bytes));
    case CFA_restore_extended:
        return restore(machine, column);
    case CFA_undefined:
        return put(machine, column, (struct place){PLACE_UNDEFINED, 0});
    case CFA_same:
        return put(machine, column, (struct place){PLACE_SAME, 0});
    case CFA_register:
        return put(machine, column,
                   make_place(machine, PLACE_REGISTER, (int64_t)bytes_uleb(bytes)));
    case CFA_expression:
        return put(machine, column, read_expression(machine, PLACE_EXPRESSION));
    case CFA_value_expression:
        return put(machine, column, read_expression(machine, PLACE_VALUE));
    case CFA_define:
        return define(machine, column, (int64_t)bytes_uleb(bytes));
    case CFA_define_signed:
        return define(machine, column, signed_offset(machine));
    case CFA_define_register:
        return define_register(machine, column);
    default:
        bytes->bad = true;
    }
}

static void run_other(struct machine *machine, uint8_t instruction)
{
    struct bytes *bytes = &machine->bytes;
    switch (instruction) {
    case CFA_nop:
    case CFA_gnu_window:
        return;
    case CFA_set_address:
        machine->location = bytes_encoded(bytes, machine->description->encoding, 0) -
                            machine->description->code_begin;
        return;
    case CFA_advance1:
        return advance(machine, bytes_u8(bytes));
    case CFA_advance2:
        return advance(machine, bytes_u16(bytes));
    case CFA_advance4:
        return advance(machine, bytes_u32(bytes));
    case CFA_remember:
        return remember(machine);
    case CFA_restore_state:
        return restore_state(machine);
    case CFA_define_offset:
        return define_offset(machine, (int64_t)bytes_uleb(bytes));
    case CFA_define_offset_signed:
        return define_offset(machine, signed_offset(machine));
    case CFA_define_expression:
        machine->rule->cfa = read_expression(machine, PLACE_VALUE);
        return;
    case CFA_gnu_arguments:
        bytes_uleb(bytes);
        return;
    default:
        run_with_column(machine, instruction);
    }
}

static void run_one(struct machine *machine)
{
    uint8_t byte = bytes_u8(&machine->bytes), number = byte & 0x3f;
    switch (byte & CFA_with_number) {
    case CFA_advance:
        return advance(machine, number);
    case CFA_offset:
        return put_saved(machine, number, PLACE_SAVED, (int64_t)bytes_uleb(&machine->bytes));
    case CFA_restore:
        return restore(machine, number);
    default:
        return run_other(machine, byte);
    }
}

/* Runs instructions up to the one that is for code behind `until`. Returns whether all is well. */
static bool run(struct machine *machine, struct bytes bytes, uint64_t until)
{
    machine->bytes = bytes;
    machine->location = 0;
    while (bytes_left(&machine->bytes)) {
        run_one(machine);
        if (machine->location > until)
            break;
    }
    return !machine->bytes.bad;
}

/* ---- the way in ---- */

static bool run_programs(struct rule *rule, const struct description *description, uint64_t address)
{
    struct machine machine;
    machine.rule = rule;
    machine.description = description;
    machine.remembered_count = 0;
    if (!run(&machine, description->cie, UINT64_MAX))
        return false;
    save(&machine.initial, rule);
    return run(&machine, description->fde, address - description->code_begin);
}

enum cfi_result cfi_find(struct rule *rule, const struct module *module, uint64_t address)
{
    struct pairs pairs;
    struct description description;
    if (!module->table)
        return CFI_NO_TABLE;
    if (!open_table(&pairs, module))
        return CFI_BAD;
    memset(rule, 0, sizeof *rule);
    rule->description = search(&pairs, address);
    if (!rule->description)
        return CFI_NO_TABLE;
    if (!read_descriptions(&description, rule, module))
        return CFI_BAD;
    if (address - description.code_begin >= description.code_size)
        return CFI_NO_TABLE;
    if (!run_programs(rule, &description, address) || rule->cfa.kind == PLACE_SAME)
        return CFI_BAD;
    return CFI_FOUND;
}

struct bytes cfi_expression(const struct rule *rule, const struct module *module,
                            struct place place)
{
    struct bytes bytes = bytes_from(module, rule->description + place.number);
    uint64_t size = bytes_uleb(&bytes);
    if (bytes.bad || size > (uint64_t)(bytes.end - bytes.at))
        bytes.bad = true;
    else
        bytes.end = bytes.at + size;
    return bytes;
}
