/*
 * call_before.h: the call instruction in front of a return address, read from outside. A stack has
 * old return addresses too, in what a function has reserved and not yet written: which function a
 * call leads to tells those of another from that function's own.
 */
#ifndef LAUNCH_CALL_BEFORE_H
#define LAUNCH_CALL_BEFORE_H

#include <stdint.h>
#include <sys/types.h>

enum call_kind {
    CALL_NONE,
    CALL_UNKNOWN, /* through a register or a pointer that may have changed since */
    CALL_KNOWN,
};

/* `*target` is the function that a known one leads to, behind its entry in a procedure linkage
 * table. */
enum call_kind call_before(pid_t process, uint64_t return_address, uint64_t *target);

#endif
