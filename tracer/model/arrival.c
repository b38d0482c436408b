#include "model/arrival.h"

#include "model/model.h"

/* When the last of it came; 0: not known. */
static uint64_t came(const struct trace_unread *record, const struct trace_unread_item *item)
{
    if (item->age == UINT64_MAX || item->age >= record->head.time)
        return 0;
    return record->head.time - item->age;
}

static void add_item(struct model *model, struct connection *connection,
                     const struct trace_unread *record, const struct trace_unread_item *item)
{
    switch ((enum trace_unread_reason)record->reason) {
    case TRACE_UNREAD_READ:
        model->connections.arrivals_unknown += !came(record, item) && !connection->reported;
        connection_unread(connection, item->bytes, came(record, item));
        break;
    case TRACE_UNREAD_BEHIND:
        connection_unread(connection, item->bytes, came(record, item));
        break;
    case TRACE_UNREAD_REPORTED:
        if (item->bytes)
            connection_readable(connection, model->now);
        else
            connection_writable(connection, model->now);
        break;
    case TRACE_UNREAD_BACKLOG:
        connection->backlog = item->age;
        connection->backlog_known = true;
        break;
    case TRACE_UNREAD_HELD_BACK:
        if (came(record, item) > record->call_begin)
            TELL(&model->listeners, held_back, connection, record->call_begin, came(record, item));
        break;
    case TRACE_UNREAD_LEFT:
        if (!connection_asks(connection))
            connection_leave(connection, item->bytes, came(record, item));
        break;
    case TRACE_UNREAD_BASELINE:
        connection_set_baseline(connection, item->bytes);
        break;
    }
}

void arrival_add(struct model *model, struct thread *thread, const struct trace_unread *record)
{
    for (uint32_t i = 0; i < record->count; i++) {
        struct connection *connection = map_get(&thread->process->connections, record->items[i].fd);
        if (connection)
            add_item(model, connection, record, &record->items[i]);
    }
    if (record->reason == TRACE_UNREAD_READ)
        thread_task(thread, record->head.task)->found_data = record->call_begin;
}
