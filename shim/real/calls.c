#include "real/calls.h"

#include <string.h>

const struct call_info call_infos[CALL_COUNT] = {
#define HOOK(symbol, covered_by, family, library) \
    [CALL_##symbol] = {#symbol, CALL_##covered_by, FAMILY_##family},
#include "hooks.def"
};

const char *const family_names[FAMILY_COUNT] = {
#define FAMILY(name) [FAMILY_##name] = #name,
#include "hooks.def"
};

bool call_is_semaphore(enum call_id id)
{
    return strncmp(call_infos[id].name, "sem_", 4) == 0;
}
