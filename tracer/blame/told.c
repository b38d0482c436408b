#include "blame/told.h"

#include "blame/finding.h"
#include "blame/remedy.h"

#include <string.h>

/* K9: sqlite waits for a lock of its database by sleeping and trying again. Of a library without
 * symbols the module tells it. */
static bool is_sqlite_wait(const struct model *model, const struct blamed_call *call)
{
    const struct frame *inner = call->group->depth ? call->group->stack[0] : NULL;
    return inner && model->kinds[call->group->function].traits & TRAIT_SLEEP &&
           (strstr(inner->module, "libsqlite3") || !strcmp(inner->function, "unixSleep"));
}

/* Object.wait has other functions there, and what the JVM does for itself has none of these. */
bool told_is_monitor_wait(const struct model *model, const struct call_group *group)
{
    if (!(model->kinds[group->function].traits & TRAIT_CONDITION))
        return false;
    for (size_t i = 0; i < group->depth; i++) {
        const struct frame *frame = group->stack[i];
        if (!strcmp(frame->module, "libjvm.so") &&
            !strncmp(frame->function, "ObjectMonitor::enter", strlen("ObjectMonitor::enter")))
            return true;
    }
    return false;
}

/* L8: a thread of GHC's runtime waits until it may run Haskell. What it ran before, its loop as
 * well, goes on in another one meanwhile, unless it comes back from a safe foreign call: then it is
 * held up, by whichever thread computes. L12: node's loop has run out of work, but of what waited
 * for it meanwhile. */
static const char *why_runtime_waits(const struct blame *blame, const struct model *model,
                                     const struct blamed_call *call)
{
    static const char haskell[] = "it waited for its turn to run Haskell; which thread computed "
                                  "meanwhile is not known";
    static const struct {
        const char *function, *why;
        bool holds_nobody_up; /* as is known */
    } waits[] = {
        {"yieldCapability", haskell, false},
        {"waitForCapability", haskell, false},
        {"waitForReturnCapability", haskell, false},
        {"node::NodePlatform::DrainTasks",
         "nothing was left for the loop to do; node waited for what V8's own threads did", true},
    };
    bool has_held_up = call->serialized_s >= finding_noise(blame);
    if (!(model->kinds[call->group->function].traits & (TRAIT_CONDITION | TRAIT_LOCK)))
        return NULL;
    for (size_t i = 0; i < call->group->depth; i++)
        for (size_t name = 0; name < sizeof waits / sizeof *waits; name++)
            if (!strcmp(call->group->stack[i]->function, waits[name].function))
                return waits[name].holds_nobody_up && has_held_up ? NULL : waits[name].why;
    return NULL;
}

static double waited_s(const struct blamed_call *call)
{
    return (call->group->totals.blocked + call->group->totals.parked) / 1e9;
}

static void judge_sqlite(struct blame *blame, const struct blamed_call *call)
{
    if (waited_s(call) < finding_noise(blame))
        return;
    struct blame_finding *finding =
        finding_add(blame, FINDING_SQLITE, call, waited_s(call), remedy_sqlite());
    finding_number(finding, "tries", FACT_COUNT, call->group->totals.count);
}

/* P8 */
static void judge_put(struct blame *blame, const struct blamed_call *call)
{
    if (waited_s(call) < finding_noise(blame))
        return;
    struct blame_finding *finding =
        finding_add(blame, FINDING_FULL_QUEUE, call, waited_s(call), remedy_full_queue());
    finding_number(finding, "waits", FACT_COUNT, call->group->totals.count);
}

static void judge_monitor(struct blame *blame, const struct blamed_call *call)
{
    if (waited_s(call) >= finding_noise(blame))
        finding_add(blame, FINDING_MONITOR, call, waited_s(call), remedy_monitor());
}

/* What holds up connections or a loop is found as that. */
static bool holds_up(const struct blame *blame, const struct blamed_call *call)
{
    return call->serialized_s + call->loop_blocked_s >= finding_noise(blame);
}

bool told_judge(struct blame *blame, const struct model *model, struct blamed_call *call)
{
    const char *excuse = why_runtime_waits(blame, model, call);
    if (excuse && holds_up(blame, call))
        finding_excuse_wait(call, excuse);
    bool is_sqlite = is_sqlite_wait(model, call);
    if (is_sqlite)
        judge_sqlite(blame, call);
    else if (call->group->awaits_room && !holds_up(blame, call))
        judge_put(blame, call);
    else if (told_is_monitor_wait(model, call->group) && !holds_up(blame, call))
        judge_monitor(blame, call);
    return is_sqlite || excuse;
}
