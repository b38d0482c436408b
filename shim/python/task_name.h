/*
 * task_name.h: which task of asyncio's runs.
 */
#ifndef PYTHON_TASK_NAME_H
#define PYTHON_TASK_NAME_H

#include "python/python.h"

/* With the GIL. Writes the name of the task that runs in the calling thread, as its get_name()
 * says, with its end; cut to `size`. Empty: there is none, or its class is the program's own, whose
 * code is not ours to call. */
void task_name_find(const struct python *python, char *name, size_t size);

#endif
