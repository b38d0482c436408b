#include "call/signal_action.h"

#include "call/call.h"
#include "call/handler_entries.h"
#include "config/config.h"
#include "sys/table.h"

extern const char handler_entries[] __attribute__((visibility("hidden")));

/* ---- which entry stands for which handler ---- */

/* The address and, in bits that no address has, the flags: one word, so that one store tells it
 * all. 0: the entry is free. */
static TABLE uint64_t handlers[HANDLER_ENTRIES];

#define KEY_RESTART (UINT64_C(1) << 62)
#define KEY_INFO    (UINT64_C(1) << 63)
#define KEY_FLAGS   (KEY_RESTART | KEY_INFO)

static uint64_t key_of(sighandler_t handler, int flags)
{
    return (uint64_t)(uintptr_t)handler | (flags & SA_RESTART ? KEY_RESTART : 0) |
           (flags & SA_SIGINFO ? KEY_INFO : 0);
}

/* Returns the entry's number, or HANDLER_ENTRIES when all stand for other handlers. */
static unsigned entry_of(uint64_t key)
{
    unsigned first = (unsigned)(key * UINT64_C(0x9e3779b97f4a7c15) >> 32) % HANDLER_ENTRIES;
    for (unsigned i = 0; i < HANDLER_ENTRIES; i++) {
        unsigned number = (first + i) % HANDLER_ENTRIES;
        uint64_t found = 0;
        if (__atomic_compare_exchange_n(&handlers[number], &found, key, false, __ATOMIC_RELEASE,
                                        __ATOMIC_RELAXED) ||
            found == key)
            return number;
    }
    return HANDLER_ENTRIES;
}

struct signal_handler signal_handler_of(unsigned entry)
{
    uint64_t key = __atomic_load_n(&handlers[entry], __ATOMIC_ACQUIRE);
    return (struct signal_handler){
        (sighandler_t)(uintptr_t)(key & ~KEY_FLAGS),
        (key & KEY_RESTART ? SA_RESTART : 0) | (key & KEY_INFO ? SA_SIGINFO : 0),
    };
}

/* ---- to the kernel and back ---- */

static bool is_function(sighandler_t handler)
{
    return handler != SIG_DFL && handler != SIG_IGN && handler != SIG_HOLD && handler != SIG_ERR &&
           !((uint64_t)(uintptr_t)handler & KEY_FLAGS);
}

sighandler_t signal_handler_to_kernel(sighandler_t handler, int flags)
{
    handler = signal_handler_to_program(handler);
    if (!is_function(handler) || (!config.cooperative && !log_on()) || fork_guard_shares_memory())
        return handler;
    unsigned entry = entry_of(key_of(handler, flags));
    if (entry == HANDLER_ENTRIES)
        return handler;
    return (sighandler_t)(uintptr_t)(handler_entries + (size_t)entry * HANDLER_ENTRY_SIZE);
}

sighandler_t signal_handler_to_program(sighandler_t handler)
{
    size_t offset = (uintptr_t)handler - (uintptr_t)handler_entries;
    if (offset >= (size_t)HANDLER_ENTRIES * HANDLER_ENTRY_SIZE || offset % HANDLER_ENTRY_SIZE)
        return handler;
    return signal_handler_of((unsigned)(offset / HANDLER_ENTRY_SIZE)).function;
}

int signal_action_set(int number, const struct sigaction *action, struct sigaction *before)
{
    struct sigaction changed;
    if (action) {
        changed = *action;
        changed.sa_handler = signal_handler_to_kernel(action->sa_handler, action->sa_flags);
        action = &changed;
    }
    int result = REAL(sigaction)(number, action, before);
    if (result == 0 && before)
        before->sa_handler = signal_handler_to_program(before->sa_handler);
    return result;
}
