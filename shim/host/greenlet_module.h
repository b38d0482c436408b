/*
 * greenlet_module.h: the Python part of the greenlet host, greenlet_py/, as a module that nobody
 * else in the program sees. Everything here needs the GIL.
 *
 * Its functions are written so that what goes wrong before the switch to the hub is an exception,
 * after which the real call is made, and what happens after it is a code.
 */
#ifndef HOST_GREENLET_MODULE_H
#define HOST_GREENLET_MODULE_H

#include "python/python.h"

enum greenlet_code {
#define CODE(name, value) CODE_##name = value,
#include "host/greenlet_codes.def"
    CODE_FAILED = -1, /* an exception before anything had happened */
};

enum greenlet_flag {
#define FLAG(name, value) FLAG_##name = value,
#include "host/greenlet_codes.def"
};

/* Its functions, and None; see entry.py. */
struct greenlet_module {
    PyObject *entry; /* a list of one: the function that waits */
    PyObject *load, *closing, *number, *none;
};
extern struct greenlet_module greenlet_module;

/* Loads it, the first time. Returns whether it can be used. */
bool greenlet_module_load(const struct python *python);

/* Calls one of its functions and drops the arguments, of which any may be NULL: memory was short.
 * Returns what it returned, or CODE_FAILED. */
long greenlet_module_call(const struct python *python, PyObject *function, PyObject **arguments,
                          size_t count);

#endif
