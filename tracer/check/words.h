/*
 * words.h: what the forms of a judged run have in common: figures and call sites in words.
 */
#ifndef CHECK_WORDS_H
#define CHECK_WORDS_H

#include "check/verdict.h"

/* What a run without a limit or a baseline was judged by. */
#define WORDS_DEFAULT                                                                         \
    "no limit and no baseline was given: only what calls held up was judged, by the default " \
    "limits; greq-check(1) has the others, such as min_concurrency"

/* The outcome of all: as outcome_name, but "within the default limits" where no others were given.
 */
const char *words_outcome(const struct verdicts *verdicts);

enum { FIGURE_SIZE = 32, SENTENCE_SIZE = 512 };

/* "1.20 s", "95.0 %", "3.5". Returns `text`. */
char *words_figure(char text[FIGURE_SIZE], enum unit unit, double value);

/* The rule: "serialized_s", or "serialized_s [checkout]" of a part. Returns `text`, cut to its
 * size. */
char *words_rule(char text[SENTENCE_SIZE], const struct verdict *verdict);

/* Of a rule that was not kept: "serialized_s is 4.500 s (at most 0.500 s)". Returns `text`. */
char *words_verdict(char text[SENTENCE_SIZE], const struct verdict *verdict);

/* "poll from wait_readable". Returns `text`, cut to its size. */
char *words_site(char text[SENTENCE_SIZE], const struct call_site *site);

/* " (wait.c:33)", from the root of the project, or "" where the line is not known. Returns `text`,
 * cut to its size. */
char *words_place(char text[SENTENCE_SIZE], const struct call_site *site, const char *root);

/* What a site cost: "10 calls, blocked for 4.50 s, the longest 1.00 s, serialized 4.00 s". Returns
 * `text`. */
char *words_cost(char text[SENTENCE_SIZE], const struct call_site *site);

/* What of a figure of a site is excused, and why: "poll from wait, serialized 0.150 s: ..."; ""
 * when nothing is. Returns `text`, cut to its size. */
char *words_excuse(char text[SENTENCE_SIZE], const struct call_site *site,
                   enum summary_figure figure);

/* What was found about a site: "It waited. What to do: wait for all at once." or "" when nothing
 * was. Released with free(3). */
char *words_finding(const struct call_site *site);

/* The rules that were exceeded with a site behind it: words_verdict of each, or NULL when there is
 * none. Released with free(3). */
char *words_accusation(const struct verdicts *verdicts, const struct call_site *site);

#endif
