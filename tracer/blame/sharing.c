#include "blame/sharing.h"

#include "blame/finding.h"
#include "blame/remedy.h"

#include <stdio.h>
#include <string.h>

enum { PLACE_SIZE = 160, TASK_SIZE = 80 };

/* "recv at ask (client.py:40)" */
static void write_place(char place[PLACE_SIZE], const struct model *model, const struct site *site)
{
    if (!site) {
        snprintf(place, PLACE_SIZE, "a call");
        return;
    }
    const struct frame *own = group_own_site(site->group);
    const struct frame *frame = own ? own : group_call_site(site->group);
    const char *file = basename(frame->file);
    int used = snprintf(place, PLACE_SIZE, "%s at %.80s", model_function(model, site->function),
                        frame->function);
    if (*file && frame->line && used < PLACE_SIZE)
        snprintf(place + used, PLACE_SIZE - used, " (%.40s:%u)", file, frame->line);
}

static void write_task(char text[TASK_SIZE], const struct shared_call *call, const char *nameless)
{
    if (call->task_name)
        snprintf(text, TASK_SIZE, "%s", call->task_name);
    else if (call->task)
        snprintf(text, TASK_SIZE, "task %u", call->task);
    else
        snprintf(text, TASK_SIZE, "%s", nameless);
}

/* M3: however short it was. */
static void judge(struct blame *blame, const struct model *model,
                  const struct shared_connection *shared)
{
    char place[PLACE_SIZE], task[TASK_SIZE];
    struct blame_finding *finding = finding_add(
        blame, shared->reads ? FINDING_SHARED_READ : FINDING_SHARED,
        blame_call_of(blame, shared->second.site), shared->first.time / 1e9, remedy_shared());
    finding_number(finding, "fd", FACT_COUNT, shared->fd);
    finding_text(finding, "peer", shared->peer ? shared->peer : "a peer that is not known");
    write_task(task, &shared->second, "another task");
    finding_text(finding, "task", task);
    write_task(task, &shared->first, "one");
    finding_text(finding, "other_task", task);
    write_place(place, model, shared->first.site);
    finding_text(finding, "other", place);
}

void sharing_judge(struct blame *blame, const struct model *model, const struct sharing *sharing)
{
    blame->shared_connections = sharing->count;
    for (size_t i = 0; i < sharing->count; i++)
        judge(blame, model, sharing->items[i]);
}
