/*
 * findings.h: from figures to findings: which patterns a run shows, what speaks for each, and what
 * to do about it.
 */
#ifndef BLAME_FINDINGS_H
#define BLAME_FINDINGS_H

#include "blame/blame.h"

/* Sets the patterns of a blame whose figures are complete, of its calls, and its findings. Where
 * nothing is held up, the estimate of its wall time becomes what it took. */
void findings_add(struct blame *blame, const struct model *model, const struct accounts *accounts);

#endif
