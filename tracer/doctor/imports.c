#include "doctor/imports.h"

#include <string.h>

static bool has_group(const struct import_groups *groups, const char *name)
{
    for (size_t i = 0; i < groups->count; i++)
        if (!strcmp(groups->items[i].name, name))
            return true;
    return false;
}

struct import_groups imports_groups(const struct diagnosis *diagnosis, bool hooked)
{
    struct import_groups groups = {.count = 0};
    for (size_t i = 0; i < diagnosis->catalogue.count; i++) {
        const struct known_function *function = &diagnosis->catalogue.items[i];
        if (function->hooked == hooked && strcmp(function->group, "own") &&
            diagnosis_imports(diagnosis, i) && !has_group(&groups, function->group) &&
            groups.count < IMPORT_GROUPS_MAX)
            groups.items[groups.count++] = (struct import_group){function->group, hooked};
    }
    return groups;
}

bool imports_function(const struct diagnosis *diagnosis, const struct object *object,
                      const struct import_group *group, size_t function)
{
    const struct known_function *known = &diagnosis->catalogue.items[function];
    return known->hooked == group->hooked && !strcmp(known->group, group->name) &&
           (object ? object->imports[function] : diagnosis_imports(diagnosis, function));
}

size_t imports_count(const struct diagnosis *diagnosis, const struct object *object,
                     const struct import_group *group)
{
    size_t count = 0;
    for (size_t i = 0; i < diagnosis->catalogue.count; i++)
        count += imports_function(diagnosis, object, group, i);
    return count;
}

size_t imports_count_all(const struct diagnosis *diagnosis, const struct object *object,
                         const struct import_groups *groups)
{
    size_t count = 0;
    for (size_t i = 0; i < groups->count; i++)
        count += imports_count(diagnosis, object, &groups->items[i]);
    return count;
}

size_t imports_count_objects(const struct diagnosis *diagnosis, const struct import_group *group)
{
    size_t count = 0;
    for (size_t i = 0; i < diagnosis->object_count; i++)
        count += imports_count(diagnosis, &diagnosis->objects[i], group) > 0;
    return count;
}
