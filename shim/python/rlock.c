/*
 * The methods of _thread.RLock are wrapped where their type keeps them, in the interpreter's static
 * tables: so all locks are counted, old and new, whoever calls them.
 */
#include "python/rlock.h"

#include "sys/thread.h"

#include <stdlib.h>
#include <string.h>

/* A method as it is called: with up to four arguments, depending on its flags, of which those that
 * are not used do no harm. */
typedef PyObject *(*method)(void *, void *, void *, void *);

/* Parts of CPython's own structures, the same from 3.9 on: cpython/methodobject.h, descrobject.h */
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
static PyObject *yes; /* True */

static struct {
    method acquire, enter, release, exit, release_save, acquire_restore;
} real;

static void count(long change)
{
    long held = (long)this_thread.exclusive + change;
    this_thread.exclusive = held > 0 ? (uint32_t)held : 0;
}

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
    return count_acquired(real.acquire(self, a, b, c));
}

static PyObject *enter(void *self, void *a, void *b, void *c)
{
    return count_acquired(real.enter(self, a, b, c));
}

static PyObject *release(void *self, void *a, void *b, void *c)
{
    return count_released(real.release(self, a, b, c));
}

static PyObject *exit_block(void *self, void *a, void *b, void *c)
{
    return count_released(real.exit(self, a, b, c));
}

/* Of a tuple (times, owner), inside `levels` - 1 others. */
static long times_in(PyObject *tuple, int levels)
{
    PyObject *item = python->PyTuple_GetItem(tuple, 0);
    return levels > 1 ? times_in(item, levels - 1) : python->PyLong_AsLong(item);
}

/* Conditions let a lock go that was acquired several times, and take it back. */
static PyObject *release_save(void *self, void *a, void *b, void *c)
{
    PyObject *state = real.release_save(self, a, b, c);
    if (state)
        count(-times_in(state, 1));
    return state;
}

static PyObject *acquire_restore(void *self, void *arguments, void *b, void *c)
{
    PyObject *result = real.acquire_restore(self, arguments, b, c);
    if (result)
        count(times_in(arguments, 2));
    return result;
}

static struct method_def *find_method(PyObject *type, const char *name)
{
    struct method_descriptor *descriptor =
        (struct method_descriptor *)python->PyObject_GetAttrString(type, name);
    if (!descriptor)
        python->PyErr_Clear();
    return descriptor && strcmp(descriptor->method->name, name) == 0 ? descriptor->method : NULL;
}

static void wrap(PyObject *type, const char *name, method wrapper, method *kept)
{
    struct method_def *found = find_method(type, name);
    if (!found)
        return;
    *kept = found->function;
    found->function = wrapper;
}

/* "3.11.2 (main, ..."; without the GIL objects look differently. */
static bool is_known(const struct python *found)
{
    const char *version = found->Py_GetVersion ? found->Py_GetVersion() : "";
    long minor = strncmp(version, "3.", 2) == 0 ? strtol(version + 2, NULL, 10) : 0;
    return minor >= 9 && minor <= 13 && !strstr(version, "free-threading");
}

void rlock_count(const struct python *found)
{
    if (!is_known(found))
        return;
    PyObject *thread = found->PyImport_ImportModule("_thread");
    PyObject *type = thread ? found->PyObject_GetAttrString(thread, "RLock") : NULL;
    python = found;
    yes = python->PyBool_FromLong(1);
    if (type) {
        wrap(type, "acquire", acquire, &real.acquire);
        wrap(type, "__enter__", enter, &real.enter);
        wrap(type, "release", release, &real.release);
        wrap(type, "__exit__", exit_block, &real.exit);
        wrap(type, "_release_save", release_save, &real.release_save);
        wrap(type, "_acquire_restore", acquire_restore, &real.acquire_restore);
    }
    python->PyErr_Clear();
}
