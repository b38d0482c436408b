/*
 * Frames are few and come again and again, and to find a frame's line takes a walk through its
 * code's table of lines: so the text of each place in the code is kept.
 *
 * So a stack costs a tenth of what it would otherwise.
 */
#include "python/stack.h"

#include "python/frames.h"
#include "python/task_name.h"

#include "greq/cpython.h"
#include "sys/kernel.h"
#include "sys/table.h"
#include "sys/thread.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Recursive programs have long stacks, and the outer frames say less and less. */
#define MAX_FRAMES 64

/* A line of text: "FILE:LINE FUNCTION\n". */
#define LINE_SIZE 512
struct line {
    size_t length;
    char text[LINE_SIZE];
};

/* ---- one frame ---- */

static void add(struct line *line, const char *bytes, size_t count)
{
    size_t left = LINE_SIZE - 1 - line->length; /* one stays for the end */
    if (count > left)
        count = left;
    memcpy(line->text + line->length, bytes, count);
    line->length += count;
}

/* A text attribute of a code object. */
static void add_attribute(const struct python *python, struct line *line, PyObject *code,
                          const char *name)
{
    PyObject *value = python->PyObject_GetAttrString(code, name);
    const char *utf8 = value ? python->PyUnicode_AsUTF8(value) : NULL;
    size_t begin = line->length;
    if (utf8)
        add(line, utf8, strlen(utf8));
    else
        python->PyErr_Clear();
    /* A line's end in a file's name would end the frame. */
    for (size_t i = begin; i < line->length; i++)
        if (line->text[i] == '\n')
            line->text[i] = '?';
    if (value)
        python->Py_DecRef(value);
}

static void add_line_number(struct line *line, int number)
{
    char digits[16];
    size_t begin = sizeof digits;
    digits[--begin] = ' ';
    do
        digits[--begin] = (char)('0' + number % 10);
    while ((number /= 10) > 0);
    digits[--begin] = ':';
    add(line, digits + begin, sizeof digits - begin);
}

static void describe(const struct python *python, struct line *line, PyObject *frame,
                     PyObject *code)
{
    int number = python->PyFrame_GetLineNumber(frame);
    line->length = 0;
    add_attribute(python, line, code, "co_filename");
    add_line_number(line, number > 0 ? number : 0);
    add_attribute(python, line, code, "co_name");
    line->text[line->length++] = '\n';
}

/* ---- the texts that are kept, guarded by the GIL ---- */

struct place {
    PyObject *code; /* held, so that no other has its address; NULL: free */
    int instruction;
    size_t length;
    char *text;
};
#define PLACES 1024
static TABLE struct place places[PLACES];

static struct place *place_of(const PyObject *code, int instruction)
{
    uint64_t key = (uint64_t)(uintptr_t)code ^ (uint64_t)(unsigned)instruction << 48;
    return &places[(key * UINT64_C(0x9e3779b97f4a7c15) >> 32) % PLACES];
}

static void keep(const struct python *python, struct place *place, PyObject *code, int instruction,
                 const struct line *line)
{
    char *text = FALLIBLE(malloc, NULL, line->length);
    if (!text)
        return;
    if (place->code)
        python->Py_DecRef(place->code);
    free(place->text);
    python->Py_IncRef(code);
    *place = (struct place){code, instruction, line->length, text};
    memcpy(text, line->text, line->length);
}

/* ---- all frames ---- */

struct writer {
    const struct python *python;
    char *text;
    size_t length, room;
};

static bool append(struct writer *writer, const char *text, size_t length)
{
    if (length >= writer->room - writer->length)
        return false;
    memcpy(writer->text + writer->length, text, length);
    writer->length += length;
    return true;
}

static bool add_code(struct writer *writer, PyObject *frame, PyObject *code)
{
    const struct python *python = writer->python;
    int instruction = python->PyFrame_GetLasti ? python->PyFrame_GetLasti(frame) : -1;
    struct place *place = place_of(code, instruction);
    struct line line;
    if (place->code == code && place->instruction == instruction)
        return append(writer, place->text, place->length);
    describe(python, &line, frame, code);
    if (python->PyFrame_GetLasti)
        keep(python, place, code, instruction, &line);
    return append(writer, line.text, line.length);
}

/* Adds a frame's line. Returns false when it does not fit. */
static bool add_frame(struct writer *writer, PyObject *frame)
{
    PyObject *code = writer->python->PyFrame_GetCode(frame);
    bool fits = add_code(writer, frame, code);
    writer->python->Py_DecRef(code);
    return fits;
}

static void add_frames(struct writer *writer, PyThreadState *state)
{
    const struct python *python = writer->python;
    PyObject *frame = python->PyThreadState_GetFrame(state);
    for (int count = 0; frame && count < MAX_FRAMES && add_frame(writer, frame); count++) {
        PyObject *outer = python->PyFrame_GetBack(frame);
        python->Py_DecRef(frame);
        frame = outer;
    }
    if (frame)
        python->Py_DecRef(frame);
}

/* ---- nothing of the program's runs meanwhile ---- */

/*
 * The collector would call finalizers for what is allocated here. What might be called all the
 * same, as for an object of which we have had the last reference, makes real calls: none is
 * recorded in the middle of another's record, and nobody is parked there.
 */
struct stillness {
    bool collects, passing;
};

static struct stillness begin_stillness(const struct python *python)
{
    struct stillness before = {python->PyGC_Disable && python->PyGC_Disable(), this_thread.passing};
    this_thread.passing = true;
    return before;
}

static void end_stillness(const struct python *python, struct stillness before)
{
    this_thread.passing = before.passing;
    if (before.collects)
        python->PyGC_Enable();
}

static size_t write_stack(const struct python_gil *gil, char *text, size_t room, char *task)
{
    struct writer writer = {gil->python, text, 0, room};
    add_frames(&writer, gil->state);
    text[writer.length] = '\0';
    if (gil->python->minor == CPYTHON_MINOR && writer.length)
        python_frames_compare(text, writer.length);
    if (task && writer.length)
        task_name_find(gil->python, task, TASK_NAME_SIZE);
    return writer.length;
}

size_t python_stack(char *text, size_t room, char *task, enum python_patience patience)
{
    struct python_gil gil;
    if (task)
        *task = '\0';
    if (patience == PYTHON_UNASKED || !python_enter(&gil, patience))
        return python_frames(text, room);
    struct stillness before = begin_stillness(gil.python);
    size_t length = write_stack(&gil, text, room, task);
    end_stillness(gil.python, before);
    python_leave(&gil);
    return length;
}
