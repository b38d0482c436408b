/*
 * breach.h: a rule that is broken on purpose, so that its CHECK fires.
 */
#ifndef SUPPORT_BREACH_H
#define SUPPORT_BREACH_H

struct breach {
    void (*commit)(void);
    const char *place; /* the CHECK's file, as its line has it */
};

/* Commits it in a child. Fails the test unless that ends by SIGABRT, after one line with the place.
 */
void breach_expect(const struct breach *breach);

#endif
