/*
 * remote_python.c: from the interpreter's one global to a thread's frames, and from a frame to its
 * line. What is read may be changing or no Python at all: all loops are bounded, and whatever
 * cannot be read ends the walk.
 */
#include "launch/remote_python.h"

#include "launch/remote_memory.h"

#include <elfutils/libdwfl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { THREADS_MAX = 4096, FRAMES_MAX = 64, TEXT_MAX = 512, LINES_MAX = 16384 };

/* Where things are in the structs of CPython 3.11, in bytes. A release does not change that. */
enum {
    VERSION = 0x030b, /* the upper half of Py_Version */
    RUNTIME_INTERPRETERS = 40,
    INTERPRETER_NEXT = 0,
    INTERPRETER_THREADS = 16,
    THREAD_NEXT = 8,
    THREAD_NATIVE_ID = 160,
    THREAD_CFRAME = 56,
    CFRAME_CURRENT = 8,
    FRAME_CODE = 32,
    FRAME_PREVIOUS = 48,
    FRAME_INSTRUCTION = 56,
    CODE_FIRST_LINE = 72,
    CODE_FILE = 112,
    CODE_NAME = 120,
    CODE_LINES = 136,
    CODE_FIRST_TRACEABLE = 168,
    CODE_INSTRUCTIONS = 184,
    TEXT_LENGTH = 16,
    TEXT_STATE = 32,
    TEXT_STATE_ASCII = 0x60, /* compact and of ASCII: the bytes follow */
    TEXT_BYTES = 48,
    BYTES_LENGTH = 16,
    BYTES_BYTES = 32,
};

/* --- words and texts --- */

static int32_t number(pid_t process, uint64_t address)
{
    int32_t value;
    return remote_memory_read(process, address, &value, sizeof value) ? value : 0;
}

/* A str of ASCII alone; of others "?" is all that is said. */
static void put_text(FILE *out, pid_t process, uint64_t text)
{
    char bytes[TEXT_MAX];
    uint64_t length = remote_memory_word(process, text + TEXT_LENGTH);
    uint32_t state = number(process, text + TEXT_STATE);
    if ((state & TEXT_STATE_ASCII) != TEXT_STATE_ASCII || length > sizeof bytes ||
        !remote_memory_read(process, text + TEXT_BYTES, bytes, length)) {
        fputs("?", out);
        return;
    }
    for (size_t i = 0; i < length; i++)
        fputc(bytes[i] >= ' ' && bytes[i] < 127 ? bytes[i] : '?', out);
}

/* --- the line of an instruction: Objects/locations.md of CPython --- */

struct table {
    unsigned char bytes[LINES_MAX];
    size_t length, at;
};

static unsigned read_varint(struct table *table)
{
    unsigned value = 0, shift = 0;
    while (table->at < table->length && shift < 32) {
        unsigned byte = table->bytes[table->at++];
        value |= (byte & 63) << shift;
        shift += 6;
        if (!(byte & 64))
            break;
    }
    return value;
}

static int read_signed_varint(struct table *table)
{
    unsigned value = read_varint(table);
    return value & 1 ? -(int)(value >> 1) : (int)(value >> 1);
}

enum { LOCATION_LINES_0 = 10, LOCATION_LINES_2 = 12, LOCATION_NO_COLUMNS, LOCATION_LONG };

/* Reads an entry. Returns what it adds to the line; all other things are skipped, up to the byte
 * that begins the next entry. */
static int read_line_delta(struct table *table, unsigned code)
{
    int delta = 0;
    if (code >= LOCATION_LINES_0 && code <= LOCATION_LINES_2)
        delta = code - LOCATION_LINES_0;
    else if (code == LOCATION_NO_COLUMNS || code == LOCATION_LONG)
        delta = read_signed_varint(table);
    while (table->at < table->length && !(table->bytes[table->at] & 128))
        table->at++;
    return delta;
}

static int line_of(struct table *table, int first_line, uint64_t instruction)
{
    int line = first_line;
    uint64_t end = 0;
    while (table->at < table->length) {
        unsigned head = table->bytes[table->at++];
        line += read_line_delta(table, head >> 3 & 15);
        end += (head & 7) + 1;
        if (instruction < end)
            return line;
    }
    return 0;
}

static int read_line(pid_t process, uint64_t code, uint64_t instruction)
{
    static struct table table;
    uint64_t lines = remote_memory_word(process, code + CODE_LINES);
    table.length = remote_memory_word(process, lines + BYTES_LENGTH);
    table.at = 0;
    if (table.length > sizeof table.bytes ||
        !remote_memory_read(process, lines + BYTES_BYTES, table.bytes, table.length))
        return 0;
    return line_of(&table, number(process, code + CODE_FIRST_LINE), instruction);
}

/* --- frames --- */

