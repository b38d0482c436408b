/*
 * imports.h: what the modules import, by group: the numbers behind the doctor's tables.
 */
#ifndef DOCTOR_IMPORTS_H
#define DOCTOR_IMPORTS_H

#include "doctor/diagnosis.h"

/* The functions of one group, those that are hooked or those that are not. */
struct import_group {
    const char *name;
    bool hooked;
};

enum { IMPORT_GROUPS_MAX = 32 };

struct import_groups {
    struct import_group items[IMPORT_GROUPS_MAX];
    size_t count;
};

/* The groups of which any module imports something, in the catalogue's order. What is hooked though
 * it does not wait is no interest to the reader, and left out. */
struct import_groups imports_groups(const struct diagnosis *diagnosis, bool hooked);

/* Whether a module, or any module if `object` is NULL, imports this function of the group. */
bool imports_function(const struct diagnosis *diagnosis, const struct object *object,
                      const struct import_group *group, size_t function);

/* How many functions of a group, or of groups, a module imports; any module if NULL. */
size_t imports_count(const struct diagnosis *diagnosis, const struct object *object,
                     const struct import_group *group);
size_t imports_count_all(const struct diagnosis *diagnosis, const struct object *object,
                         const struct import_groups *groups);

/* How many modules import something of a group. */
size_t imports_count_objects(const struct diagnosis *diagnosis, const struct import_group *group);

#endif
