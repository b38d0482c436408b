/*
 * finding.h: one thing that was found, and the facts that speak for it. Whoever judges adds it here
 * (findings.c, and a file for each account that has much to judge); its words are a row of
 * findings.def.
 */
#ifndef BLAME_FINDING_H
#define BLAME_FINDING_H

#include "blame/blame.h"

/* Less than this is noise: no finding of its own, and never the first one. Seconds. */
double finding_noise(const struct blame *blame);

/* Adds a finding and gives the run, and the call unless it is NULL, its pattern. Takes the remedy.
 * What is returned is valid until the next one is added. */
struct blame_finding *finding_add(struct blame *blame, enum finding_kind kind,
                                  const struct blamed_call *call, double seconds, char *remedy);

/* Says why what a call serialized and blocked loops for is no finding. */
void finding_excuse_wait(struct blamed_call *call, const char *why);

/* Adds a fact, FACTS_MAX at most. The text is copied. */
void finding_number(struct blame_finding *finding, const char *name, enum fact_unit unit,
                    double number);
void finding_text(struct blame_finding *finding, const char *name, const char *text);

/* Worst first; and of those that blame one function from one line each later one learns which is
 * the first. */
void findings_sort(struct blame *blame);

void findings_free(struct blame *blame);

#endif
