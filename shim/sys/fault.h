/*
 * fault.h: an order that one of the shim's own calls fails. It lies in a file that the whole tree
 * of processes shares; GREQ_FAULT names the file. Only builds with checks obey.
 */
#ifndef SYS_FAULT_H
#define SYS_FAULT_H

#include <stdint.h>

enum { FAULT_CUT = -1 }; /* in place of an error number: a short read or write */

struct fault_order {
    int32_t error;        /* which error: counted are the calls that can fail by it */
    uint32_t first, last; /* the calls that do, counted from 1 */
    uint32_t seen;        /* how many there were so far, in all processes */
};

#endif
