/*
 * count.h: one record of something that was counted.
 */
#ifndef LOG_COUNT_H
#define LOG_COUNT_H

#include "log/stream.h"

#include <stdint.h>

void count_record(struct stream *stream, const char *text, uint64_t count);
void count_record_at(struct stream *stream, const char *text, uint64_t count, uint64_t time);

#endif
