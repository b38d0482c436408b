/*
 * Each thing is asked for before it is read (sys/readable.h), and all walks are bounded: what is
 * wrong ends the walk and not the program.
 */
#include "python/frames.h"

#include "python/python.h"

#include "greq/cpython.h"
#include "sys/check.h"
#include "sys/readable.h"
#include "sys/text.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { FRAMES_MAX = 64, NAME_MAX_LENGTH = 400, LINES_MAX = 65536, COMPARED_MAX = 4 };

/* Guarded by the interpreter's lock, but for who reads whether it is. */
static bool is_same;      /* as the interpreter's own */
static unsigned compared; /* so often without being so */

/* --- words and texts --- */

static bool load(int own, uint64_t address, void *value, size_t size)
{
    (void)own;
    bool can = address && readable((const void *)(uintptr_t)address, size);
    if (can)
        memcpy(value, (const void *)(uintptr_t)address, size);
    return can;
}

/* Or 0, which is no address. */
static uint64_t word(uint64_t address)
{
    uint64_t value;
    return load(0, address, &value, sizeof value) ? value : 0;
}

static int32_t number(uint64_t address)
{
    int32_t value;
    return load(0, address, &value, sizeof value) ? value : -1;
}

/* A str of ASCII alone. Of others nothing is said. */
static bool add_text(struct text *line, uint64_t text)
{
    char bytes[NAME_MAX_LENGTH + 1];
    size_t length = cpython_text(bytes, sizeof bytes, load, 0, text);
    if (!length || strlen(bytes) != length || strchr(bytes, '\n'))
        return false;
    text_add(line, bytes);
    return true;
}

/* --- frames --- */

static int line_of(uint64_t code, uint64_t instruction)
{
    uint64_t lines = word(code + CPYTHON_CODE_LINES);
    uint64_t length = word(lines + CPYTHON_BYTES_LENGTH);
    const unsigned char *bytes = (const void *)(uintptr_t)(lines + CPYTHON_BYTES_BYTES);
    if (!lines || !length || length > LINES_MAX || !readable(bytes, length))
        return 0;
    return cpython_line(bytes, length, number(code + CPYTHON_CODE_FIRST_LINE), instruction);
}

enum step { STEP_WRITTEN, STEP_SKIPPED, STEP_FAILED };

static enum step write_frame(struct text *line, uint64_t frame)
{
    struct cpython_place place;
    if (!cpython_find(&place, load, 0, frame))
        return STEP_FAILED;
    if (!place.has_begun)
        return STEP_SKIPPED;
    int number = line_of(place.code, place.instruction);
    line->used = 0;
    if (!add_text(line, word(place.code + CPYTHON_CODE_FILE)))
        return STEP_FAILED;
    text_add(line, ":");
    text_add_number(line, number > 0 ? (uint64_t)number : 0);
    text_add(line, " ");
    if (!add_text(line, word(place.code + CPYTHON_CODE_NAME)))
        return STEP_FAILED;
    text_add(line, "\n");
    return STEP_WRITTEN;
}

/* Of the outer frames as many as there is room for. */
static size_t write_frames(char *text, size_t room, uint64_t frame)
{
    size_t length = 0;
    for (int i = 0; frame && i < FRAMES_MAX; i++) {
        struct text line;
        enum step step = write_frame(&line, frame);
        if (step == STEP_FAILED || (step == STEP_WRITTEN && line.used >= room - length))
            break;
        if (step == STEP_WRITTEN) {
            memcpy(text + length, line.bytes, line.used);
            length += line.used;
        }
        frame = word(frame + CPYTHON_FRAME_PREVIOUS);
    }
    text[length] = '\0';
    return length;
}

static size_t read_frames(const PyThreadState *state, char *text, size_t room)
{
    uint64_t cframe = state ? word((uintptr_t)state + CPYTHON_THREAD_CFRAME) : 0;
    uint64_t frame = cframe ? word(cframe + CPYTHON_CFRAME_CURRENT) : 0;
    return frame ? write_frames(text, room, frame) : 0;
}

/* --- whether it is said --- */

size_t python_frames(char *text, size_t room)
{
    if (!__atomic_load_n(&is_same, __ATOMIC_ACQUIRE))
        return 0;
    return read_frames(python_own_state(), text, room);
}

/* Builds with checks always compare. */
static bool is_compared(void)
{
#ifdef GREQ_CHECKS
    return false;
#else
    return is_same || compared >= COMPARED_MAX;
#endif
}

void python_frames_compare(const char *expected, size_t length)
{
    char text[TEXT_SIZE];
    if (is_compared())
        return;
    compared++;
    size_t own = read_frames(python_own_state(), text, sizeof text);
    bool equal = own && !memcmp(text, expected, own < length ? own : length);
    CHECK(equal || !own);
    __atomic_store_n(&is_same, equal, __ATOMIC_RELEASE);
}
