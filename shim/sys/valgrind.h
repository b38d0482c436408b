/*
 * valgrind.h: what valgrind has to be told or asked. Its requests do nothing without it, and are
 * empty where its header was not there to build with.
 */
#ifndef SYS_VALGRIND_H
#define SYS_VALGRIND_H

#if __has_include(<valgrind/valgrind.h>)
#    include <valgrind/valgrind.h>
#else
#    define RUNNING_ON_VALGRIND                 0
#    define VALGRIND_STACK_REGISTER(start, end) 0
#    define VALGRIND_STACK_DEREGISTER(id)       ((void)(id))
#endif

#endif
