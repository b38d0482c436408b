#include "model/channel.h"

#include "base/memory.h"
#include "model/call.h"
#include "model/model.h"

#include <stdlib.h>
#include <sys/epoll.h>

/* So many writes are told apart that were not read yet. */
enum { WRITES_KEPT = 16 };

struct unread_write {
    uint64_t written; /* ns */
    uint64_t bytes;
};

struct channel {
    int reads, writes;     /* the descriptors; of an eventfd the same, of a timer `writes` is -1 */
    uint64_t due;          /* ns; of a timer: when it can be read; 0: it is not set */
    uint64_t interval;     /* ns from then on; 0: only once */
    struct thread *reader; /* that has read from it; NULL: none yet */
    struct thread *writer; /* that has written to it last; NULL: none yet */
    struct thread *only;   /* that has written all that is unread; NULL: it were several */
    bool is_timer;
    bool is_watched;                         /* that one has waited for it and others */
    bool is_shared;                          /* several read from it: nobody knows who was to */
    struct unread_write unread[WRITES_KEPT]; /* oldest first */
    size_t unread_count;
};

/* --- which there are --- */

static void forget_writer(struct channels *channels, int fd)
{
    struct channel *channel = channels->writers.count ? map_remove(&channels->writers, fd) : NULL;
    if (channel)
        channel->writes = -1;
}

static void forget_reader(struct channels *channels, int fd)
{
    struct channel *channel = channels->readers.count ? map_remove(&channels->readers, fd) : NULL;
    if (channel && channel->writes >= 0)
        map_remove(&channels->writers, channel->writes);
    free(channel);
}

void channel_forget(struct process *process, int fd)
{
    forget_writer(&process->channels, fd);
    forget_reader(&process->channels, fd);
}

static struct channel *make(struct channels *channels, int reads, int writes)
{
    struct channel *channel = memory_alloc(1, sizeof *channel);
    forget_reader(channels, reads);
    *channel = (struct channel){.reads = reads, .writes = writes};
    map_put(&channels->readers, reads, channel);
    return channel;
}

void channel_add(struct process *process, const struct trace_channel *record)
{
    forget_writer(&process->channels, record->writes);
    map_put(&process->channels.writers, record->writes,
            make(&process->channels, record->reads, record->writes));
}

void channel_set_timer(struct process *process, const struct trace_timer *record)
{
    struct channel *timer = map_get(&process->channels.readers, record->fd);
    if (!timer)
        timer = make(&process->channels, record->fd, -1);
    timer->is_timer = true;
    timer->due = record->due;
    timer->interval = record->interval;
}

bool channel_is_timer(const struct process *process, int fd)
{
    const struct channel *read = map_get(&process->channels.readers, fd);
    return read && read->is_timer;
}

bool channel_is_own(const struct process *process, int fd)
{
    const struct channel *read = map_get(&process->channels.readers, fd);
    return read && (read->is_timer || read->writer);
}

bool channel_is_of_reader(const struct thread *reader, int fd)
{
    const struct channel *read = map_get(&reader->process->channels.readers, fd);
    return read && read->unread_count && read->only == reader;
}

/* Each end of a socketpair reads what is written to the other one. */
const char *channel_kind(const struct process *process, int fd)
{
    const struct channel *read = map_get(&process->channels.readers, fd);
    const struct channel *written = map_get(&process->channels.writers, fd);
    if (channel_is_timer(process, fd))
        return "a timer";
    if (read && written)
        return read == written ? "an eventfd" : "a socketpair";
    return read || written ? "a pipe" : NULL;
}

void channels_clear(struct channels *channels)
{
    size_t position = 0;
    for (struct channel *channel; (channel = map_next(&channels->readers, &position));)
        free(channel);
    map_clear(&channels->readers);
    map_clear(&channels->writers);
}

/* --- writes --- */

/* Of too many the last two are taken for one that came with the later one. */
static void add_write(struct channel *channel, uint64_t written, uint64_t bytes)
{
    if (channel->unread_count == WRITES_KEPT) {
        channel->unread_count--;
        bytes += channel->unread[channel->unread_count].bytes;
    }
    channel->unread[channel->unread_count++] = (struct unread_write){written, bytes};
}

void channel_write(const struct call *call)
{
    struct process *process = call->task->thread->process;
    struct channel *channel = process->channels.writers.count && call->record.fd >= 0
                                  ? map_get(&process->channels.writers, call->record.fd)
                                  : NULL;
    if (!channel || call->record.result <= 0 || call->end == TRACE_IN_PROGRESS)
        return;
    channel->writer = call->task->thread;
    if (!channel->unread_count)
        channel->only = channel->writer;
    else if (channel->only != channel->writer)
        channel->only = NULL;
    add_write(channel, call->end, call->record.result);
}

/* --- reads --- */

/* Since when the oldest of it lay there; UINT64_MAX: nothing is known to have. */
static uint64_t unread_since(const struct channel *channel)
{
    uint64_t since = channel->unread_count ? channel->unread[0].written : UINT64_MAX;
    return channel->due && channel->due < since ? channel->due : since;
}

/* Of an eventfd a read takes all. */
static void take_bytes(struct channel *channel, uint64_t bytes)
{
    size_t taken = 0;
    if (channel->reads == channel->writes)
        bytes = UINT64_MAX;
    for (; taken < channel->unread_count && channel->unread[taken].bytes <= bytes; taken++)
        bytes -= channel->unread[taken].bytes;
    channel->unread_count -= taken;
    for (size_t i = 0; i < channel->unread_count; i++)
        channel->unread[i] = channel->unread[taken + i];
    if (channel->unread_count)
        channel->unread[0].bytes -= bytes;
}

static void take_timer(struct channel *timer, uint64_t now)
{
    if (!timer->due || timer->due > now)
        return;
    if (timer->interval)
        timer->due += ((now - timer->due) / timer->interval + 1) * timer->interval;
    else
        timer->due = 0;
}

/* By poll or select; of epoll a record tells. */
static bool has_watched(const struct task *task, int fd)
{
    for (uint32_t i = 0; task->watch && i < task->watch->count; i++)
        if (task->watch->descriptors[i] == fd)
            return task->watch->total > 1;
    return false;
}

void channel_watch(struct process *process, const struct trace_epoll *record)
{
    struct channel *channel = map_get(&process->channels.readers, record->fd);
    if (channel)
        channel->is_watched |= record->op != EPOLL_CTL_DEL;
}

void channel_read(struct model *model, const struct call *call)
{
    struct thread *thread = call->task->thread;
    const struct map *readers = &thread->process->channels.readers;
    struct channel *channel =
        readers->count && call->record.fd >= 0 ? map_get(readers, call->record.fd) : NULL;
    if (!channel || call->record.result <= 0 || !(call->kind.traits & TRAIT_BYTES))
        return;
    uint64_t since = unread_since(channel), begin = call->record.head.time;
    channel->is_shared |= channel->reader && channel->reader != thread;
    channel->reader = thread;
    channel->is_watched |= has_watched(call->task, channel->reads);
    if (since < begin && channel->is_watched && !channel->is_shared)
        TELL(&model->listeners, woken, thread, since, begin);
    if (channel->writer && channel->writer != thread)
        TELL(&model->listeners, told, thread, channel->writer);
    take_bytes(channel, call->record.result);
    take_timer(channel, model->now);
}
