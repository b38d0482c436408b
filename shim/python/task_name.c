#include "python/task_name.h"

#include <stdint.h>
#include <string.h>

/* What a function of a module returns; NULL, and no exception, if anything is missing. */
static PyObject *call(const struct python *python, PyObject *object, const char *name)
{
    PyObject *function = object ? python->PyObject_GetAttrString(object, name) : NULL;
    PyObject *result = function ? python->PyObject_Vectorcall(function, NULL, 0, NULL) : NULL;
    if (function)
        python->Py_DecRef(function);
    if (!result)
        python->PyErr_Clear();
    return result;
}

/* asyncio as far as it is imported, borrowed; or NULL. */
static PyObject *find_module(const struct python *python, const char *name)
{
    return python->PyDict_GetItemString(python->PyImport_GetModuleDict(), name);
}

/* A program without a loop in this thread is asked no further: to be told so is an exception. */
static bool runs_loop(const struct python *python)
{
    PyObject *loop = call(python, find_module(python, "asyncio.events"), "_get_running_loop");
    PyObject *none =
        loop ? python->PyDict_GetItemString(python->PyEval_GetBuiltins(), "None") : NULL;
    bool runs = loop && loop != none;
    if (loop)
        python->Py_DecRef(loop);
    return runs;
}

static bool is_of_asyncio(const struct python *python, PyObject *tasks, PyObject *task)
{
    PyObject *kind = python->PyObject_Type(task);
    PyObject *known = python->PyObject_GetAttrString(tasks, "Task");
    bool is_known = known && kind == known;
    python->PyErr_Clear();
    if (kind)
        python->Py_DecRef(kind);
    if (known)
        python->Py_DecRef(known);
    return is_known;
}

static void copy(char *name, size_t size, const char *text)
{
    size_t length = strnlen(text, size - 1);
    memcpy(name, text, length);
    name[length] = '\0';
}

void task_name_find(const struct python *python, char *name, size_t size)
{
    PyObject *tasks = find_module(python, "asyncio.tasks");
    *name = '\0';
    if (!tasks || !runs_loop(python))
        return;
    PyObject *task = call(python, tasks, "current_task");
    PyObject *text =
        task && is_of_asyncio(python, tasks, task) ? call(python, task, "get_name") : NULL;
    const char *utf8 = text ? python->PyUnicode_AsUTF8(text) : NULL;
    if (utf8)
        copy(name, size, utf8);
    python->PyErr_Clear();
    if (text)
        python->Py_DecRef(text);
    if (task)
        python->Py_DecRef(task);
}
