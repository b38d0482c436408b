/*
 * check.h: what must be true, said in the code.
 *
 * CHECK(condition) writes one line with its place and ends the process by SIGABRT when the
 * condition does not hold. It may stand anywhere: it allocates nothing, takes no lock and may run
 * in a signal handler. Debug, sanitizer and fuzz builds have it (GREQ_CHECKS). A release does not
 * even evaluate the condition, so that must have no effect of its own.
 *
 * What headers say with never, always or only is CHECKed where the code can see it: the states of
 * tasks, joins and lock waiters, who may park and where, records that stay with their scheduler,
 * whole packets, helpers' signals. unit/shim/checks.c and unit/tracer/checks.c break each rule
 * once.
 */
#ifndef SYS_CHECK_H
#define SYS_CHECK_H

#ifdef GREQ_CHECKS

#    include <stddef.h>

#    define CHECK_TEXT_OF(number) #    number
#    define CHECK_TEXT(number)    CHECK_TEXT_OF(number)
#    define CHECK_LINE(condition) \
        "greq: " __FILE__ ":" CHECK_TEXT(__LINE__) ": CHECK(" condition ") does not hold\n"
#    define CHECK(condition)   \
        ((condition) ? (void)0 \
                     : check_failed(CHECK_LINE(#condition), sizeof CHECK_LINE(#condition) - 1))

_Noreturn void check_failed(const char *line, size_t size);

#else

#    define CHECK(condition) ((void)(0 && (condition)))

#endif

#endif
