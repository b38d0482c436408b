/*
 * epoll_data.h: which descriptor an event of epoll is about. The kernel hands back what the program
 * has registered, which may be any number or address; so what was registered is remembered.
 *
 * A small table, in which the latest takes the place of an earlier one: what it does not know is
 * merely not told. Any thread and signal handlers may call these.
 */
#ifndef LOG_EPOLL_DATA_H
#define LOG_EPOLL_DATA_H

#include <stdint.h>

void epoll_data_add(int epoll, int fd, uint64_t data);

/* The descriptor, or -1. */
int epoll_data_find(int epoll, uint64_t data);

#endif
