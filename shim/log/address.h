/*
 * address.h: the addresses that a look-up of a name found, recorded when it is over: a connection
 * is later known by its address alone.
 */
#ifndef LOG_ADDRESS_H
#define LOG_ADDRESS_H

#include <stdint.h>

struct log_call;
struct stream;

/* Of many addresses the first ones. */
enum { ADDRESSES_MAX = 16 };

void address_record(struct stream *stream, const struct log_call *call, uint64_t end,
                    uint32_t task);

#endif
