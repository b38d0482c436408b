/*
 * python.c: which of the loaded objects is the interpreter, and whether it is still there; then
 * whose its lock is, and how a thread that is one of its own takes it.
 */
#include "python/python.h"

#include "sys/elf.h"
#include "sys/table.h"
#include "sys/thread.h"

#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static SMALL_TABLE struct python found;
static enum { UNKNOWN, FOUND, UNUSABLE } state;

/* elf_objects_version() when it was last seen, for a program may unload what it has loaded; 0: it
 * was there from the start, and stays. */
static uint64_t seen;

/* elf_loaded_count() of the last search in vain. */
static unsigned long long searched;

/* ---- finding it ---- */

struct name {
    const char *text;
    size_t offset; /* in struct python */
    bool optional;
};

static const struct name names[] = {
#define PYTHON(result, name, arguments)   {#name, offsetof(struct python, name), false},
#define OPTIONAL(result, name, arguments) {#name, offsetof(struct python, name), true},
#include "python/names.def"
};

static bool find_names(const struct dl_phdr_info *object, struct python *python)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        void *address = elf_find(object, names[i].text);
        if (!address && !names[i].optional)
            return false;
        memcpy((char *)python + names[i].offset, &address, sizeof address);
    }
    return (python->_PyThreadState_UncheckedGet || python->PyThreadState_GetUnchecked) &&
           (python->_Py_IsFinalizing || python->Py_IsFinalizing);
}

/* "3.11.2 (main, ...": 11; 0: not known. */
static int minor_of(const struct python *python)
{
    const char *version = python->Py_GetVersion ? python->Py_GetVersion() : "";
    return strncmp(version, "3.", 2) == 0 ? (int)strtol(version + 2, NULL, 10) : 0;
}

/* Called from within elf_each_object, so that the list does not change. */
static bool was_there_at_start(const struct dl_phdr_info *object)
{
    const struct link_map *late = elf_last_at_start;
    bool is_known = late;
    while (late && (late = late->l_next))
        if (late->l_addr == object->dlpi_addr)
            return false;
    return is_known;
}

/* The first object that has a Python is the one. */
static bool look_into(const struct dl_phdr_info *object, void *unused)
{
    (void)unused;
    struct python python = {0};
    if (!elf_find(object, "Py_IsInitialized"))
        return false;
    if (!find_names(object, &python)) {
        __atomic_store_n(&state, UNUSABLE, __ATOMIC_RELEASE);
        return true;
    }
    elf_code(object, &python.begin, &python.end);
    python.minor = minor_of(&python);
    /* Two threads that search at once find the same. */
    found = python;
    seen = !was_there_at_start(object);
    __atomic_store_n(&state, FOUND, __ATOMIC_RELEASE);
    return true;
}

static bool is_of(const struct dl_phdr_info *object, void *address)
{
    const void *begin = NULL, *end = NULL;
    elf_code(object, &begin, &end);
    return address >= begin && address < end;
}

/* Unloaded, as a program does it that has embedded it. Another one that it may load later is not
 * looked for. */
static bool is_gone(void)
{
    uint64_t before = __atomic_load_n(&seen, __ATOMIC_RELAXED), version;
    if (!before || (version = elf_objects_version()) == before)
        return false;
    if (!elf_each_object(is_of, (void *)found.begin)) {
        __atomic_store_n(&state, UNUSABLE, __ATOMIC_RELEASE);
        return true;
    }
    __atomic_store_n(&seen, version, __ATOMIC_RELAXED);
    return false;
}

bool python_is_found(void)
{
    return __atomic_load_n(&state, __ATOMIC_ACQUIRE) == FOUND;
}

const struct python *python_find(void)
{
    if (__atomic_load_n(&state, __ATOMIC_ACQUIRE) == UNKNOWN) {
        unsigned long long loaded = elf_loaded_count();
        if (loaded == __atomic_load_n(&searched, __ATOMIC_RELAXED))
            return NULL;
        elf_each_object(look_into, NULL);
        __atomic_store_n(&searched, loaded, __ATOMIC_RELAXED);
    }
    return python_is_found() && !is_gone() ? &found : NULL;
}

