/*
 * patch.h: the words of GREQ_PATCH.
 *
 * A list such as `all,-select,-fn:close`, read from left to right: `all` (every family but the
 * opt-in `thread`), `none`, a family or a function; a `-` in front takes away, a `+` adds. When the
 * first word has a sign, the list starts from `all`, else from nothing. A family's name wins over
 * that of a function; `fn:select` is the function. A function's word covers its twins. `asyncio`
 * and words about modules (through.h) may stand anywhere, and change nothing of this.
 */
#ifndef CONFIG_PATCH_H
#define CONFIG_PATCH_H

#include "real/calls.h"

#include <stdbool.h>

/* Between words. */
#define PATCH_SEPARATORS ", \t"

/* Every family but the opt-in one. */
void patch_all(bool patched[CALL_COUNT]);

/*
 * Reads a list. Returns NULL, or the first word that is not known, as it stands in `list` (up to
 * its comma or end); `patched` is then undefined.
 */
const char *patch_parse(const char *list, bool patched[CALL_COUNT]);

/* Whether the last word about it is `asyncio`, and not `-asyncio`. */
bool patch_asks_for_asyncio(const char *list);

#endif
