/*
 * The methods are wrapped where their types keep them, in the interpreter's static tables: so all
 * objects are covered, old and new, whoever calls them.
 *
 * An RLock belongs to a thread, so a second greenlet of that thread would walk in. A module that is
 * being imported is handed to it half made; a BufferedWriter refuses it with a RuntimeError. The
 * wrapped methods note the greenlet, and while it is in there its calls are the real, blocking
 * ones. Who waits for a lock lets others run all the same, for one of them may have it.
 */
#include "python/exclusive.h"

#include "sys/thread.h"

#include <string.h>

/* A method as it is called: with up to four arguments, depending on its flags, of which those that
 * are not used do no harm. */
typedef PyObject *(*method)(void *, void *, void *, void *);

/* Parts of CPython's own structures, the same from 3.9 to 3.13: methodobject.h, descrobject.h */
struct method_def {
    const char *name;
    method function;
    int flags;
    const char *doc;
};
struct method_descriptor {
    size_t references;
    void *type;
    void *owner, *name, *qualified_name;
    struct method_def *method;
};

static const struct python *python;
static PyObject *held, *getcurrent, *yes;

/* ---- counting ---- */

static void set_count(PyObject *greenlet, long count)
{
    PyObject *number = python->PyLong_FromLong(count);
    if (number && count > 0)
        python->PyDict_SetItem(held, greenlet, number);
    else if (python->PyDict_GetItem(held, greenlet))
        python->PyDict_DelItem(held, greenlet);
    if (number)
        python->Py_DecRef(number);
}

/* With no exception on its way. */
static void count(long change)
{
    PyObject *greenlet = getcurrent && this_thread.host
                             ? python->PyObject_Vectorcall(getcurrent, NULL, 0, NULL)
                             : NULL;
    PyObject *before = greenlet ? python->PyDict_GetItem(held, greenlet) : NULL;
    if (!greenlet)
        return;
    set_count(greenlet, (before ? python->PyLong_AsLong(before) : 0) + change);
    python->Py_DecRef(greenlet);
}

/* For refuse.py. */
static PyObject *count_for_python(void *self, void *change, void *unused_a, void *unused_b)
{
    (void)self, (void)unused_a, (void)unused_b;
    count(python->PyLong_AsLong(change));
    return python->PyLong_FromLong(0);
}

#define METHOD_WITH_ONE_ARGUMENT 8
static struct method_def count_def = {"count", count_for_python, METHOD_WITH_ONE_ARGUMENT, NULL};

/* ---- RLock ---- */

static struct {
    method acquire, enter, release, exit, release_save, acquire_restore;
} rlock;

static PyObject *count_acquired(PyObject *result)
{
    if (result == yes)
        count(1);
    return result;
}

static PyObject *count_released(PyObject *result)
{
    if (result)
        count(-1);
    return result;
}

static PyObject *acquire(void *self, void *a, void *b, void *c)
{
    return count_acquired(rlock.acquire(self, a, b, c));
}

static PyObject *enter(void *self, void *a, void *b, void *c)
{
    return count_acquired(rlock.enter(self, a, b, c));
}

static PyObject *release(void *self, void *a, void *b, void *c)
{
    return count_released(rlock.release(self, a, b, c));
}

static PyObject *exit_block(void *self, void *a, void *b, void *c)
{
    return count_released(rlock.exit(self, a, b, c));
}

/* Conditions let a lock go that was acquired several times, and take it back: (times, owner). */
static PyObject *release_save(void *self, void *a, void *b, void *c)
{
    PyObject *state = rlock.release_save(self, a, b, c);
    if (state)
        count(-python->PyLong_AsLong(python->PyTuple_GetItem(state, 0)));
    return state;
}

static PyObject *acquire_restore(void *self, void *arguments, void *b, void *c)
{
    PyObject *result = rlock.acquire_restore(self, arguments, b, c);
    PyObject *state = python->PyTuple_GetItem(arguments, 0);
    if (result)
        count(python->PyLong_AsLong(python->PyTuple_GetItem(state, 0)));
    return result;
}

/* ---- BufferedWriter ---- */

static struct {
    method write, flush;
} writer;

static PyObject *count_during(method function, void *self, void *a, void *b, void *c)
{
    PyObject *error[3];
    count(1);
    PyObject *result = function(self, a, b, c);
    python->PyErr_Fetch(&error[0], &error[1], &error[2]);
    count(-1);
    python->PyErr_Restore(error[0], error[1], error[2]);
    return result;
}

static PyObject *buffered_write(void *self, void *a, void *b, void *c)
{
    return count_during(writer.write, self, a, b, c);
}

static PyObject *buffered_flush(void *self, void *a, void *b, void *c)
{
    return count_during(writer.flush, self, a, b, c);
}

/* ---- wrapping ---- */

/* Without the GIL objects look differently. */
static bool is_known(const struct python *found)
{
    return found->minor >= 9 && found->minor <= 13 &&
           !strstr(found->Py_GetVersion(), "free-threading");
}

static PyObject *find_type(const char *module_name, const char *name)
{
    PyObject *module = python->PyImport_ImportModule(module_name);
    PyObject *type = module ? python->PyObject_GetAttrString(module, name) : NULL;
    python->PyErr_Clear();
    return type;
}

static void wrap(PyObject *type, const char *name, method wrapper, method *kept)
{
    struct method_descriptor *found =
        (struct method_descriptor *)(type ? python->PyObject_GetAttrString(type, name) : NULL);
    python->PyErr_Clear();
    if (!found || strcmp(found->method->name, name) != 0)
        return;
    *kept = found->method->function;
    found->method->function = wrapper;
}

void exclusive_end(void)
{
    getcurrent = NULL;
}

void exclusive_watch(const struct python *found, PyObject *dict, PyObject *current,
                     PyObject *watch_imports)
{
    if (!is_known(found))
        return;
    python = found;
    held = dict;
    getcurrent = current;
    yes = python->PyBool_FromLong(1);
    PyObject *type = find_type("_thread", "RLock");
    wrap(type, "acquire", acquire, &rlock.acquire);
    wrap(type, "__enter__", enter, &rlock.enter);
    wrap(type, "release", release, &rlock.release);
    wrap(type, "__exit__", exit_block, &rlock.exit);
    wrap(type, "_release_save", release_save, &rlock.release_save);
    wrap(type, "_acquire_restore", acquire_restore, &rlock.acquire_restore);
    type = find_type("_io", "BufferedWriter");
    wrap(type, "write", buffered_write, &writer.write);
    wrap(type, "flush", buffered_flush, &writer.flush);
    PyObject *counter = python->PyCFunction_NewEx(&count_def, NULL, NULL);
    if (counter)
        python->PyObject_Vectorcall(watch_imports, &counter, 1, NULL);
    python->PyErr_Clear();
}
