/*
 * No line of Python may run here. Between its instructions the interpreter calls the program's
 * handlers of signals, whose exceptions would end here instead of where the call was made, and lets
 * other threads have its lock.
 */
#include "python/task_name.h"

#include <stdint.h>
#include <string.h>

/* An attribute of a module that is imported, borrowed; or NULL. */
static PyObject *find(const struct python *python, const char *module, const char *name)
{
    PyObject *found = python->PyDict_GetItemString(python->PyImport_GetModuleDict(), module);
    PyObject *attributes = found ? python->PyModule_GetDict(found) : NULL;
    return attributes ? python->PyDict_GetItemString(attributes, name) : NULL;
}

static bool has_kind_of(const struct python *python, PyObject *object, PyObject *other)
{
    PyObject *kind = python->PyObject_Type(object), *known = python->PyObject_Type(other);
    python->Py_DecRef(kind);
    python->Py_DecRef(known);
    return kind == known;
}

static bool is_written_in_c(const struct python *python, PyObject *function)
{
    PyObject *builtin = python->PyDict_GetItemString(python->PyEval_GetBuiltins(), "len");
    return builtin && has_kind_of(python, function, builtin);
}

/* What a function that is written in C returns; NULL, and no exception, if it is not, or fails. */
static PyObject *call(const struct python *python, PyObject *function)
{
    bool can = function && is_written_in_c(python, function);
    PyObject *result = can ? python->PyObject_Vectorcall(function, NULL, 0, NULL) : NULL;
    if (!result)
        python->PyErr_Clear();
    return result;
}

/* Compared by address: to look it up could call a loop's own __hash__. */
static PyObject *value_of(const struct python *python, PyObject *dictionary, const PyObject *wanted)
{
    PyObject *key, *value;
    for (ssize_t at = 0; python->PyDict_Next(dictionary, &at, &key, &value);)
        if (key == wanted)
            return value;
    return NULL;
}

/* The task of a loop that runs in this thread. asyncio's own function for it is Python's
 * until 3.11, but its dictionary can be read. */
static PyObject *find_task(const struct python *python, const PyObject *loop)
{
    PyObject *task = call(python, find(python, "asyncio.tasks", "current_task"));
    PyObject *all = task ? NULL : find(python, "asyncio.tasks", "_current_tasks");
    if (all && (task = value_of(python, all, loop)))
        python->Py_IncRef(task);
    return task;
}

static bool is_of_asyncio(const struct python *python, PyObject *task)
{
    PyObject *kind = python->PyObject_Type(task);
    bool is_known = kind == find(python, "asyncio.tasks", "Task");
    python->Py_DecRef(kind);
    return is_known;
}

static void copy(char *name, size_t size, const char *text)
{
    size_t length = strnlen(text, size - 1);
    memcpy(name, text, length);
    name[length] = '\0';
}

static void copy_name(const struct python *python, char *name, size_t size, PyObject *task)
{
    PyObject *method = python->PyObject_GetAttrString(task, "get_name");
    PyObject *text = call(python, method);
    const char *utf8 = text ? python->PyUnicode_AsUTF8(text) : NULL;
    if (utf8)
        copy(name, size, utf8);
    python->PyErr_Clear();
    if (text)
        python->Py_DecRef(text);
    if (method)
        python->Py_DecRef(method);
}

void task_name_find(const struct python *python, char *name, size_t size)
{
    PyObject *loop = call(python, find(python, "asyncio.events", "_get_running_loop"));
    *name = '\0';
    if (!loop)
        return;
    PyObject *task = loop != python_none(python) ? find_task(python, loop) : NULL;
    if (task && is_of_asyncio(python, task))
        copy_name(python, name, size, task);
    python->PyErr_Clear();
    if (task)
        python->Py_DecRef(task);
    python->Py_DecRef(loop);
}
