/*
 * waiting.h: the functions of libc, and of its libraries for asynchronous input and output, that
 * can make their thread wait for somebody else.
 */
#ifndef DOCTOR_WAITING_H
#define DOCTOR_WAITING_H

struct waiting_group {
    const char *name;
    const char *remark;    /* when they wait, if not always; or "" */
    const char *functions; /* with blanks between them */
};

/* Whether a function is hooked does not matter here. Ends with a name of NULL. */
extern const struct waiting_group waiting_groups[];

#endif
