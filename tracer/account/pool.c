#include "account/pool.h"

#include "account/slots.h"
#include "model/call.h"
#include "model/connection.h"
#include "model/process.h"
#include "model/thread.h"
#include "model/thresholds.h"

/* --- look-ups --- */

/* P4: short ones are answered from a file or a cache, and wait for nobody. */
static bool is_lookup(const struct call *call)
{
    return call->kind.traits & TRAIT_LOOKUP && (call->blocks || call->parks);
}

static void begin_call(struct listener *listener, struct call *call, uint64_t time)
{
    if (is_lookup(call))
        concurrency_change(&((struct pools *)listener)->lookups, 1, time);
}

static void end_call(struct listener *listener, struct call *call, uint64_t time)
{
    struct pools *pools = (struct pools *)listener;
    uint64_t begin = call->record.head.time;
    if (!is_lookup(call))
        return;
    concurrency_change(&pools->lookups, -1, time);
    if (time > begin && pools->longest_lookup < time - begin)
        pools->longest_lookup = time - begin;
}

/* --- turns --- */

static struct turns *turns_of(struct process *process)
{
    return kept_get(&process->kept, SLOT_POOL, sizeof(struct turns));
}

struct asker *pool_asker(struct thread *thread)
{
    return kept_of(&thread->kept, SLOT_POOL);
}

static void begin_thread(struct listener *listener, struct thread *thread, uint64_t time)
{
    (void)listener;
    pool_asker(thread)->begun = time;
}

bool pool_was_given_work(struct thread *thread)
{
    struct thread *giver = pool_asker(thread)->let_go_by;
    return giver && !pool_asker(giver)->asked;
}

/* P5: when the last request was over, as far as this one shows: of the same connection its whole
 * answer has been read. */
static uint64_t end_of_last(const struct turns *turns, const struct connection *connection)
{
    uint64_t read = connection->last_read;
    return read > turns->last_end ? read : turns->last_end;
}

/* P5: a thread that was there before the last request ended may have waited for its turn. Where
 * another thread than the one that asked has read the answer, threads ask on behalf of others. */
void pool_request(const struct connection *connection, struct thread *thread, uint64_t time)
{
    struct turns *turns = turns_of(connection->process);
    struct asker *asker = pool_asker(thread);
    uint64_t last_end = end_of_last(turns, connection);
    turns->threads += !asker->asked;
    asker->asked = true;
    turns->later += turns->last != NULL;
    if (turns->last_waited && turns->last != thread && asker->begun < last_end &&
        !pool_was_given_work(thread)) {
        turns->by_others++;
        turns->prompt += time < last_end + POOL_PROMPT_NS;
    }
    turns->last = thread;
    turns->last_waited = false;
    asker->let_go_by = NULL;
}

void pool_answer(const struct connection *connection, const struct thread *thread, uint64_t time)
{
    struct turns *turns = turns_of(connection->process);
    turns->last_end = time;
    turns->last_waited = thread == turns->last;
}

const struct turns *pool_of_one(struct process *process)
{
    const struct turns *turns = turns_of(process);
    bool takes_turns = turns->by_others >= POOL_TURNS_SHARE * turns->later &&
                       turns->prompt >= POOL_PROMPT_SHARE * turns->by_others;
    return takes_turns && turns->prompt >= POOL_REFILLS_MIN && flights_of(process)->peak == 1
               ? turns
               : NULL;
}

void pools_begin(struct pools *pools)
{
    *pools = (struct pools){.listener = {
                                .keeps = {SLOT_POOL, .thread = sizeof(struct asker)},
                                .slow_call_begins = begin_call,
                                .slow_call_ends = end_call,
                                .thread_begun = begin_thread,
                            }};
}

void pools_close(struct pools *pools)
{
    concurrency_finish(&pools->lookups);
}
