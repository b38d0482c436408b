/*
 * slots.h: where an object's calls of functions that it has from elsewhere lead: a slot for each,
 * which the loader fills when the object is loaded or at the first call.
 *
 * What somebody else has put into a slot stays: constructors that ran before ours may have changed
 * a variable that held the function, or led calls elsewhere. So does a slot in code (DT_TEXTREL),
 * which cannot be written.
 */
#ifndef REAL_SLOTS_H
#define REAL_SLOTS_H

#include <link.h>

/* Of calls that the loader leads to `from`. Both NULL: they stay as they are. */
struct slot_change {
    void *from, *to;
};

/*
 * Leads those calls of an object to `to` that the loader has led to `from`, or has led nowhere yet.
 * `choose` is asked for each name. The loader's lock must be had (elf_each_object).
 */
void slots_lead(const struct dl_phdr_info *object,
                struct slot_change (*choose)(const char *name, void *argument), void *argument);

#endif
