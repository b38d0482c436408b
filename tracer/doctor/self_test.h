/*
 * self_test.h: does a hook fire on this machine? greq runs itself under libgreq.so, makes one call
 * there, and looks for it in the trace. Leaves nothing behind.
 */
#ifndef DOCTOR_SELF_TEST_H
#define DOCTOR_SELF_TEST_H

#include <stdbool.h>

struct self_test {
    bool done;       /* false: it could not be made */
    bool passed;     /* a hooked call was recorded */
    char text[1024]; /* what was found, in a line */
};

/* The hidden option of `greq doctor` by which it makes the call and nothing else. */
#define SELF_TEST_OPTION "self-test-call"

/* Tests `library`, a libgreq.so. Takes up to CAPTURE_LIMIT_S; signals that would end greq wait. */
void self_test_run(struct self_test *test, const char *library);

/* Makes the call that is looked for. */
void self_test_call(void);

#endif
