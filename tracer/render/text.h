/*
 * text.h: the parts of the text report, each of which prints itself or, without content, nothing.
 */
#ifndef RENDER_TEXT_H
#define RENDER_TEXT_H

#include "render/render.h"

/* The processes that were killed, or not recorded to their end. */
void text_ends(const struct report *report, const struct style *style, FILE *out);

/* How a process ended, as in "when the process was killed by signal 9". */
void text_fate(const struct model *model, const struct process *process, FILE *out);

/* What was found: who waited behind which call, what to do, and what that would give. */
void text_findings(const struct report *report, const struct style *style, FILE *out);

/* The table of calls by call site, and the stacks of the worst. */
void text_calls(const struct report *report, const struct style *style, FILE *out);

/* The parts that the program has named. */
void text_parts(const struct report *report, const struct style *style, FILE *out);

/* What the run waited for, one after another. */
void text_critical(const struct report *report, const struct style *style, FILE *out);

/* The requests by host, and the slowest ones. */
void text_requests(const struct report *report, const struct style *style, FILE *out);

/* The swimlanes of the first connections, and the order of events in words. */
void text_timeline(const struct report *report, const struct style *style, FILE *out);

#endif
