#include "real/cxx.h"

#include "sys/check.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct cxx_globals *globals_function(void);

/* A runtime keeps its place as long as it is loaded: parked tasks have put its words there. */
__thread struct cxx_runtimes cxx_runtimes;

/* ---- looking for runtimes ---- */

struct found {
    globals_function *functions[CXX_RUNTIMES];
    unsigned count;
};

static bool note_runtime(const struct dl_phdr_info *object, void *argument)
{
    struct found *found = argument;
    void *function = elf_find(object, "__cxa_get_globals");
    if (function)
        *(void **)&found->functions[found->count++] = function;
    return found->count == CXX_RUNTIMES;
}

static bool is_among(const struct found *found, globals_function *function)
{
    unsigned i = 0;
    while (i < found->count && found->functions[i] != function)
        i++;
    return i < found->count;
}

static void forget_unloaded(const struct found *found)
{
    for (unsigned i = 0; i < CXX_RUNTIMES; i++)
        if (!is_among(found, cxx_runtimes.places[i]))
            cxx_runtimes.places[i] = NULL;
}

static void add(globals_function *function)
{
    unsigned place = CXX_RUNTIMES;
    for (unsigned i = CXX_RUNTIMES; i-- > 0;) {
        if (cxx_runtimes.places[i] == function)
            return;
        if (!cxx_runtimes.places[i])
            place = i;
    }
    CHECK(place < CXX_RUNTIMES); /* no more were looked for than there are places */
    cxx_runtimes.places[place] = function;
    if (cxx_runtimes.count <= place)
        cxx_runtimes.count = place + 1;
}

void cxx_runtimes_look(uint64_t version)
{
    struct found found = {.count = 0};
    cxx_runtimes.version = version + 1;
    elf_each_object(note_runtime, &found);
    forget_unloaded(&found);
    for (unsigned i = 0; i < found.count; i++)
        add(found.functions[i]);
}

/* ---- moving ---- */

static const struct cxx_globals none;

static struct cxx_globals *globals_at(unsigned place)
{
    return cxx_runtimes.places[place] ? cxx_runtimes.places[place]() : NULL;
}

void cxx_globals_take(struct cxx_exceptions *exceptions)
{
    for (unsigned i = 0; i < exceptions->count; i++) {
        struct cxx_globals *globals = globals_at(i);
        exceptions->of[i] = globals ? *globals : none;
        if (globals)
            *globals = none;
    }
}

void cxx_globals_put(const struct cxx_exceptions *exceptions)
{
    for (unsigned i = 0; i < cxx_runtimes.count; i++) {
        struct cxx_globals *globals = globals_at(i);
        if (globals)
            *globals = i < exceptions->count ? exceptions->of[i] : none;
    }
}
