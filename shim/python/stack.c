#include "python/stack.h"

#include <string.h>

/* Recursive programs have long stacks, and the outer frames say less and less. */
#define MAX_FRAMES 64

/* Text that is being put together. */
struct writer {
    const struct python *python;
    char *text;
    size_t length, room;
};

static void add(struct writer *writer, const char *bytes, size_t count)
{
    size_t left = writer->room - writer->length;
    memcpy(writer->text + writer->length, bytes, count < left ? count : left);
    writer->length += count < left ? count : left;
}

/* A text attribute of a code object. */
static void add_attribute(struct writer *writer, PyObject *code, const char *name)
{
    PyObject *value = writer->python->PyObject_GetAttrString(code, name);
    const char *utf8 = value ? writer->python->PyUnicode_AsUTF8(value) : NULL;
    size_t begin = writer->length;
    if (utf8)
        add(writer, utf8, strlen(utf8));
    else
        writer->python->PyErr_Clear();
    /* A line's end in a file's name would end the frame. */
    for (size_t i = begin; i < writer->length; i++)
        if (writer->text[i] == '\n')
            writer->text[i] = '?';
    if (value)
        writer->python->Py_DecRef(value);
}

static void add_line_number(struct writer *writer, int number)
{
    char digits[12];
    size_t begin = sizeof digits;
    digits[--begin] = ' ';
    do
        digits[--begin] = (char)('0' + number % 10);
    while ((number /= 10) > 0);
    digits[--begin] = ':';
    add(writer, digits + begin, sizeof digits - begin);
}

/* Adds a frame's line. Returns false, and there is no part of it, when it does not fit. */
static bool add_frame(struct writer *writer, PyObject *frame)
{
    size_t begin = writer->length;
    int line = writer->python->PyFrame_GetLineNumber(frame);
    PyObject *code = writer->python->PyFrame_GetCode(frame);
    add_attribute(writer, code, "co_filename");
    add_line_number(writer, line > 0 ? line : 0);
    add_attribute(writer, code, "co_name");
    add(writer, "\n", 1);
    writer->python->Py_DecRef(code);
    bool fits = writer->length < writer->room;
    if (!fits)
        writer->length = begin;
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

size_t python_stack(char *text, size_t room, enum python_patience patience)
{
    struct python_gil gil;
    if (!python_enter(&gil, patience))
        return 0;
    struct writer writer = {gil.python, text, 0, room};
    add_frames(&writer, gil.state);
    text[writer.length] = '\0';
    python_leave(&gil);
    return writer.length;
}
