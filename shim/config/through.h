/*
 * through.h: the words `through:NAME` and `-through:NAME` of GREQ_PATCH, which overrule what is
 * known of a module: calls may be parked in the middle of its functions, or may not.
 */
#ifndef CONFIG_THROUGH_H
#define CONFIG_THROUGH_H

#include <stdbool.h>

enum through { THROUGH_NOT_SAID, THROUGH_ALLOWED, THROUGH_FORBIDDEN };

/* Takes the words out of a list, of which the last one about a module holds. Copies the names;
 * those that there is no room for (32 of them, 64 characters each) are left out. */
void through_read(const char *list);

/* What was said about a module, by its file's name. */
enum through through_of(const char *file);

/* Whether a word of a list, sign aside, is one of these. */
bool through_is_word(const char *word);

/* Whether a file's name is that of a module: "libssl" is "libssl.so.3", "libssl-5b8c.so.1.1" and
 * "libssl_r.so". */
bool through_matches(const char *file, const char *name);

#endif
