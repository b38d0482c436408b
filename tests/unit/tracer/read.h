/*
 * read.h: reads a trace in a test, and keeps what was warned of.
 */
#ifndef TRACER_READ_H
#define TRACER_READ_H

#include "blame/blame.h"
#include "model/model.h"
#include "symbol/symbols.h"
#include "trace/reader.h"

struct warned {
    int count;
    char last[1200];
};

/* Keeps warnings in a struct warned. */
struct trace_warnings warnings_into(struct warned *warned);

/* A trace read to the end, with all that follows from it. */
struct run {
    struct warned warned;
    struct trace trace;
    struct model model;
    struct accounts accounts;
    struct symbols *symbols;
    struct blame blame;
};

/* Reads a trace that must be readable; warnings are counted. */
void run_read(struct run *run, const char *trace);

/* The same, told to an audience, which stays the caller's. */
void run_read_told(struct run *run, const char *trace, struct audience *audience);
void run_finish(struct run *run);

/* The totals of all calls of a function. */
struct call_totals run_totals(const struct run *run, const char *function);

#endif
