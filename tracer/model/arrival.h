/*
 * arrival.h: what the trace tells of data that lay unread.
 */
#ifndef MODEL_ARRIVAL_H
#define MODEL_ARRIVAL_H

#include <greq/trace_format.h>

struct model;
struct thread;

void arrival_add(struct model *model, struct thread *thread, const struct trace_unread *record);

#endif
