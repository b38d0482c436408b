/*
 * place.h: which sites are one place of the program.
 *
 * A site is told apart by addresses, which is soon done for each call, and one place may have
 * several: CPython compiles a loop anew after some rounds (3.11: 8) and then calls from elsewhere,
 * a compiler copies what it inlines or unrolls, a runtime makes code anew, a forked child has sites
 * of its own, a module is loaded again, and there is one in each part that the program has named.
 * They are one place if they look alike with names: the same function, called from the same lines.
 * Of code whose lines are not known the offset in its module counts, lest two calls in one function
 * be one. Code that was made at run time is made anew, in another shape and elsewhere: no offset of
 * it stays the same, so two calls in one function of such code are one place.
 *
 * Names are looked up when a site is new, so accounts that compare calls as they come know which of
 * them are made at one place. They ask for `site->place`. What they only add up may go by the site:
 * what looks alike comes together in the end (stack.h).
 *
 * Where a stack ends at such code (Ruby's with --yjit) the line is not known. It is never taken for
 * one of the interpreter's that goes on above: what is below is the same for all lines.
 *
 * Of a short call nothing is known but who called libc. It is never taken for one with more of a
 * stack: of an interpreter that is one address for all lines.
 */
#ifndef MODEL_PLACE_H
#define MODEL_PLACE_H

#include "base/map.h"
#include "model/named_stack.h"

struct site;

/* A stack by names. */
struct look {
    struct named_stack stack;
    struct site *first; /* that had it */
    struct look *next;  /* with the same hash */
};

/* All zeros, but for where names come from, is an empty table. Does not own the sites. */
struct places {
    struct namer namer;
    struct map by_hash;
    struct named_stack stack; /* of the site that is looked for */
};

/* Finds the place of a site that is new. */
void places_add(struct places *places, struct site *site);

void places_finish(struct places *places);

#endif
