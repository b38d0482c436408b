/*
 * remedy.h: what to do about a pattern, in one sentence that fits the program where it is known.
 * The texts are the caller's to free.
 */
#ifndef BLAME_REMEDY_H
#define BLAME_REMEDY_H

#include "blame/blame.h"

char *remedy_stall(const struct model *model, const struct blamed_call *call);
char *remedy_computing(const struct blamed_call *call);
char *remedy_interpreter(const struct blamed_call *call);
char *remedy_shape(enum shape_kind kind);
char *remedy_convoy(const struct model *model, const struct blame_convoy *convoy);
char *remedy_serial(const struct model *model, const struct blame_serial *serial);
char *remedy_pool(const struct model *model, unsigned limit);

/* Of children that a program lets run. */
char *remedy_children(unsigned limit);
char *remedy_sqlite(void);
char *remedy_monitor(void);
char *remedy_full_queue(void);
char *remedy_dead(void);
char *remedy_shared(void);
char *remedy_lookups(const struct model *model, unsigned limit);

#endif
