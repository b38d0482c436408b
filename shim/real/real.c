#include "real/real.h"

#include <dlfcn.h>

void *real_functions[CALL_COUNT];

void *real_look_up(enum call_id id)
{
    void *found = dlsym(RTLD_NEXT, call_infos[id].name);
    __atomic_store_n(&real_functions[id], found, __ATOMIC_RELAXED);
    return found;
}
