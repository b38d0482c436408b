#include "real/calls.h"

const struct call_info call_infos[CALL_COUNT] = {
#define HOOK(symbol, covered_by, family, library, role, flags) \
    [CALL_##symbol] = {#symbol, flags, CALL_##covered_by, FAMILY_##family, ROLE_##role},
#include "hooks.def"
};

#define HOOK(symbol, covered_by, family, library, role, flags) \
    _Static_assert(sizeof #symbol <= sizeof call_infos->name, "a longer name");
#include "hooks.def"

const char *const family_names[FAMILY_COUNT] = {
#define FAMILY(name) [FAMILY_##name] = #name,
#include "hooks.def"
};
