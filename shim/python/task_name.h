/*
 * task_name.h: which task of asyncio's runs.
 *
 * Asked for when a call's Python lines are, which is after a millisecond: in observe mode as well,
 * and for nothing where nobody waits long. Only of asyncio's own class of tasks: another one's
 * get_name is the program's code.
 */
#ifndef PYTHON_TASK_NAME_H
#define PYTHON_TASK_NAME_H

#include "python/python.h"

/* With the GIL. Writes the name of the task that runs in the calling thread, as its get_name()
 * says, with its end; cut to `size`. Empty: there is none, or its class is the program's own, whose
 * code is not ours to call. */
void task_name_find(const struct python *python, char *name, size_t size);

#endif
