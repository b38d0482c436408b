#include "host/greenlet_module.h"

#include "config/config.h"
#include "host/asyncio.h"
#include "python/exclusive.h"

/* The files of greenlet_py/, one after the other. */
extern const char greenlet_text[];

struct greenlet_module greenlet_module;

static bool is_over; /* see greenlet_module_is_over() */

#define PY_FILE_INPUT 257

static const struct constant {
    const char *name;
    long value;
} constants[] = {
#define CODE(name, value) {#name, value},
#define FLAG(name, value) {#name, value},
#include "host/greenlet_codes.def"
};

static bool set_number(const struct python *python, PyObject *names, const char *name, long number)
{
    PyObject *value = python->PyLong_FromLong(number);
    bool done = value && python->PyDict_SetItemString(names, name, value) == 0;
    if (value)
        python->Py_DecRef(value);
    return done;
}

/* The names that its code finds. */
static bool set_names(const struct python *python, PyObject *names)
{
    if (python->PyDict_SetItemString(names, "__builtins__", python->PyEval_GetBuiltins()) != 0)
        return false;
    for (size_t i = 0; i < sizeof constants / sizeof *constants; i++)
        if (!set_number(python, names, constants[i].name, constants[i].value))
            return false;
    return set_number(python, names, "WITH_ASYNCIO", config.asyncio) && asyncio_open(python, names);
}

/* Runs its body. Returns the module's object, which lives as long as the process, or NULL. */
static PyObject *run_body(const struct python *python)
{
    PyObject *code = python->Py_CompileString(greenlet_text, "<libgreq>", PY_FILE_INPUT);
    PyObject *object = code ? python->PyModule_New("libgreq") : NULL;
    PyObject *names = object ? python->PyModule_GetDict(object) : NULL;
    PyObject *result = NULL;
    if (names && set_names(python, names))
        result = python->PyEval_EvalCode(code, names, names);
    if (code)
        python->Py_DecRef(code);
    if (result)
        python->Py_DecRef(result);
    return result ? object : NULL;
}

/* ---- exceptions that come up in it ---- */

struct error {
    PyObject *kind, *value, *traceback;
};

static void drop(const struct python *python, PyObject *object)
{
    if (object && object != greenlet_module.none)
        python->Py_DecRef(object);
}

/* Takes over what `error` holds. Returns what cancel.py says of it, or CODE_FAILED. */
static long pass_on(const struct python *python, const struct error *error, int events)
{
    PyObject *none = greenlet_module.none;
    PyObject *arguments[] = {error->kind, error->value ? error->value : none,
                             error->traceback ? error->traceback : none,
                             python->PyLong_FromLong(events)};
    size_t count = sizeof arguments / sizeof *arguments;
    PyObject *result =
        arguments[3] ? python->PyObject_Vectorcall(greenlet_module.pass_on, arguments, count, NULL)
                     : NULL;
    long answer = result ? python->PyLong_AsLong(result) : CODE_FAILED;
    drop(python, result);
    for (size_t i = 0; i < count; i++)
        drop(python, arguments[i]);
    python->PyErr_Clear();
    return answer;
}

/* ---- loading ---- */

/* At the interpreter's end, when no thread is in it any more. */
static void forget(void)
{
    is_over = true;
    greenlet_module = (struct greenlet_module){0};
    exclusive_end();
}

bool greenlet_module_is_over(void)
{
    return is_over;
}

static bool will_be_forgotten(const struct python *python)
{
    static bool will_be;
    return will_be || (will_be = python->Py_AtExit(forget) == 0);
}

static bool load(const struct python *python)
{
    if (is_over || !will_be_forgotten(python))
        return false;
    PyObject *object = run_body(python);
    /* Its body let other threads run, of which one may have been as far as this already. */
    if (!object || greenlet_module.none)
        return greenlet_module.none;
    greenlet_module = (struct greenlet_module){
        .entry = python->PyObject_GetAttrString(object, "entry"),
        .load = python->PyObject_GetAttrString(object, "load"),
        .closing = python->PyObject_GetAttrString(object, "closing"),
        .number = python->PyObject_GetAttrString(object, "number"),
        .pass_on = python->PyObject_GetAttrString(object, "pass_on"),
        .none = python->PyObject_GetAttrString(object, "NONE"),
    };
    asyncio_set_getcurrent(python->PyObject_GetAttrString(object, "getcurrent"));
    exclusive_watch(python, python->PyObject_GetAttrString(object, "exclusive"),
                    python->PyObject_GetAttrString(object, "getcurrent"),
                    python->PyObject_GetAttrString(object, "watch_imports"));
    return greenlet_module.none;
}

/* Twice: what a signal's handler threw in the midst of it can be passed on by what then is loaded.
 */
bool greenlet_module_load(const struct python *python)
{
    struct error error;
    if (greenlet_module.none || load(python))
        return true;
    python->PyErr_Fetch(&error.kind, &error.value, &error.traceback);
    bool loaded = load(python);
    python->PyErr_Clear();
    if (error.kind && loaded)
        pass_on(python, &error, FLAG_TO_THE_END);
    return loaded;
}

/* ---- calls ---- */

long greenlet_module_call(const struct python *python, PyObject *function, PyObject **arguments,
                          size_t count, int events)
{
    struct error error = {0};
    long answer = CODE_FAILED;
    bool complete = true;
    for (size_t i = 0; i < count; i++)
        complete = complete && arguments[i];
    PyObject *result =
        complete ? python->PyObject_Vectorcall(function, arguments, count, NULL) : NULL;
    if (!result)
        python->PyErr_Fetch(&error.kind, &error.value, &error.traceback);
    else if (result != greenlet_module.none)
        answer = python->PyLong_AsLong(result);
    for (size_t i = 0; i < count; i++)
        drop(python, arguments[i]);
    drop(python, result);
    return error.kind ? pass_on(python, &error, events) : answer;
}
