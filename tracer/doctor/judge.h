/*
 * judge.h: from the modules of a program to findings: what bypasses the hooks, and what is good to
 * know.
 *
 * A module loaded after libc cannot interpose (libbsd's closefrom), so it is not listed as one that
 * does.
 */
#ifndef DOCTOR_JUDGE_H
#define DOCTOR_JUDGE_H

#include "doctor/diagnosis.h"

/* Adds the findings of the modules, which are all there. */
void judge(struct diagnosis *diagnosis);

/*
 * Whether a module defines a hooked function that libc, or for OpenSSL's libssl, is expected to
 * define, and somebody may be bound to it: it stands before that library, or binds itself.
 */
bool judge_interposes(const struct diagnosis *diagnosis, const struct object *object,
                      size_t function);

#endif