static void put_frame(FILE *out, pid_t process, uint64_t frame)
{
    uint64_t code = remote_memory_word(process, frame + FRAME_CODE);
    uint64_t at = remote_memory_word(process, frame + FRAME_INSTRUCTION);
    uint64_t instruction = (at - code - CODE_INSTRUCTIONS) / 2;
    int32_t first = number(process, code + CODE_FIRST_TRACEABLE);
    if (at < code + CODE_INSTRUCTIONS || first < 0 || instruction < (uint64_t)first)
        return; /* it has not begun */
    put_text(out, process, remote_memory_word(process, code + CODE_FILE));
    fprintf(out, ":%d ", read_line(process, code, instruction));
    put_text(out, process, remote_memory_word(process, code + CODE_NAME));
    fputs("\n", out);
}

char *remote_python_frames(pid_t process, uint64_t frame)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return NULL;
    for (int i = 0; frame && i < FRAMES_MAX; i++) {
        put_frame(out, process, frame);
        frame = remote_memory_word(process, frame + FRAME_PREVIOUS);
    }
    fclose(out);
    return text;
}

static uint64_t innermost_frame(pid_t process, uint64_t thread)
{
    uint64_t cframe = remote_memory_word(process, thread + THREAD_CFRAME);
    return cframe ? remote_memory_word(process, cframe + CFRAME_CURRENT) : 0;
}

/* The interpreter's record of a thread, or 0. */
static uint64_t find_thread(pid_t process, uint64_t runtime, pid_t number)
{
    int looked = 0;
    uint64_t interpreter = remote_memory_word(process, runtime + RUNTIME_INTERPRETERS);
    for (; interpreter && looked < THREADS_MAX;
         interpreter = remote_memory_word(process, interpreter + INTERPRETER_NEXT)) {
        uint64_t thread = remote_memory_word(process, interpreter + INTERPRETER_THREADS);
        for (; thread && looked++ < THREADS_MAX;
             thread = remote_memory_word(process, thread + THREAD_NEXT))
            if (remote_memory_word(process, thread + THREAD_NATIVE_ID) == (uint64_t)number)
                return thread;
    }
    return 0;
}

/* --- where the interpreter is --- */

struct interpreter {
    uint64_t runtime, version; /* addresses; 0: not found */
};

static int find_symbols(Dwfl_Module *module, void **unused, const char *path, Dwarf_Addr base,
                        void *data)
{
    struct interpreter *found = data;
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    (void)unused, (void)base;
    if (strncmp(name, "python3", 7) != 0 && strncmp(name, "libpython3", 10) != 0)
        return DWARF_CB_OK;
    int count = dwfl_module_getsymtab(module);
    for (int i = 0; i < count; i++) {
        GElf_Sym symbol;
        GElf_Addr address;
        const char *text = dwfl_module_getsym_info(module, i, &symbol, &address, NULL, NULL, NULL);
        if (text && !strcmp(text, "_PyRuntime"))
            found->runtime = address;
        if (text && !strcmp(text, "Py_Version"))
            found->version = address;
    }
    return found->runtime ? DWARF_CB_ABORT : DWARF_CB_OK;
}

static int find_no_debuginfo(Dwfl_Module *module, void **data, const char *name, Dwarf_Addr base,
                             const char *file, const char *link, GElf_Word sum, char **found)
{
    (void)module, (void)data, (void)name, (void)base, (void)file, (void)link, (void)sum,
        (void)found;
    return -1;
}

static struct interpreter find_interpreter(pid_t process)
{
    static const Dwfl_Callbacks callbacks = {
        .find_elf = dwfl_linux_proc_find_elf,
        .find_debuginfo = find_no_debuginfo,
    };
    struct interpreter found = {0, 0};
    Dwfl *dwfl = dwfl_begin(&callbacks);
    if (dwfl && !dwfl_linux_proc_report(dwfl, process) && !dwfl_report_end(dwfl, NULL, NULL))
        dwfl_getmodules(dwfl, find_symbols, &found, 0);
    if (dwfl)
        dwfl_end(dwfl);
    return found;
}

/* The address of the runtime, or 0. */
static uint64_t find_runtime(pid_t process)
{
    struct interpreter found = find_interpreter(process);
    bool is_known = found.runtime && remote_memory_word(process, found.version) >> 16 == VERSION;
    return is_known ? found.runtime : 0;
}

char *remote_python_read(pid_t process, pid_t thread)
{
    uint64_t runtime = find_runtime(process);
    uint64_t state = runtime ? find_thread(process, runtime, thread) : 0;
    return state ? remote_python_frames(process, innermost_frame(process, state)) : NULL;
}

uint64_t remote_python_interpreter(pid_t process)
{
    uint64_t runtime = find_runtime(process);
    return runtime ? remote_memory_word(process, runtime + RUNTIME_INTERPRETERS) : 0;
}
