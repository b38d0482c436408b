#include "host/stack_check.h"

#include "config/through.h"
#include "host/keepers.h"
#include "python/greenlets.h"
#include "python/python.h"
#include "sys/self.h"
#include "unwind/unwind.h"

#include <string.h>

/* What a walk has seen. */
struct findings {
    const struct keeper *first, *other; /* keepers, the innermost one and the next one */
    const struct keeper *outermost;     /* of the module where the stack begins; NULL: it is none */
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

static void note_module(struct findings *findings, const struct unwind *unwind)
{
    const struct keeper *keeper = keepers_find(unwind->pc);
    if (is_starter(unwind))
        return;
    findings->outermost = keeper;
    if (!findings->first)
        findings->first = keeper;
    else if (keeper && keeper != findings->first && !findings->other)
        findings->other = keeper;
}

/* Greenlets begin in their module. */
static enum unwind_state walk(struct findings *findings, const struct host *host)
{
    struct unwind unwind;
    enum unwind_state state;
    const uint8_t *module = NULL;
    bool has_greenlets = host->number != NULL;
    unwind_begin(&unwind);
    while ((state = unwind_next(&unwind)) == UNWIND_FRAME) {
        if (unwind.module.begin == module)
            continue;
        module = unwind.module.begin;
        if (has_greenlets && greenlets_are_in(unwind.module.name))
            return UNWIND_START;
        note_module(findings, &unwind);
        if (has_greenlets && findings->first)
            return UNWIND_START;
    }
    return state;
}

/* Whoever starts tasks by greq.h knows of them, and so does its module: the program, as a rule. */
static const struct keeper *against(const struct findings *findings, const struct host *host)
{
    bool knows = host == &host_native && findings->first && findings->first == findings->outermost;
    return knows ? findings->other : findings->first;
}

enum trace_refusal stack_check(const struct host *host, const char **refuser)
{
    struct findings findings = {0};
    if (!keepers_update())
        return TRACE_REFUSAL_NONE;
    enum unwind_state state = walk(&findings, host);
    const struct keeper *keeper = against(&findings, host);
    *refuser = keeper ? keeper->name : NULL;
    if (keeper)
        return TRACE_REFUSAL_THREAD_STATE;
    return state == UNWIND_START ? TRACE_REFUSAL_NONE : TRACE_REFUSAL_STACK_UNKNOWN;
}

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
