#include "account/held.h"

#include "account/books.h"
#include "model/call.h"
#include "model/thread.h"

#include <greq/trace_format.h>

/* H1 */
static void add_call(struct listener *listener, struct call *call)
{
    if (!call->site || !call_holds_tasks(call))
        return;
    books_add(((struct held *)listener)->books, FIGURE_held_tasks_s,
              &(struct booking){.rule = RULE_H1,
                                .since = call->record.head.time,
                                .until = call->end,
                                .amount = call->blocked,
                                .thread = call->task->thread,
                                .site = call->site});
}

void held_begin(struct held *held, struct books *books)
{
    *held = (struct held){.listener = {.slow_called = add_call}, .books = books};
}
