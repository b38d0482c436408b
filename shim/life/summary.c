#include "life/summary.h"

#include "call/call.h"
#include "config/config.h"
#include "host/host.h"
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
    };
}

static void add_tasks(struct text *line, const struct summary *summary)
{
    text_add_number(line, summary->tasks.tasks);
    text_add(line, summary->tasks.tasks == 1 ? " task, " : " tasks, ");
    text_add_number(line, summary->tasks.parks);
    text_add(line, " waits made cooperative");
}

/* Adds what a host's tasks waited, with a comma before it where something came before. */
static void add_host(const struct host *host, void *to)
{
    struct text *line = to;
    uint64_t waits = host->count_waits ? host->count_waits() : 0;
    if (!waits)
        return;
    text_add(line, line->used ? ", " : "");
    text_add_number(line, waits);
    text_add(line, waits == 1 ? " wait of " : " waits of ");
    text_add(line, waits == 1 ? host->one : host->several);
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

/* Whether a task of the host's has waited. */
static void note_waits(const struct host *host, void *any)
{
    *(bool *)any |= host->count_waits && host->count_waits();
}

/* Not inlined: exit may be called on a thread's small stack, and mostly there is nothing to say. */
static __attribute__((noinline)) void print(const struct summary *summary)
{
    struct text waits = {0}, line = {0};
    if (summary->tasks.tasks)
        add_tasks(&waits, summary);
    host_each(add_host, &waits);
    text_add(&line, "greq: ");
    text_add(&line, text_string(&waits));
    add_time(&line, summary);
    if (summary->tasks.dropped) {
        text_add(&line, ", ");
        text_add_number(&line, summary->tasks.dropped);
        text_add(&line, " unfinished at exit");
    }
    text_write_line(&line, STDERR_FILENO);
}

void summary_print(const struct summary *summary)
{
    bool any = summary->tasks.tasks;
    host_each(note_waits, &any);
    if (any && summary_is_wanted())
        print(summary);
}
