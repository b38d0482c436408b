/*
 * record.h: the size of a record, and whether it can be trusted. After record_check every field of
 * the record may be used, its texts end inside it and its counts fit.
 */
#ifndef TRACE_RECORD_H
#define TRACE_RECORD_H

#include <greq/trace_format.h>

#include <stddef.h>

/*
 * Checks the record at `bytes`, aligned to 8, of which `left` bytes are valid.
 *
 * Returns how far the next record is, a multiple of 8 (more than `left` when padding is all that is
 * missing); or 0, and then `*problem` says in a few words what is wrong.
 */
size_t record_check(const void *bytes, size_t left, const char **problem);

/* The second text of a checked TRACE_PROCESS_START: the command line. */
const char *record_command_line(const struct trace_process_start *start);

#endif
