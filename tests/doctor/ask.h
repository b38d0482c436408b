/*
 * ask.h: asks `greq doctor` and reads its answer.
 */
#ifndef DOCTOR_ASK_H
#define DOCTOR_ASK_H

#include "victim.h"

#include <jansson.h>

/* Asks about a program, a victim's path or a process, and expects an exit status. Returns the JSON
 * document, to be released with json_decref; fails the test when there is none. `env` may be NULL.
 */
json_t *ask(const char *subject, int status, const char *const *env);

/* The document says this verdict. */
void expect_verdict(const json_t *answer, const char *verdict);

/* There is a finding of this weight and word, and its text has this part. */
void expect_finding(const json_t *answer, const char *weight, const char *word, const char *part);

/* There is none of this word. */
void expect_no_finding(const json_t *answer, const char *word);

/* The module of a name, or NULL. */
json_t *module_of(const json_t *answer, const char *name);

/* Whether a module's "hooked" or "not_hooked" has a function in a group. */
bool imports(const json_t *module, const char *kind, const char *group, const char *function);

/* Whether a list of texts is exactly these, which end with NULL. */
void expect_texts(const json_t *list, const char *const *texts);

#endif
