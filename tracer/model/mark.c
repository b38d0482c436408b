#include "model/mark.h"

#include "base/memory.h"
#include "model/thresholds.h"

#include <stdlib.h>
#include <string.h>

static const char all_others[] = "(all other marks)";

static struct mark *look_up(const struct marks *marks, const char *name)
{
    struct mark *mark = map_get(&marks->by_name, map_mix_text(0, name));
    while (mark && strcmp(mark->name, name))
        mark = mark->next;
    return mark;
}

static struct mark *add(struct marks *marks, const char *name)
{
    uint64_t hash = map_mix_text(0, name);
    struct mark *mark = memory_alloc(1, sizeof *mark);
    mark->name = memory_copy(name);
    mark->number = marks->count;
    mark->next = map_get(&marks->by_name, hash);
    map_put(&marks->by_name, hash, mark);
    marks->items = memory_grow(marks->items, marks->count, &marks->capacity, sizeof *marks->items);
    return marks->items[marks->count++] = mark;
}

/* The last place is for all that find no other. */
const struct mark *marks_find(struct marks *marks, const char *name)
{
    struct mark *mark = *name ? look_up(marks, name) : NULL;
    if (!*name || mark)
        return mark;
    if (marks->count >= MARKS_MAX - 1) {
        name = all_others;
        mark = look_up(marks, name);
    }
    return mark ? mark : add(marks, name);
}

void marks_finish(struct marks *marks)
{
    for (size_t i = 0; i < marks->count; i++) {
        free(marks->items[i]->name);
        free(marks->items[i]);
    }
    free(marks->items);
    map_clear(&marks->by_name);
    *marks = (struct marks){0};
}
