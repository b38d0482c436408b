/*
 * _exit, _Exit: the end of a process that runs no handlers, and none of our destructors.
 */
#include "call/call.h"
#include "life/end.h"

#include <stdlib.h>
#include <unistd.h>

EXPORT __attribute__((noreturn)) void _exit(int status)
{
    end_note(__builtin_return_address(0));
    REAL(_exit)(status);
    __builtin_unreachable();
}

EXPORT __attribute__((noreturn)) void _Exit(int status)
{
    end_note(__builtin_return_address(0));
    REAL(_Exit)(status);
    __builtin_unreachable();
}
