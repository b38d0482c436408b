/*
 * prctl, with which a program may confine itself, or forbid itself to read the processor's counter;
 * the system calls that do the same are in
 * hook/syscall.c. See life/confine.h.
 */
#include "life/confine.h"
#include "call/call.h"
#include "sys/clock.h"

#include <stdarg.h>
#include <sys/prctl.h>

static int confining_prctl(enum confinement kind, int option, const unsigned long *more)
{
    struct confine confine;
    confine_begin(&confine, kind);
    int result = REAL(prctl)(option, more[0], more[1], more[2], more[3]);
    confine_end(&confine, result == 0);
    return result;
}

EXPORT int prctl(int option, ...)
{
    unsigned long more[4];
    va_list list;
    va_start(list, option);
    for (int i = 0; i < 4; i++)
        more[i] = va_arg(list, unsigned long);
    va_end(list);
    clock_note_prctl(option, more[0]);
    enum confinement kind = confine_by_prctl(option, more[0]);
    return kind ? confining_prctl(kind, option, more)
                : REAL(prctl)(option, more[0], more[1], more[2], more[3]);
}
