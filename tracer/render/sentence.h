/*
 * sentence.h: findings in words: the sentences of blame/findings.def with their facts.
 */
#ifndef RENDER_SENTENCE_H
#define RENDER_SENTENCE_H

#include "blame/blame.h"
#include "model/model.h"

#include <stdbool.h>

/* The name of a pattern, and what it means in one sentence. */
const char *sentence_pattern(enum pattern pattern);
const char *sentence_meaning(enum pattern pattern);

/* The kind of a finding, as the JSON report has it. */
const char *sentence_kind(const struct blame_finding *finding);

/* Whether that names the place of the call. */
bool sentence_has_site(const struct blame_finding *finding);

/* What speaks for a finding, without a full stop. It may hold names from the trace, so whoever
 * prints it cleans it. The caller frees it. */
char *sentence_evidence(const struct model *model, const struct blame_finding *finding);

/* The same in a few words. */
char *sentence_headline(const struct model *model, const struct blame_finding *finding);

#endif
