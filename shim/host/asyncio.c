/*
 * A step of a task is a call of send(None) or throw(exception). As Python functions they would be
 * lines in the traceback of each exception, and cost as much again.
 *
 * What greenlet_py/asyncio.py calls a lane, a strand and an outcome are lists here. A task's own
 * list (enum hand) is what its steps have as their self.
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
static PyObject *none, *truth, *falsehood, *getcurrent;

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

/* Not inlined: exit may be called on a thread's small stack, and mostly there is nothing to say. */
static __attribute__((noinline)) void say_it_was_for_nothing(void)
{
    struct text why = {0};
    char path[PATH_MAX];
    ssize_t size = KERNEL(readlinkat, AT_FDCWD, "/proc/self/exe", path, sizeof path - 1);
    path[size < 0 ? 0 : size] = '\0';
    text_add(&why, size > 0 ? path : "the program");
    text_add(&why, " has no Python");
    give_up(text_string(&why), "take the word away");
}

void asyncio_end(void)
{
    /* A shell may have started Python; its copies need not have. */
    if (is_for_nothing && own_socket_before() == begun && !python_find())
        say_it_was_for_nothing();
}

/* ---- steps ---- */

/* What a task has: the loop's lane, who made the steps when its strand was taken, its coroutine's
 * methods, what switches to its strand, and whether it is parked there. */
enum hand { LANE, HOME, SEND, THROW, SWITCH, IS_PARKED, HAND_SIZE };
enum lane { LANE_HOME, LANE_MAKE, LANE_FREE };
enum outcome { KIND, VALUE };
enum { MOST_FREE = 256 }; /* strands that a loop keeps for its next tasks */

/* Borrowed. */
static PyObject *item(PyObject *list, ssize_t index)
{
    return python->PyList_GetItem(list, index);
}

/* A reference of the list's own. */
static void put_item(PyObject *list, ssize_t index, PyObject *object)
{
    python->Py_IncRef(object);
    python->PyList_SetItem(list, index, object);
}

/* False with an exception, which may be that of a signal's handler that ran meanwhile. */
static bool take_strand(PyObject *hand, PyObject *lane)
{
    ssize_t size = python->PyList_Size(lane);
    PyObject *to_strand = item(lane, size > LANE_FREE ? size - 1 : LANE_MAKE);
    if (size > LANE_FREE) {
        python->Py_IncRef(to_strand);
        python->PyList_SetSlice(lane, size - 1, size, NULL);
    } else {
        to_strand = python->PyObject_Vectorcall(to_strand, NULL, 0, NULL);
    }
    if (!to_strand)
        return false;
    python->PyList_SetItem(hand, SWITCH, to_strand);
    put_item(hand, HOME, item(lane, LANE_HOME));
    return true;
}

static void give_back_strand(PyObject *hand)
{
    PyObject *lane = item(hand, LANE);
    ssize_t size = python->PyList_Size(lane);
    if (size > 0 && size < LANE_FREE + MOST_FREE && item(lane, LANE_HOME) == item(hand, HOME))
        python->PyList_Append(lane, item(hand, SWITCH));
    put_item(hand, HOME, none);
    put_item(hand, SWITCH, none);
}

/* Where a task is stepped. FAILED: with an exception. */
enum place { OUTSIDE, IN_STRAND, FAILED };

/* The task has no strand where another greenlet makes the steps than the one that runs the loop. */
static enum place find_place(PyObject *hand, PyObject *current)
{
    PyObject *lane = item(hand, LANE);
    if (item(hand, IS_PARKED) == truth)
        return IN_STRAND;
    if (python->PyList_Size(lane) == 0 || item(lane, LANE_HOME) != current)
        return OUTSIDE;
    return item(hand, HOME) == current || take_strand(hand, lane) ? IN_STRAND : FAILED;
}

/* Returns or raises what a step came to. */
static PyObject *take_outcome(PyObject *hand, PyObject *outcome)
{
    PyObject *kind = item(outcome, KIND);
    PyObject *value = kind ? item(outcome, VALUE) : NULL;
    if (!value)
        return NULL;
    python->Py_IncRef(value);
    put_item(outcome, VALUE, none);
    if (kind == falsehood || item(hand, IS_PARKED) == truth)
        put_item(hand, IS_PARKED, kind == falsehood ? truth : falsehood);
    if (kind != truth)
        return value;
    give_back_strand(hand);
    python->PyErr_Restore(python->PyObject_Type(value), value,
                          python->PyException_GetTraceback(value));
    return NULL;
}

