#include "account/idle.h"

#include "account/books.h"
#include "account/nested.h"
#include "account/own_wait.h"
#include "account/pool.h"
#include "model/call.h"
#include "model/site.h"
#include "model/thread.h"

/* I1: a loop. */
static bool is_loop(const struct call *call)
{
    return call->many || own_wait_is_call(call);
}

/* I2: a helper. */
static bool is_helper(const struct call *call)
{
    bool accepts = call->task->thread->number && call->kind.traits & TRAIT_ACCEPT;
    return accepts || own_wait_is_for_work(call);
}

/* P7: Python's locks are semaphores, so only a queue shows that work was waited for. */
static bool is_for_jobs(const struct site *site)
{
    return !site->python || site_awaits_job(site);
}

static void add_call(struct listener *listener, struct call *call)
{
    if (!call->site || !call->blocks || !(is_loop(call) || is_helper(call)))
        return;
    if (is_helper(call) && is_for_jobs(call->site))
        pool_asker(call->task->thread)->waited_for_work = true;
    if (nested_keeps(call))
        return;
    books_add(((struct idle *)listener)->books, FIGURE_idle_s,
              &(struct booking){.rule = is_loop(call) ? RULE_I1 : RULE_I2,
                                .since = call->record.head.time,
                                .until = call->end,
                                .amount = call->blocked,
                                .thread = call->task->thread,
                                .site = call->site});
}

void idle_begin(struct idle *idle, struct books *books)
{
    *idle = (struct idle){.listener = {.slow_called = add_call}, .books = books};
}
