/*
 * descriptor.h: what the calls of a site were about, and what the trace tells of a descriptor whose
 * connection is not known: a file, a pipe, a terminal.
 */
#ifndef MODEL_DESCRIPTOR_H
#define MODEL_DESCRIPTOR_H

#include <greq/trace_format.h>

#include <stdbool.h>
#include <stdint.h>

struct process;

/* All zeros: nothing is known of any. */
struct descriptor {
    bool known;
    bool of_short; /* calls alone: what is known of a long one takes its place */
    bool several;  /* numbers */
    int32_t fd;    /* the first of them */
    char *peer;    /* of all that are connections; NULL: of none, or of several peers */
    char *kind;    /* of all, "a pipe" or a path; NULL: it is not known, or they are of several */
};

/* Adds what is known of other calls. The texts are copied. */
void descriptor_add(struct descriptor *descriptor, const struct descriptor *more);

/* Adds what is known of a call of the process on this descriptor, a long one or a short one. `peer`
 * is that of the connection that the call is about, or NULL. */
void descriptor_add_call(struct descriptor *descriptor, const struct process *process, int fd,
                         const char *peer, bool is_long);

void descriptor_finish(struct descriptor *descriptor);

/* The trace tells what a descriptor is. */
void descriptor_tell(struct process *process, const struct trace_descriptor *record);

/* The same in words, from the link that /proc has. */
void descriptor_tell_link(struct process *process, int fd, const char *link);

/* It is closed. */
void descriptor_forget(struct process *process, int fd);

void descriptors_clear(struct process *process);

#endif
