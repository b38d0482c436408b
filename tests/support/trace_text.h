/*
 * trace_text.h: a trace as text, read by babeltrace2, which shares no code with the writer.
 */
#ifndef SUPPORT_TRACE_TEXT_H
#define SUPPORT_TRACE_TEXT_H

#include "victim.h"

/* Fails the test when babeltrace2 has anything to complain of but records that were lost, which a
 * trace may say. The result is released with victim_result_free(). */
void trace_text_read(struct victim_result *text, const char *trace);

/* Runs a victim preloaded, with a trace and a log, and reads the trace. Returns its facts, which
 * the caller frees; `result` may be NULL. Both results are released with victim_result_free(). */
char *trace_text_of_run(struct victim_result *text, const char *const *argv,
                        struct victim_result *result);

/* How often a string occurs; how many calls of a function there are. */
int trace_text_count(const struct victim_result *text, const char *what);
int trace_text_count_calls(const struct victim_result *text, const char *function);

#endif
