/*
 * json_requests.c: the requests in the JSON report: by host, and the slowest of them.
 */
#include "render/json.h"

#include "account/requests.h"
#include "model/process.h"

/* In JSON the parts are named in their unit. */
static const char *const keys[PARTS] = {
    [PART_LOOKUP] = "lookup_s",   [PART_BACKLOG] = "backlog_s", [PART_CONNECT] = "connect_s",
    [PART_TLS] = "tls_s",         [PART_SEND] = "send_s",       [PART_WAIT] = "wait_s",
    [PART_RECEIVE] = "receive_s", [PART_TOTAL] = "total_s",
};

static void set_kind(json_t *entry, const struct request_kind *kind)
{
    json_object_set_new(entry, "served", json_boolean(kind->is_served));
    if (kind->name)
        json_object_set_new(entry, "name", json_text(kind->name));
    if (kind->peer)
        json_object_set_new(entry, "address", json_text(kind->peer));
    if (kind->label)
        json_object_set_new(entry, "label", json_text(kind->label));
}

static json_t *spread(const struct spread *spread)
{
    json_t *entry = json_object();
    json_object_set_new(entry, "count", json_integer(spread->count));
    json_object_set_new(entry, "median_s", json_seconds(spread_at(spread, 0.5)));
    json_object_set_new(entry, "p95_s", json_seconds(spread_at(spread, 0.95)));
    json_object_set_new(entry, "p99_s", json_seconds(spread_at(spread, 0.99)));
    json_object_set_new(entry, "longest_s", json_seconds(spread->longest));
    json_object_set_new(entry, "sum_s", json_seconds(spread->sum));
    return entry;
}

static json_t *row(const struct request_row *row)
{
    json_t *entry = json_object();
    set_kind(entry, &row->kind);
    json_object_set_new(entry, "count", json_integer(row->count));
    json_object_set_new(entry, "failed", json_integer(row->failed));
    json_object_set_new(entry, "errors", json_integer(row->errors));
    for (unsigned part = 0; part < PARTS; part++)
        if (row->parts[part].count)
            json_object_set_new(entry, keys[part], spread(&row->parts[part]));
    return entry;
}

json_t *json_request_table(const struct report *report)
{
    const struct requests *requests = &report->accounts->phases.requests;
    json_t *list = json_array();
    for (size_t i = 0; i < requests->count; i++)
        json_array_append_new(list, row(requests->rows[i]));
    return list;
}

static json_t *slow(const struct model *model, const struct request *request)
{
    json_t *entry = json_object();
    set_kind(entry, &request->kind);
    json_object_set_new(entry, "begun_s", json_seconds(request->begun - model->begin));
    json_object_set_new(entry, "pid", json_integer(request->process->pid));
    json_object_set_new(entry, "connection", json_integer(request->connection));
    json_object_set_new(entry, "failed", json_boolean(request->failed));
    if (request->status)
        json_object_set_new(entry, "status", json_integer(request->status));
    for (unsigned part = 0; part < PARTS; part++)
        if (request->has & 1u << part)
            json_object_set_new(entry, keys[part], json_seconds(request->parts[part]));
    return entry;
}

json_t *json_slowest_requests(const struct report *report)
{
    const struct requests *requests = &report->accounts->phases.requests;
    json_t *list = json_array();
    for (size_t i = 0; i < requests->slowest_count; i++)
        json_array_append_new(list, slow(report->model, &requests->slowest[i]));
    return list;
}
