/*
 * judge.h: a JSON report, judged and compared, and told in all forms.
 */
#ifndef FUZZ_JUDGE_H
#define FUZZ_JUDGE_H

#include "check/summary.h"

/* Judges a run by the default budget and against a baseline, which may be the run itself. */
void judge_run(const struct summary *run, const struct summary *baseline);

#endif
