/*
 * channel.h: by what a loop is woken: what is written to a pipe, a socketpair or an eventfd and not
 * read yet, and timers that are due. Only what the process itself has made is known.
 */
#ifndef MODEL_CHANNEL_H
#define MODEL_CHANNEL_H

#include "base/map.h"

#include <greq/trace_format.h>

#include <stdbool.h>
#include <stdint.h>

struct call;
struct model;
struct process;
struct thread;

struct channel;

/* Of a process, by descriptor. All zeros: none. */
struct channels {
    struct map readers;
    struct map writers;
};

/* A channel was made, or a timer set. */
void channel_add(struct process *process, const struct trace_channel *record);
void channel_set_timer(struct process *process, const struct trace_timer *record);

/* What a descriptor is, in words: "a pipe"; NULL where the process has not made it. */
const char *channel_kind(const struct process *process, int fd);

/* Whether it is a timer that the process has made. */
bool channel_is_timer(const struct process *process, int fd);

/* Whether a thread of the process has written what is read there, or it is such a timer. */
bool channel_is_own(const struct process *process, int fd);

/* Whether all that a thread of the process may read there it has written itself. */
bool channel_is_of_reader(const struct thread *reader, int fd);

/* An epoll descriptor was told what to watch. */
void channel_watch(struct process *process, const struct trace_epoll *record);

/* A descriptor is closed, or names something else now. */
void channel_forget(struct process *process, int fd);

/* A call that writes begins: what is in it can be read from then on. One that reads has ended;
 * tells what had waited for it. */
void channel_write(const struct call *call);
void channel_read(struct model *model, const struct call *call);

void channels_clear(struct channels *channels);

#endif
