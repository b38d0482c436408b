/*
 * greenlet_module.h: the Python part of the greenlet host, greenlet_py/, as a module that nobody
 * else in the program sees. Everything here needs the GIL.
 *
 * Its functions are written so that what goes wrong before the switch to the hub is an exception,
 * after which the real call is made, and what happens after it is a code. An exception that is not
 * theirs, of a signal's handler or of whoever interrupts this thread, goes to the program.
 *
 * They are Python because they are made of gevent's and eventlet's own words: a watcher, a waiter,
 * a listener.
 */
#ifndef HOST_GREENLET_MODULE_H
#define HOST_GREENLET_MODULE_H

#include "python/python.h"

enum greenlet_code {
#define CODE(name, value) CODE_##name = value,
#include "host/greenlet_codes.def"
};

enum greenlet_flag {
#define FLAG(name, value) FLAG_##name = value,
#include "host/greenlet_codes.def"
};

/* Its functions, and None; see entry.py. */
struct greenlet_module {
    PyObject *entry; /* a list of one: the function that waits */
    PyObject *load, *closing, *number, *pass_on, *none;
};
extern struct greenlet_module greenlet_module;

/* Loads it, the first time. Returns whether it can be used. */
bool greenlet_module_load(const struct python *python);

/* Whether the interpreter that it was loaded in has ended. The next one of the process does
 * without: the greenlet package keeps objects of the first. */
bool greenlet_module_is_over(void);

/* Calls one of its functions and drops the arguments, of which any may be NULL: memory was short.
 * `events`: what the call that it is for can do; FLAG_TO_THE_END: not fail. Returns what the
 * function returned, or CODE_FAILED; of an exception that goes to the program, what cancel.py says
 * of it. */
long greenlet_module_call(const struct python *python, PyObject *function, PyObject **arguments,
                          size_t count, int events);

#endif
