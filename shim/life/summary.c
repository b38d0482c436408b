#include "life/summary.h"

#include "call/call.h"
#include "config/config.h"
#include "host/greenlet.h"
#include "sys/stderr.h"
#include "sys/text.h"

#include <unistd.h>

bool summary_is_wanted(void)
{
    return !config.quiet && stderr_is_same() && isatty(STDERR_FILENO);
}

void summary_take(struct summary *summary)
{
    *summary = (struct summary){
        .tasks = task_totals(),
        .parked = call_parked_total(),
        .greenlet_waits = greenlet_wait_count(),
    };
}

static void add_tasks(struct text *line, const struct summary *summary)
{
    text_add_number(line, summary->tasks.tasks);
    text_add(line, summary->tasks.tasks == 1 ? " task, " : " tasks, ");
    text_add_number(line, summary->tasks.parks);
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
    if (summary->tasks.tasks) {
        text_add(line, ", up to ");
        text_add_number(line, summary->tasks.most);
        text_add(line, " at once");
    }
    text_add(line, ")");
}

void summary_print(const struct summary *summary)
{
    struct text line = {0};
    if ((!summary->tasks.tasks && !summary->greenlet_waits) || !summary_is_wanted())
        return;
    text_add(&line, "greq: ");
    if (summary->tasks.tasks)
        add_tasks(&line, summary);
    if (summary->tasks.tasks && summary->greenlet_waits)
        text_add(&line, ", ");
    if (summary->greenlet_waits)
        add_greenlets(&line, summary);
    add_time(&line, summary);
    if (summary->tasks.dropped) {
        text_add(&line, ", ");
        text_add_number(&line, summary->tasks.dropped);
        text_add(&line, " unfinished at exit");
    }
    text_write_line(&line, STDERR_FILENO);
}
