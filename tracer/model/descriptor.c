#include "model/descriptor.h"

#include "base/memory.h"
#include "model/process.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_same_text(const char *a, const char *b)
{
    return a && b ? !strcmp(a, b) : a == b;
}

static char *copy(const char *text)
{
    return text ? memory_copy(text) : NULL;
}

void descriptor_add(struct descriptor *descriptor, const struct descriptor *more)
{
    bool takes_place = !descriptor->known || (descriptor->of_short && !more->of_short);
    if (!more->known || (more->of_short && descriptor->known && !descriptor->of_short))
        return;
    if (takes_place) {
        descriptor_finish(descriptor);
        *descriptor = *more;
        descriptor->peer = copy(more->peer);
        descriptor->kind = copy(more->kind);
        return;
    }
    descriptor->several |= more->several || descriptor->fd != more->fd;
    if (!is_same_text(descriptor->kind, more->kind)) {
        free(descriptor->kind);
        descriptor->kind = NULL;
    }
    if (is_same_text(descriptor->peer, more->peer))
        return;
    descriptor->several = true;
    free(descriptor->peer);
    descriptor->peer = NULL;
}

/* What the process has made itself is known better than by the kernel's word for it. */
static const char *kind_of(const struct process *process, int fd)
{
    const char *made = channel_kind(process, fd);
    return made ? made : map_get(&process->descriptors, fd);
}

void descriptor_add_call(struct descriptor *descriptor, const struct process *process, int fd,
                         const char *peer, bool is_long)
{
    char *kind = peer ? NULL : (char *)kind_of(process, fd);
    if (fd >= 0)
        descriptor_add(
            descriptor,
            &(struct descriptor){
                .known = true, .of_short = !is_long, .fd = fd, .peer = (char *)peer, .kind = kind});
}

void descriptor_finish(struct descriptor *descriptor)
{
    free(descriptor->peer);
    free(descriptor->kind);
}

/* --- what the trace tells --- */

static bool begins_with(const char *text, const char *begin)
{
    return !strncmp(text, begin, strlen(begin));
}

static const char *words_of_link(const char *link)
{
    if (begins_with(link, "pipe:"))
        return "a pipe";
    if (begins_with(link, "socket:"))
        return "a socket";
    return *link == '/' ? link : NULL;
}

static void set(struct process *process, int fd, char *text)
{
    free(map_remove(&process->descriptors, fd));
    if (text)
        map_put(&process->descriptors, fd, text);
}

void descriptor_tell_link(struct process *process, int fd, const char *link)
{
    set(process, fd, copy(words_of_link(link)));
}

void descriptor_tell(struct process *process, const struct trace_descriptor *record)
{
    char *text = NULL;
    bool is_peer = record->what == TRACE_DESCRIPTOR_PEER;
    if (record->what == TRACE_DESCRIPTOR_LINK)
        descriptor_tell_link(process, record->fd, record->text);
    else if (asprintf(&text, "%s %s", is_peer ? "connected to" : "a socket at", record->text) < 0)
        abort();
    else
        set(process, record->fd, text);
}

void descriptor_forget(struct process *process, int fd)
{
    if (process->descriptors.count)
        set(process, fd, NULL);
}

void descriptors_clear(struct process *process)
{
    size_t position = 0;
    for (char *text; (text = map_next(&process->descriptors, &position));)
        free(text);
    map_clear(&process->descriptors);
}