bool python_has_thread(void)
{
    const struct python *python = python_find();
    return python && python->Py_IsInitialized() && python->PyGILState_GetThisThreadState();
}

bool python_contains(const void *address)
{
    return __atomic_load_n(&state, __ATOMIC_ACQUIRE) == FOUND && address >= found.begin &&
           address < found.end;
}

bool python_is_caller(const void *address)
{
    Dl_info info;
    if (python_contains(address))
        return true;
    return dladdr(address, &info) && info.dli_fname && strstr(info.dli_fname, "/lib-dynload/");
}

PyObject *python_none(const struct python *python)
{
    return python->PyDict_GetItemString(python->PyEval_GetBuiltins(), "None");
}

/* ---- the global interpreter lock ---- */

static bool is_finalizing(const struct python *python)
{
    return python->_Py_IsFinalizing ? python->_Py_IsFinalizing() : python->Py_IsFinalizing();
}

static bool is_running(const struct python *python)
{
    return python->Py_IsInitialized() && !is_finalizing(python);
}

/* With several interpreters in one process a thread's own state is not known from outside. */
static bool is_alone(const struct python *python)
{
    PyInterpreterState *first = python->PyInterpreterState_Head();
    return first && !python->PyInterpreterState_Next(first);
}

PyThreadState *python_own_state(void)
{
    bool stays = python_is_found() && !__atomic_load_n(&seen, __ATOMIC_RELAXED);
    return stays && is_running(&found) && is_alone(&found) ? found.PyGILState_GetThisThreadState()
                                                           : NULL;
}

static PyThreadState *owner_of_gil(const struct python *python)
{
    return python->_PyThreadState_UncheckedGet ? python->_PyThreadState_UncheckedGet()
                                               : python->PyThreadState_GetUnchecked();
}

bool python_holds_gil(void)
{
    const struct python *python = python_find();
    if (!python || !is_running(python) || !is_alone(python))
        return false;
    const PyThreadState *own = python->PyGILState_GetThisThreadState();
    return own && owner_of_gil(python) == own;
}

static bool may_take(const struct python *python, const PyThreadState *owner,
                     enum python_patience patience)
{
    if (patience == PYTHON_IF_FREE)
        return python->minor && python->minor < 12 && !owner;
    return patience == PYTHON_WAIT;
}

/* The interpreter waits for it by hooked functions, in the middle of a hooked call. */
static void take_gil(const struct python_gil *gil)
{
    bool passing = this_thread.passing;
    this_thread.passing = true;
    gil->python->PyEval_RestoreThread(gil->state);
    this_thread.passing = passing;
}

static void give_gil(const struct python_gil *gil)
{
    bool passing = this_thread.passing;
    this_thread.passing = true;
    gil->python->PyEval_SaveThread();
    this_thread.passing = passing;
}

bool python_enter(struct python_gil *gil, enum python_patience patience)
{
    const struct python *python = python_find();
    if (!python || !is_running(python) || !is_alone(python))
        return false;
    *gil = (struct python_gil){python, python->PyGILState_GetThisThreadState(), false, {0}};
    if (!gil->state)
        return false;
    PyThreadState *owner = owner_of_gil(python);
    gil->taken = owner != gil->state;
    if (gil->taken && !may_take(python, owner, patience))
        return false;
    if (gil->taken)
        take_gil(gil);
    python->PyErr_Fetch(&gil->pending[0], &gil->pending[1], &gil->pending[2]);
    return true;
}

void python_leave(struct python_gil *gil)
{
    gil->python->PyErr_Restore(gil->pending[0], gil->pending[1], gil->pending[2]);
    if (gil->taken)
        give_gil(gil);
}

bool python_is_finalizing(void)
{
    const struct python *python = python_find();
    return python && is_finalizing(python);
}
