/*
 * A module of Python that relies on the interpreter's lock: what it has for all, and waits with the
 * lock held.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static void nap(int ms)
{
    struct timespec time = {ms / 1000, ms % 1000 * 1000000L};
    nanosleep(&time, NULL);
}

/* number, ms: the arguments of all its functions. */
static int parse(PyObject *arguments, int *number, int *ms)
{
    return PyArg_ParseTuple(arguments, "ii", number, ms);
}

static char buffer[32];

/* name(number, ms): "name NUMBER", put together, and read ms later. */
static PyObject *name(PyObject *self, PyObject *arguments)
{
    int number, ms;
    (void)self;
    if (!parse(arguments, &number, &ms))
        return NULL;
    snprintf(buffer, sizeof buffer, "name %d", number);
    nap(ms);
    return PyUnicode_FromString(buffer);
}

/* The square, of the last number that was asked for, which is remembered (gap-system/gap 5110). */
static PyObject *square(PyObject *self, PyObject *arguments)
{
    static int last;
    int number, ms;
    (void)self;
    if (!parse(arguments, &number, &ms))
        return NULL;
    last = number;
    nap(ms);
    return PyLong_FromLong((long)last * last);
}

/* A place in a store that grows, by a pointer that is kept over the wait (Kludex/zttp 152). */
static PyObject *ticket(PyObject *self, PyObject *arguments)
{
    static long *store;
    static size_t count;
    int number, ms;
    (void)self;
    if (!parse(arguments, &number, &ms))
        return NULL;
    store = realloc(store, (count + 1) * 4096);
    long *place = store + count++ * 4096 / sizeof *store;
    nap(ms);
    *place = number;
    return PyLong_FromLong(*(store + (count - 1) * 4096 / sizeof *store));
}

/* Made by whoever comes first, who looks and then makes it (mhammond/pywin32 2686,
 * python-cffi/cffi 178). */
static PyObject *table(PyObject *self, PyObject *arguments)
{
    static int made, times;
    int number, ms;
    (void)self;
    if (!parse(arguments, &number, &ms))
        return NULL;
    if (!made) {
        nap(ms);
        made = ++times;
    }
    return PyLong_FromLong(times);
}

/* The last of all numbers so far, read, changed and written (pybind/pybind11 5489). */
static PyObject *sum(PyObject *self, PyObject *arguments)
{
    static long all;
    int number, ms;
    (void)self;
    if (!parse(arguments, &number, &ms))
        return NULL;
    long before = all;
    nap(ms);
    all = before + number + 1;
    return PyLong_FromLong(all);
}

static PyMethodDef methods[] = {
    {"name", name, METH_VARARGS, NULL},     {"square", square, METH_VARARGS, NULL},
    {"ticket", ticket, METH_VARARGS, NULL}, {"table", table, METH_VARARGS, NULL},
    {"sum", sum, METH_VARARGS, NULL},       {NULL, NULL, 0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, .m_name = "statics",
                                    .m_methods = methods};

PyMODINIT_FUNC PyInit_statics(void)
{
    return PyModule_Create(&module);
}
