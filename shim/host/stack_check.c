#include "host/stack_check.h"

#include "config/through.h"
#include "host/keepers.h"
#include "python/python.h"
#include "sys/elf.h"
#include "sys/self.h"
#include "unwind/known.h"
#include "unwind/unwind.h"

#include <stdint.h>
#include <string.h>
#include <sys/auxv.h>

/* What a frame is, as the mark of a known one: its module's number as a keeper, 0 for none, and: */
enum { STARTER = KEEPERS_MOST + 1 };
_Static_assert(STARTER < 1 << KNOWN_MARK_BITS, "it is a mark");

/* What a walk has seen: keepers by their numbers. */
struct findings {
    unsigned ignored;      /* the keeper that runs the tasks; 0: there is none */
    unsigned first, other; /* the innermost one and the next one */
    unsigned outermost;    /* of the module where the stack begins; 0: it is none */
};

static const char *file_of(const struct module *module)
{
    const char *slash = module->name ? strrchr(module->name, '/') : NULL;
    return slash ? slash + 1 : "";
}

/* libc starts threads, and our own functions start tasks. */
static bool is_starter(const struct unwind *unwind)
{
    return self_contains((const void *)unwind->pc) ||
           through_matches(file_of(&unwind->module), "libc.so") ||
           through_matches(file_of(&unwind->module), "libc-2");
}

static unsigned mark_of(const struct unwind *unwind)
{
    return is_starter(unwind) ? STARTER : keepers_number(unwind->pc);
}

static void note(struct findings *findings, unsigned mark)
{
    if (mark == STARTER || (mark && mark == findings->ignored))
        return;
    findings->outermost = mark;
    if (!findings->first)
        findings->first = mark;
    else if (mark && mark != findings->first && !findings->other)
        findings->other = mark;
}

static bool is_first(const struct unwind *unwind, const struct host *host)
{
    return host->begins_stacks && host->begins_stacks(unwind->module.name);
}

/* The generation of what is known of frames: not all hosts' tasks begin in the same. */
static unsigned generation_for(const struct host *host)
{
    return keepers_generation() << 1 | (host->begins_stacks != NULL);
}

static bool walk_known(struct findings *findings, const struct unwind *begin,
                       const struct host *host)
{
    struct known_walk walk = known_begin(begin, generation_for(host));
    enum known_state state;
    while ((state = known_next(&walk)) == KNOWN_FRAME)
        note(findings, walk.mark);
    note(findings, walk.mark);
    return state == KNOWN_START;
}

static enum unwind_state walk_by_tables(struct findings *findings, struct unwind *unwind,
                                        const struct host *host)
{
    unsigned generation = generation_for(host), mark = STARTER;
    const uint8_t *module = NULL;
    for (;;) {
        struct known_frame frame = known_frame_of(unwind);
        enum unwind_state state = unwind_next(unwind);
        if (state == UNWIND_FRAME || state == UNWIND_START)
            known_add(&frame, generation, mark);
        if (state != UNWIND_FRAME)
            return state;
        if (unwind->module.begin != module) {
            module = unwind->module.begin;
            mark = mark_of(unwind);
            note(findings, mark);
        }
        if (is_first(unwind, host)) {
            known_add_start(unwind->pc, generation, mark);
            return UNWIND_START;
        }
    }
}

/* Whoever starts tasks by greq.h knows of them, and so does its module: the program, as a rule. The
 * user's word counts for more. */
static unsigned against(const struct findings *findings, const struct host *host)
{
    bool knows = host->is_known_to_starter && findings->first &&
                 findings->first == findings->outermost &&
                 through_of(keepers_name(findings->first)) != THROUGH_FORBIDDEN;
    return knows ? findings->other : findings->first;
}

static struct findings none_yet(const struct host *host)
{
    const void *runtime = host->runtime ? host->runtime() : NULL;
    return (struct findings){.ignored = runtime ? keepers_number((uintptr_t)runtime) : 0};
}

enum trace_refusal stack_check(const struct host *host, uint64_t version, const char **refuser)
{
    struct findings findings;
    struct unwind unwind;
    enum unwind_state state = UNWIND_START;
    if (!keepers_update(version))
        return TRACE_REFUSAL_NONE;
    findings = none_yet(host);
    unwind_begin(&unwind);
    if (!walk_known(&findings, &unwind, host)) {
        findings = none_yet(host);
        state = walk_by_tables(&findings, &unwind, host);
    }
    unsigned keeper = against(&findings, host);
    *refuser = keeper ? keepers_name(keeper) : NULL;
    if (keeper)
        return TRACE_REFUSAL_THREAD_STATE;
    return state == UNWIND_START || host->begins_anywhere ? TRACE_REFUSAL_NONE
                                                          : TRACE_REFUSAL_STACK_UNKNOWN;
}

/* ---- constructors ---- */

static bool is_loader(const struct module *module)
{
    unsigned long loader = getauxval(AT_BASE);
    return loader && (uintptr_t)module->begin == loader;
}

static bool leads_to_loader(const struct host *host)
{
    struct unwind unwind;
    unwind_begin(&unwind);
    while (unwind_next(&unwind) == UNWIND_FRAME) {
        if (is_loader(&unwind.module))
            return true;
        if (is_first(&unwind, host))
            return false;
    }
    return false;
}

bool stack_is_in_loader(const struct host *host, uint64_t version)
{
    /* When the thread was last seen outside; 0: of the start. */
    static __thread uint64_t outside __attribute__((tls_model("initial-exec")));
    if (version == outside)
        return false;
    if (leads_to_loader(host))
        return true;
    outside = version;
    return false;
}

/* ---- the user's word ---- */

bool stack_is_allowed(const char **refuser)
{
    struct unwind unwind;
    unwind_begin(&unwind);
    *refuser = NULL;
    while (unwind_next(&unwind) == UNWIND_FRAME && !python_contains((const void *)unwind.pc)) {
        if (is_starter(&unwind))
            continue;
        if (!*refuser)
            *refuser = file_of(&unwind.module);
        if (through_of(file_of(&unwind.module)) == THROUGH_ALLOWED)
            return true;
    }
    return false;
}
