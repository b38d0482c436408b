/*
 * module.h: which loaded object an address is in.
 *
 * From glibc 2.35 on the loader answers without a lock (_dl_find_object), also in a signal handler.
 * An older one is asked by dl_iterate_phdr, which takes the loader's lock. Nothing is allocated.
 */
#ifndef UNWIND_MODULE_H
#define UNWIND_MODULE_H

#include <stdbool.h>
#include <stdint.h>

struct module {
    const uint8_t *begin, *end; /* where it is mapped; of one with gaps in between, the piece that
                                   was asked for */
    const uint8_t *table;       /* its .eh_frame_hdr, NULL: it has none */
    const char *name;           /* the loader's: a path, "" for the program */
    const uint8_t *tables_begin, *tables_end; /* the piece that has its tables */
};

/* Finds the loader's function. By the library's constructor: it takes the loader's lock. */
void module_open(void);

static inline bool module_contains(const struct module *module, uint64_t address)
{
    return address >= (uintptr_t)module->begin && address < (uintptr_t)module->end;
}

static inline bool module_may_have_table(const struct module *module, const uint8_t *at)
{
    return at >= module->tables_begin && at < module->tables_end;
}

/* Returns false, and leaves `module` alone, when the address is in no loaded object. */
bool module_find(struct module *module, uint64_t address);

#endif
