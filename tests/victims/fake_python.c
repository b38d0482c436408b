/* fake_python: a library that has all names of Python's API that libgreq.so looks for, and no
 * interpreter. */
#include <stdint.h>
#include <string.h>

static intptr_t value_of(const char *name)
{
    return strcmp(name, "Py_GetVersion") ? 0 : (intptr_t) "3.11 (fake)";
}

#define PYTHON(result, name, arguments) \
    intptr_t name(void);                \
    intptr_t name(void)                 \
    {                                   \
        return value_of(#name);         \
    }
#define OPTIONAL(result, name, arguments) PYTHON(result, name, arguments)
#include "python/names.def"
