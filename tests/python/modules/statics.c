/*
 * A module of Python that relies on the interpreter's lock: one buffer for all, and a wait with the
 * lock held.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdio.h>
#include <time.h>

static char buffer[32];

/* name(number, ms): "name NUMBER", put together, and read ms later. */
static PyObject *name(PyObject *self, PyObject *arguments)
{
    int number, ms;
    (void)self;
    if (!PyArg_ParseTuple(arguments, "ii", &number, &ms))
        return NULL;
    snprintf(buffer, sizeof buffer, "name %d", number);
    struct timespec time = {ms / 1000, ms % 1000 * 1000000L};
    nanosleep(&time, NULL);
    return PyUnicode_FromString(buffer);
}

static PyMethodDef methods[] = {{"name", name, METH_VARARGS, NULL}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, .m_name = "statics",
                                    .m_methods = methods};

PyMODINIT_FUNC PyInit_statics(void)
{
    return PyModule_Create(&module);
}