static PyObject *step_in_strand(PyObject *hand, PyObject *const *arguments, size_t count)
{
    PyObject *to_strand = item(hand, SWITCH);
    python->Py_IncRef(to_strand);
    PyObject *outcome = python->PyObject_Vectorcall(to_strand, arguments, count, NULL);
    PyObject *result = outcome ? take_outcome(hand, outcome) : NULL;
    if (outcome)
        python->Py_DecRef(outcome);
    python->Py_DecRef(to_strand);
    return result;
}

/* What it runs with: [0] is for the greenlet that makes it, [1] the method, then its arguments. */
static PyObject *step(PyObject *hand, PyObject **arguments, size_t count)
{
    PyObject *current = python->PyObject_Vectorcall(getcurrent, NULL, 0, NULL);
    if (!current)
        return NULL;
    arguments[0] = current;
    thread_turn(&this_thread);
    enum place found = find_place(hand, current);
    PyObject *result = NULL;
    if (found == IN_STRAND)
        result = step_in_strand(hand, arguments, count);
    else if (found == OUTSIDE)
        result = python->PyObject_Vectorcall(arguments[1], arguments + 2, count - 2, NULL);
    python->Py_DecRef(current);
    return result;
}

static PyObject *step_send(PyObject *hand, PyObject *value)
{
    PyObject *arguments[] = {NULL, item(hand, SEND), value};
    return step(hand, arguments, 3);
}

/* throw(exception), or as before 3.12 also throw(type, value, traceback). */
static PyObject *step_throw(PyObject *hand, PyObject *const *thrown, ssize_t count)
{
    PyObject *arguments[5] = {NULL, item(hand, THROW)};
    ssize_t given = count < 3 ? count : 3;
    for (ssize_t i = 0; i < given; i++)
        arguments[2 + i] = thrown[i];
    return step(hand, arguments, 2 + (size_t)given);
}

static PyObject *is_parked(PyObject *hand, PyObject *unused)
{
    PyObject *answer = item(hand, IS_PARKED);
    (void)unused;
    python->Py_IncRef(answer);
    return answer;
}

/* (lane, send, throw) */
static PyObject *make_steps(PyObject *self, PyObject *const *arguments, ssize_t count)
{
    static struct method_def methods[] = {{"is_parked", is_parked, METHOD_WITHOUT_ARGUMENTS, NULL},
                                          {"send", step_send, METHOD_WITH_ONE_ARGUMENT, NULL},
                                          {"throw", step_throw, METHOD_FAST, NULL}};
    enum { METHODS = sizeof methods / sizeof *methods };
    PyObject *hand = count == 3 ? python->PyList_New(HAND_SIZE) : NULL;
    PyObject *steps = hand ? python->PyTuple_New(METHODS) : NULL;
    (void)self;
    for (int i = 0; hand && i < HAND_SIZE; i++)
        put_item(hand, i, i == IS_PARKED ? falsehood : none);
    for (int i = 0; steps && i < METHODS; i++)
        python->PyTuple_SetItem(steps, i, python->PyCFunction_NewEx(&methods[i], hand, NULL));
    if (steps) {
        put_item(hand, LANE, arguments[0]);
        put_item(hand, SEND, arguments[1]);
        put_item(hand, THROW, arguments[2]);
    }
    if (hand)
        python->Py_DecRef(hand);
    return steps;
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
    static struct method_def make = {"_make_steps", make_steps, METHOD_FAST, NULL};
    static struct method_def adopt = {"_adopt_thread", adopt_thread, METHOD_WITHOUT_ARGUMENTS,
                                      NULL};
    python = found;
    truth = python->PyBool_FromLong(1);
    falsehood = python->PyBool_FromLong(0);
    none = python_none(python);
    return put(names, &make) && put(names, &adopt);
}

void asyncio_set_getcurrent(PyObject *function)
{
    getcurrent = function;
}
