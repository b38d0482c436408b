#include "hook/summary.h"

#include "config/config.h"
#include "hook/call.h"
#include "host/greenlet.h"
#include "sys/stderr.h"
#include "sys/text.h"
#include "task/task.h"

#include <unistd.h>

bool summary_is_wanted(void)
{
    return !config.quiet && stderr_is_same() && isatty(STDERR_FILENO);
}

void summary_take(struct summary *summary)
{
    *summary =
        (struct summary){.parked = call_parked_total(), .greenlet_waits = greenlet_wait_count()};
    for (struct scheduler *each = scheduler_first(); each; each = each->next) {
        summary->tasks += (uint32_t)each->counts.spawned;
        summary->dropped += each->live_count;
        summary->parks += each->counts.parks;
        if (each->counts.parked_most > summary->most)
            summary->most = each->counts.parked_most;
    }
}

static void add_tasks(struct text *line, const struct summary *summary)
{
    text_add_number(line, summary->tasks);
    text_add(line, summary->tasks == 1 ? " task, " : " tasks, ");
    text_add_number(line, summary->parks);
    text_add(line, " waits made cooperative");
}

static void add_greenlets(struct text *line, const struct summary *summary)
{
    text_add_number(line, summary->greenlet_waits);
    text_add(line, summary->greenlet_waits == 1 ? " wait of a greenlet" : " waits of greenlets");
    text_add(line, " made cooperative");
}

static void add_time(struct text *line, const struct summary *summary)
{
    text_add(line, " (");
    text_add_seconds(line, summary->parked);
    text_add(line, " s in all");
    if (summary->tasks) {
        text_add(line, ", up to ");
        text_add_number(line, summary->most);
        text_add(line, " at once");
    }
    text_add(line, ")");
}

void summary_print(const struct summary *summary)
{
    struct text line = {0};
    if ((!summary->tasks && !summary->greenlet_waits) || !summary_is_wanted())
        return;
    text_add(&line, "greq: ");
    if (summary->tasks)
        add_tasks(&line, summary);
    if (summary->tasks && summary->greenlet_waits)
        text_add(&line, ", ");
    if (summary->greenlet_waits)
        add_greenlets(&line, summary);
    add_time(&line, summary);
    if (summary->dropped) {
        text_add(&line, ", ");
        text_add_number(&line, summary->dropped);
        text_add(&line, " unfinished at exit");
    }
    text_write_line(&line, STDERR_FILENO);
}
