/*
 * cpython.h: where things are in the structs of CPython 3.11, and how its tables of lines are read.
 * Both the shim, where a thread's own lock is not to be had, and the tracer, from another process,
 * read frames by it. A release (3.11.x) does not change that; another one (3.12) does.
 */
#ifndef GREQ_CPYTHON_H
#define GREQ_CPYTHON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CPYTHON_MINOR 11

/* In bytes. */
enum {
    CPYTHON_RUNTIME_INTERPRETERS = 40,
    CPYTHON_INTERPRETER_NEXT = 0,
    CPYTHON_INTERPRETER_THREADS = 16,
    CPYTHON_THREAD_NEXT = 8,
    CPYTHON_THREAD_NATIVE_ID = 160,
    CPYTHON_THREAD_CFRAME = 56,
    CPYTHON_CFRAME_CURRENT = 8,
    CPYTHON_FRAME_CODE = 32,
    CPYTHON_FRAME_PREVIOUS = 48,
    CPYTHON_FRAME_INSTRUCTION = 56,
    CPYTHON_CODE_FIRST_LINE = 72,
    CPYTHON_CODE_FILE = 112,
    CPYTHON_CODE_NAME = 120,
    CPYTHON_CODE_LINES = 136,
    CPYTHON_CODE_FIRST_TRACEABLE = 168,
    CPYTHON_CODE_INSTRUCTIONS = 184,
    CPYTHON_TEXT_LENGTH = 16,
    CPYTHON_TEXT_STATE = 32,
    CPYTHON_TEXT_STATE_ASCII = 0x60, /* compact and of ASCII: the bytes follow */
    CPYTHON_TEXT_BYTES = 48,
    CPYTHON_BYTES_LENGTH = 16,
    CPYTHON_BYTES_BYTES = 32,
};

/* --- frames and texts, by whichever way their memory is read --- */

/* Reads a process's memory, as far as it can be read: returns whether all of it was. */
typedef bool cpython_reader(int process, uint64_t address, void *to, size_t size);

/* Where a frame is in its code. */
struct cpython_place {
    uint64_t code;
    uint64_t instruction; /* its number */
    bool has_begun;       /* else the function has been called, and nothing of it has run */
};

/* Returns false where the memory cannot be read, or has no code. */
static inline __attribute__((always_inline)) bool
cpython_find(struct cpython_place *place, cpython_reader *read, int process, uint64_t frame)
{
    uint64_t at;
    int32_t first;
    if (!read(process, frame + CPYTHON_FRAME_CODE, &place->code, sizeof place->code) ||
        !read(process, frame + CPYTHON_FRAME_INSTRUCTION, &at, sizeof at) ||
        !read(process, place->code + CPYTHON_CODE_FIRST_TRACEABLE, &first, sizeof first) ||
        first < 0)
        return false;
    place->instruction = (at - place->code - CPYTHON_CODE_INSTRUCTIONS) / 2;
    place->has_begun =
        at >= place->code + CPYTHON_CODE_INSTRUCTIONS && place->instruction >= (uint64_t)first;
    return true;
}

/* Reads a str of ASCII, and ends it with a NUL. Returns its length; 0: it is another one, empty, or
 * has no room in `size` bytes. */
static inline __attribute__((always_inline)) size_t
cpython_text(char *bytes, size_t size, cpython_reader *read, int process, uint64_t text)
{
    uint64_t length;
    uint32_t state;
    if (!read(process, text + CPYTHON_TEXT_LENGTH, &length, sizeof length) ||
        !read(process, text + CPYTHON_TEXT_STATE, &state, sizeof state) ||
        (state & CPYTHON_TEXT_STATE_ASCII) != CPYTHON_TEXT_STATE_ASCII || length >= size ||
        !read(process, text + CPYTHON_TEXT_BYTES, bytes, length))
        return 0;
    bytes[length] = '\0';
    return length;
}

/* --- the line of an instruction: Objects/locations.md of CPython --- */

struct cpython_lines {
    const unsigned char *bytes;
    size_t length, at;
};

enum { CPYTHON_LINES_0 = 10, CPYTHON_LINES_2 = 12, CPYTHON_NO_COLUMNS, CPYTHON_LONG };

static inline unsigned cpython_varint(struct cpython_lines *lines)
{
    unsigned value = 0, shift = 0;
    while (lines->at < lines->length && shift < 32) {
        unsigned byte = lines->bytes[lines->at++];
        value |= (byte & 63) << shift;
        shift += 6;
        if (!(byte & 64))
            break;
    }
    return value;
}

static inline int cpython_signed_varint(struct cpython_lines *lines)
{
    unsigned value = cpython_varint(lines);
    return value & 1 ? -(int)(value >> 1) : (int)(value >> 1);
}

/* Reads an entry. Returns what it adds to the line; all other things are skipped, up to the byte
 * that begins the next entry. */
static inline int cpython_line_delta(struct cpython_lines *lines, unsigned code)
{
    int delta = 0;
    if (code >= CPYTHON_LINES_0 && code <= CPYTHON_LINES_2)
        delta = (int)code - CPYTHON_LINES_0;
    else if (code == CPYTHON_NO_COLUMNS || code == CPYTHON_LONG)
        delta = cpython_signed_varint(lines);
    while (lines->at < lines->length && !(lines->bytes[lines->at] & 128))
        lines->at++;
    return delta;
}

/* Of the instruction with that number; `first_line` is the code's. Returns 0 if the table has
 * none. */
static inline int cpython_line(const unsigned char *bytes, size_t length, int first_line,
                               uint64_t instruction)
{
    struct cpython_lines lines = {bytes, length, 0};
    int line = first_line;
    uint64_t end = 0;
    while (lines.at < lines.length) {
        unsigned head = lines.bytes[lines.at++];
        line += cpython_line_delta(&lines, head >> 3 & 15);
        end += (head & 7) + 1;
        if (instruction < end)
            return line;
    }
    return 0;
}

#endif
