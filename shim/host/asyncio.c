/*
 * A step of a task is a call of send(None) or throw(exception). As Python functions they would be
 * lines in the traceback of each exception, and cost as much again.
 */
#include "host/asyncio.h"

#include "config/complain.h"
#include "config/config.h"
#include "host/host.h"
#include "sys/kernel.h"
#include "sys/own_socket.h"
#include "sys/text.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* As in methodobject.h, which has been the same since 3.7. */
struct method_def {
    const char *name;
    void *function;
    int flags;
    const char *doc;
};
enum { METHOD_FAST = 0x80, METHOD_WITHOUT_ARGUMENTS = 0x4, METHOD_WITH_ONE_ARGUMENT = 0x8 };

static const struct python *python;
static PyObject *ending;

/* ---- can it be had ---- */

static void give_up(const char *why, const char *remedy)
{
    struct text what = {0};
    text_add(&what, "asyncio: ");
    text_add(&what, why);
    config.asyncio = false;
    complain("GREQ_PATCH", text_string(&what), 0, remedy);
}

/* What it relies on is the same in other versions, but nobody has run it there. */
bool asyncio_is_wanted(const struct python *found)
{
    struct text why = {0};
    if (!config.asyncio)
        return false;
    bool is_free_threaded = found->minor && strstr(found->Py_GetVersion(), "free-threading");
    if (found->minor == 11 && !is_free_threaded)
        return true;
    text_add(&why, "not for Python 3.");
    text_add_number(&why, (uint64_t)found->minor);
    text_add(&why, is_free_threaded ? " without the GIL" : "");
    give_up(text_string(&why), "use Python 3.11; its tasks block their loop as ever");
    return false;
}

void asyncio_lacks_greenlet(void)
{
    give_up("Python finds no package greenlet",
            "install it (python3-greenlet); tasks block their loop as ever");
}

/* Children inherit the word, and need not have a Python themselves. */
#define ASKED "GREQ_ASYNCIO"

static bool is_for_nothing;
static uint32_t begun; /* own_socket_epoch, which changes when a program is started, or a copy */

void asyncio_begin(void)
{
    is_for_nothing = config.asyncio && !getenv(ASKED);
    begun = own_socket_before();
    if (config.asyncio)
        setenv(ASKED, "1", 1);
}

void asyncio_end(void)
{
    struct text why = {0};
    char path[PATH_MAX];
    /* A shell may have started Python; its copies need not have. */
    if (!is_for_nothing || own_socket_before() != begun || python_find())
        return;
    ssize_t size = KERNEL(readlinkat, AT_FDCWD, "/proc/self/exe", path, sizeof path - 1);
    path[size < 0 ? 0 : size] = '\0';
    text_add(&why, size > 0 ? path : "the program");
    text_add(&why, " has no Python");
    give_up(text_string(&why), "take the word away");
}

/* ---- steps ---- */

/* What a switch to the task's greenlet came back with, as a coroutine's send returns it. */
static PyObject *outcome_of(PyObject *result)
{
    if (!result || result != ending)
        return result;
    python->Py_DecRef(result);
    PyObject *exception = python->PyList_GetItem(ending, 0);
    if (!exception)
        return NULL;
    python->Py_IncRef(exception);
    python->PyList_SetSlice(ending, 0, 1, NULL);
    python->PyErr_Restore(python->PyObject_Type(exception), exception,
                          python->PyException_GetTraceback(exception));
    return NULL;
}

static PyObject *step_send(PyObject *to_strand, PyObject *value)
{
    thread_turn(&this_thread);
    return outcome_of(python->PyObject_Vectorcall(to_strand, &value, 1, NULL));
}

/* throw(exception), or as before 3.12 also throw(type, value, traceback). It arrives as a tuple
 * with one element more. */
static PyObject *step_throw(PyObject *to_strand, PyObject *const *arguments, ssize_t count)
{
    PyObject *thrown[4] = {ending};
    for (ssize_t i = 0; i < count && i < 3; i++)
        thrown[1 + i] = arguments[i];
    size_t size = 1 + (size_t)(count < 3 ? count : 3);
    return outcome_of(python->PyObject_Vectorcall(to_strand, thrown, size, NULL));
}

static PyObject *make_steps(PyObject *self, PyObject *to_strand)
{
    static struct method_def send = {"send", step_send, METHOD_WITH_ONE_ARGUMENT, NULL};
    static struct method_def throw = {"throw", step_throw, METHOD_FAST, NULL};
    PyObject *both = python->PyTuple_New(2);
    PyObject *functions[] = {python->PyCFunction_NewEx(&send, to_strand, NULL),
                             python->PyCFunction_NewEx(&throw, to_strand, NULL)};
    (void)self;
    for (int i = 0; both && i < 2; i++)
        python->PyTuple_SetItem(both, i, functions[i]);
    return both;
}

static PyObject *adopt_thread(PyObject *self, PyObject *unused)
{
    (void)self, (void)unused;
    host_adopt(&this_thread, &host_greenlet);
    return python->PyBool_FromLong(1);
}

static bool put(PyObject *names, struct method_def *method)
{
    PyObject *function = python->PyCFunction_NewEx(method, NULL, NULL);
    bool done = function && python->PyDict_SetItemString(names, method->name, function) == 0;
    if (function)
        python->Py_DecRef(function);
    return done;
}

bool asyncio_open(const struct python *found, PyObject *names)
{
    static struct method_def make = {"_make_steps", make_steps, METHOD_WITH_ONE_ARGUMENT, NULL};
    static struct method_def adopt = {"_adopt_thread", adopt_thread, METHOD_WITHOUT_ARGUMENTS,
                                      NULL};
    python = found;
    return put(names, &make) && put(names, &adopt);
}

void asyncio_set_ending(PyObject *list)
{
    ending = list;
}
